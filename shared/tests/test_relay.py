"""The relay between a real PostgreSQL and a real Kafka: everything, once per commit, in each key's order."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline.contracts.outcomes import PayChangedV1
from plumbline.contracts.topics import PAY_CHANGES
from plumbline.runtime import topics
from plumbline.runtime.outbox import Announcement, announce
from plumbline.runtime.relay import Relay
from plumbline_local.databases import Database
from plumbline_local.testing import MakeDatabase
from plumbline_local.testing_databases import connected

NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def base(database: MakeDatabase) -> Database:
    return database("outcomes")


@pytest.fixture
async def engine(base: Database) -> AsyncIterator[AsyncEngine]:
    async with connected(base.worker_url) as engine:
        yield engine


@pytest.fixture
async def bootstrap(kafka: str) -> str:
    await topics.apply(kafka)
    return kafka


@asynccontextmanager
async def relaying(engine: AsyncEngine, base: Database, bootstrap: str) -> AsyncGenerator[Relay]:
    relay = Relay(engine, url=base.worker_url, service=base.name, bootstrap=bootstrap)
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def change(person: str) -> Announcement:
    event = PayChangedV1(
        person_id=person,
        change_id=uuid4(),
        cycle_id=UUID(int=0),
        outcome_id=UUID(int=0),
        revision=1,
        effective_from=date(2027, 1, 1),
        salary=Decimal("100.00"),
        previous_salary=Decimal("90.00"),
        lump_sum=Decimal(0),
        currency="USD",
        reason="merit",
    )
    return Announcement(event=event, division="Engineering", correlation_id="cycle")


async def write(engine: AsyncEngine, *changes: Announcement) -> None:
    async with engine.begin() as tx:
        await announce(tx, changes, source="outcomes", now=NOW)


async def published(bootstrap: str, people: set[str], count: int) -> list[ConsumerRecord[bytes, bytes]]:
    """The records of these people, once there are ``count``; and any that follow within half a second."""
    consumer = AIOKafkaConsumer(
        PAY_CHANGES.name,
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        group_id=None,
    )
    await consumer.start()
    found: list[ConsumerRecord[bytes, bytes]] = []
    try:
        async with asyncio.timeout(60):
            while True:
                batches = await consumer.getmany(timeout_ms=500)
                records = [record for batch in batches.values() for record in batch]
                found += [record for record in records if (record.key or b"").decode() in people]
                if len(found) >= count and not batches:
                    return found
    finally:
        await consumer.stop()


async def drained(engine: AsyncEngine, *, left: Sequence[str] = ()) -> None:
    """Wait until the outbox has rows of these keys alone: what is published is deleted a moment later."""
    async with asyncio.timeout(60):
        while True:
            async with engine.begin() as tx:
                keys = (await tx.execute(sa.text("SELECT key FROM outbox ORDER BY id"))).scalars().all()
            if list(keys) == list(left):
                return
            await asyncio.sleep(0.05)


def sequences(records: list[ConsumerRecord[bytes, bytes]], person: str) -> list[int]:
    mine = [record for record in records if (record.key or b"").decode() == person]
    return [int(dict(record.headers)["ce_sequence"]) for record in mine]


async def test_events_of_many_transactions_arrive_in_each_keys_order_without_gaps(
    engine: AsyncEngine, base: Database, bootstrap: str
) -> None:
    people = [f"{base.name}-{index}" for index in range(20)]
    async with relaying(engine, base, bootstrap):
        await asyncio.gather(*[write(engine, *map(change, people), change(people[0])) for _ in range(10)])
        await drained(engine)
    records = await published(bootstrap, set(people), 210)
    assert sequences(records, people[0]) == list(range(1, 21))
    assert all(sequences(records, person) == list(range(1, 11)) for person in people[1:])


async def test_an_event_says_what_cloudevents_asks_for(
    engine: AsyncEngine, base: Database, bootstrap: str
) -> None:
    person = f"{base.name}-a"
    await write(engine, change(person))
    async with relaying(engine, base, bootstrap):
        await drained(engine)
    (record,) = await published(bootstrap, {person}, 1)
    headers = {name: value.decode() for name, value in record.headers}
    assert UUID(headers.pop("ce_id")).version == 7
    assert headers == {
        "ce_specversion": "1.0",
        "ce_source": "plumbline/outcomes",
        "ce_type": PayChangedV1.TYPE,
        "ce_subject": person,
        "ce_time": NOW.isoformat(),
        "ce_dataschema": f"urn:plumbline:schema:{PayChangedV1.TYPE}",
        "ce_partitionkey": person,
        "ce_sequence": "1",
        "ce_division": "Engineering",
        "ce_correlationid": "cycle",
        "content-type": "application/json",
    }
    assert PayChangedV1.model_validate_json(record.value or b"").salary == Decimal("100.00")


async def test_what_was_rolled_back_is_never_published(
    engine: AsyncEngine, base: Database, bootstrap: str
) -> None:
    lost, kept = f"{base.name}-lost", f"{base.name}-kept"
    async with engine.connect() as connection:
        await announce(connection, [change(lost)], source="outcomes", now=NOW)
        await connection.rollback()
    await write(engine, change(kept))
    async with relaying(engine, base, bootstrap):
        await drained(engine)
    records = await published(bootstrap, {lost, kept}, 1)
    assert [record.key for record in records] == [kept.encode()]


async def test_a_row_that_can_never_be_sent_holds_up_only_its_own_key(
    engine: AsyncEngine, base: Database, bootstrap: str
) -> None:
    bad, good = f"{base.name}-bad", f"{base.name}-good"
    await write(engine, change(bad), change(bad), change(bad))
    async with engine.begin() as tx:
        too_large = (
            "UPDATE outbox SET payload = decode(repeat('00', 1100000), 'hex') WHERE key = :key AND id = "
        )
        second = "(SELECT id FROM outbox ORDER BY id OFFSET 1 LIMIT 1)"
        await tx.execute(sa.text(too_large + second), {"key": bad})
    await write(engine, change(good))
    async with relaying(engine, base, bootstrap):
        records = await published(bootstrap, {bad, good}, 2)
        await drained(engine, left=[bad])
    assert sequences(records, bad) == [1]
    assert sequences(records, good) == [1]
    async with engine.begin() as tx:
        held = (await tx.execute(sa.text("SELECT key FROM outbox"))).scalars().all()
        reasons = (await tx.execute(sa.text("SELECT reason FROM outbox_quarantine"))).scalars().all()
    assert held == [bad]
    assert len(reasons) == 1
    assert "bytes are more than the broker takes" in reasons[0]


async def test_a_second_relay_stands_by_and_takes_over(
    engine: AsyncEngine, base: Database, bootstrap: str
) -> None:
    people = [f"{base.name}-{name}" for name in "ab"]
    async with relaying(engine, base, bootstrap):
        await write(engine, change(people[0]))
        await drained(engine)
        async with relaying(engine, base, bootstrap):
            await write(engine, change(people[1]))
            await drained(engine)
    async with relaying(engine, base, bootstrap):
        await write(engine, change(people[0]))
        await drained(engine)
    records = await published(bootstrap, set(people), 3)
    assert sequences(records, people[0]) == [1, 2]
