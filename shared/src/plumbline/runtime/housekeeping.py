"""What every worker does beside its events: keeps gauges, seals the audit log, forgets old answers."""

import asyncio
from collections.abc import Collection
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
_PARKED = "SELECT topic, count(*) AS records FROM inbox_parked WHERE settled_at IS NULL GROUP BY topic"
_WAITING = "SELECT topic, count(*) AS records FROM inbox_waiting GROUP BY topic"
_OUTBOX = """
SELECT count(*) AS pending, (SELECT count(*) FROM outbox_quarantine) AS quarantined,
       (SELECT count(*) FROM outbox JOIN outbox_held USING (topic)) AS held,
       greatest(extract(epoch FROM clock_timestamp() - min(written_at)), 0)::float AS oldest
FROM outbox
"""


async def keep_house(engine: AsyncEngine, service: str, *, topics: Collection[str]) -> None:
    """Work in rounds until cancelled; the database may be away meanwhile. ``topics`` are those that the inbox reads."""
    rounds = 0
    while True:
        try:
            await measure_inbox(engine, service, topics=topics)
            await measure_outbox(engine, service)
            if rounds % SEAL_EVERY == 0:
                await tidy(engine, now=datetime.now(UTC))
        except Exception as error:
            log.warning("housekeeping starts over", service=service, error=type(error).__name__)
        rounds += 1
        await asyncio.sleep(WATCH_SECONDS)


async def measure_inbox(engine: AsyncEngine, service: str, *, topics: Collection[str]) -> None:
    """Set the gauges of what is parked and what waits: of each of the topics, also when it is nothing."""
    async with engine.begin() as tx:
        driver = await raw(tx)
        for gauge, query in ((telemetry.PARKED, _PARKED), (telemetry.WAITING, _WAITING)):
            found = {row["topic"]: row["records"] for row in await driver.fetch(query)}
            for topic, records in {**dict.fromkeys(topics, 0), **found}.items():
                gauge.labels(service, topic).set(records)


async def measure_outbox(engine: AsyncEngine, service: str) -> None:
    """Set the gauges of the outbox, whether or not a relay leads."""
    async with engine.begin() as tx:
        found = await (await raw(tx)).fetchrow(_OUTBOX)
    if found is not None:
        telemetry.OUTBOX_PENDING.labels(service).set(found["pending"])
        telemetry.OUTBOX_QUARANTINED.labels(service).set(found["quarantined"])
        telemetry.OUTBOX_HELD.labels(service).set(found["held"])
        telemetry.OUTBOX_OLDEST_SECONDS.labels(service).set(found["oldest"])


async def tidy(engine: AsyncEngine, *, now: datetime) -> None:
    """Seal the audit entries that are not sealed yet, and forget answers that nobody repeats any more."""
    async with engine.begin() as tx:
        await audit.seal(tx, now)
    async with engine.begin() as tx:
        await forget_answers(tx, before=now - ANSWERS_KEPT)
