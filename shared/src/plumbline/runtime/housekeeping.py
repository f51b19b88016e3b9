"""What every worker does beside its events: keeps gauges, seals the audit log, forgets old answers."""

import asyncio
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline.runtime import audit, telemetry
from plumbline.runtime.answers import forget_answers
from plumbline.runtime.database import raw

log = structlog.get_logger("plumbline.housekeeping")

WATCH_SECONDS = 5.0
SEAL_EVERY = 12  # rounds of watching: once a minute
ANSWERS_KEPT = timedelta(hours=24)
_COUNTS = "SELECT topic, count(parked) AS parked, sum(waiting) AS waiting FROM inbox_watermark GROUP BY topic"


async def keep_house(engine: AsyncEngine, service: str) -> None:
    """Work in rounds until cancelled; the database may be away meanwhile."""
    rounds = 0
    while True:
        try:
            await measure_inbox(engine, service)
            if rounds % SEAL_EVERY == 0:
                await tidy(engine, now=datetime.now(UTC))
        except Exception as error:
            log.warning("housekeeping starts over", service=service, error=type(error).__name__)
        rounds += 1
        await asyncio.sleep(WATCH_SECONDS)


async def measure_inbox(engine: AsyncEngine, service: str) -> None:
    """Set the gauges of what is parked and what waits."""
    async with engine.begin() as tx:
        counts = await (await raw(tx)).fetch(_COUNTS)
    for row in counts:
        telemetry.PARKED.labels(service, row["topic"]).set(row["parked"])
        telemetry.WAITING.labels(service, row["topic"]).set(row["waiting"])


async def tidy(engine: AsyncEngine, *, now: datetime) -> None:
    """Seal the audit entries that are not sealed yet, and forget answers that nobody repeats any more."""
    async with engine.begin() as tx:
        await audit.seal(tx, now)
    async with engine.begin() as tx:
        await forget_answers(tx, before=now - ANSWERS_KEPT)
