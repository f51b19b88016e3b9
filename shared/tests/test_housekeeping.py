"""The gauges of what is parked, what waits and what is not published, against the rows of a real PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from prometheus_client import REGISTRY
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from plumbline.contracts.outcomes import PayChangedV1
from plumbline.contracts.people import PayStateV1
from plumbline.contracts.topics import PAY, PAY_CHANGES
from plumbline.runtime.housekeeping import measure_inbox, measure_outbox
from plumbline.runtime.inbox import Handler, Inbox
from plumbline.runtime.message import Message
from plumbline.runtime.operators import Operator
from plumbline.runtime.parked import heal, list_parked
from plumbline.runtime.status import depths
from plumbline_local.databases import Database
from plumbline_local.testing_databases import connected

CONSUMER = "pm.tests"
OPERATOR = Operator(name="olga", service="outcomes", at=datetime(2026, 3, 4, tzinfo=UTC))
TOPICS = (PAY.name, PAY_CHANGES.name)
A_ROW = "INSERT INTO outbox (topic, key, payload, headers, written_at) VALUES (:topic, 'a', '{}', '{}', :at)"


async def nothing(tx: AsyncConnection, batch: object) -> None:
    del tx, batch


HANDLERS = [Handler(event=PayStateV1, apply=nothing), Handler(event=PayChangedV1, apply=nothing)]


@pytest.fixture
async def engine(base: Database) -> AsyncIterator[AsyncEngine]:
    async with connected(base.worker_url) as engine:
        yield engine


def record(key: str, sequence: int | None, *, kind: str = "unknown.v1") -> Message:
    """Of a type that no handler knows it applies; of a known one it cannot be read."""
    headers = {"ce_type": kind} | ({} if sequence is None else {"ce_sequence": str(sequence)})
    payload = f"{key}{sequence}".encode()
    return Message(topic=PAY_CHANGES.name, partition=0, offset=0, key=key, headers=headers, payload=payload)


async def gauges(engine: AsyncEngine, service: str) -> dict[str, tuple[float | None, ...]]:
    """Parked and waiting by topic, after a new measure."""
    await measure_inbox(engine, service, topics=TOPICS)
    return {
        name: tuple(
            REGISTRY.get_sample_value(f"plumbline_{name}", {"service": service, "topic": topic})
            for topic in TOPICS
        )
        for name in ("parked", "waiting")
    }


async def test_every_kind_of_parked_record_counts_and_what_waits_behind_it(
    engine: AsyncEngine, base: Database
) -> None:
    assert await gauges(engine, base.name) == {"parked": (0, 0), "waiting": (0, 0)}
    inbox = Inbox(engine, consumer=CONSUMER, handlers=HANDLERS)
    await inbox.receive([record("a", None), record("", None)])
    assert await gauges(engine, base.name) == {"parked": (0, 2), "waiting": (0, 0)}
    await inbox.receive([record("b", 1, kind=PayChangedV1.TYPE), record("b", 2), record("b", 3)])
    await inbox.receive([record("c", 2), record("d", 1), record("d", 2)])
    assert await gauges(engine, base.name) == {"parked": (0, 3), "waiting": (0, 3)}
    inside = await depths(base.worker_url)
    assert (inside["parked"], inside["waiting"]) == (3, 3)


async def test_the_gauges_are_zero_again_when_all_is_healed(engine: AsyncEngine, base: Database) -> None:
    inbox = Inbox(engine, consumer=CONSUMER, handlers=HANDLERS)
    await inbox.receive([record("a", None), record("b", 1, kind=PayChangedV1.TYPE), record("b", 2)])
    assert await gauges(engine, base.name) == {"parked": (0, 2), "waiting": (0, 1)}
    async with engine.begin() as tx:
        parked = await list_parked(tx, consumer=CONSUMER)
    for each in parked:
        await heal(
            engine, consumer=CONSUMER, handlers=HANDLERS, parked_id=each.id, how="discard", by=OPERATOR
        )
    assert await gauges(engine, base.name) == {"parked": (0, 0), "waiting": (0, 0)}


async def test_the_outbox_is_measured_while_no_relay_leads(engine: AsyncEngine, base: Database) -> None:
    async def measured() -> tuple[float | None, ...]:
        await measure_outbox(engine, base.name)
        names = ("pending", "quarantined", "oldest_seconds")
        labels = {"service": base.name}
        return tuple(REGISTRY.get_sample_value(f"plumbline_outbox_{name}", labels) for name in names)

    assert await measured() == (0, 0, 0)
    async with engine.begin() as tx:
        written = (await tx.execute(sa.text("SELECT now() - interval '100 s'"))).scalar_one()
        for _ in range(3):
            await tx.execute(sa.text(A_ROW), {"topic": PAY_CHANGES.name, "at": written})
    pending, _, first = await measured()
    assert pending == 3
    later = (await measured())[2]
    assert first is not None
    assert later is not None
    assert 100 <= first < later < 160
    async with engine.begin() as tx:
        await tx.execute(sa.text("DELETE FROM outbox"))
    assert await measured() == (0, 0, 0)
