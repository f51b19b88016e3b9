"""The relay between a real PostgreSQL and a real Kafka: everything, once per commit, in each key's order."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import UUID

import pytest
import sqlalchemy as sa
from relays import NOW, change, drained, idle_of, published, relaying, sequences, write
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline.contracts.outcomes import PayChangedV1
from plumbline.contracts.topics import PAY_CHANGES
from plumbline.runtime import relay
from plumbline.runtime.outbox import announce
from plumbline_local.databases import Database
from plumbline_local.testing_databases import connected


@pytest.fixture
async def engine(base: Database) -> AsyncIterator[AsyncEngine]:
    async with connected(base.worker_url) as engine:
        yield engine


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


async def test_a_relay_that_never_polls_is_woken_by_what_is_written(
    engine: AsyncEngine, base: Database, bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "POLL_SECONDS", 3600.0)
    idle = idle_of(monkeypatch)
    async with relaying(engine, base, bootstrap):
        await idle.wait()
        await write(engine, change(f"{base.name}-a"))
        await drained(engine)


async def test_a_row_that_nobody_tells_of_is_found_by_polling(
    engine: AsyncEngine, base: Database, bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    idle, unheard = idle_of(monkeypatch), f"{base.name}-a"
    async with relaying(engine, base, bootstrap):
        await idle.wait()
        async with engine.begin() as tx:
            row = "INSERT INTO outbox (topic, key, payload, headers) VALUES (:topic, :key, '{}', '{}')"
            await tx.execute(sa.text(row), {"topic": PAY_CHANGES.name, "key": unheard})
        await drained(engine)
    assert len(await published(bootstrap, {unheard}, 1)) == 1
