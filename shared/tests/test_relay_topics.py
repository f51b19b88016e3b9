"""A topic that the broker refuses holds up its own events only, and they go out in order once somebody mended that."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import uuid4

import pytest
import sqlalchemy as sa
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import TopicAuthorizationFailedError
from relays import change, drained, published, relaying, sequences, write
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline.contracts.topics import PAY_CHANGES, TOPICS, Topic
from plumbline.runtime import relay, relay_sending, relay_topics, topics
from plumbline.runtime.relay_sending import OutboxRow
from plumbline.runtime.status import depths
from plumbline_local.databases import Database
from plumbline_local.testing_databases import connected


@pytest.fixture
async def engine(base: Database) -> AsyncIterator[AsyncEngine]:
    async with connected(base.worker_url) as engine:
        yield engine


@pytest.fixture
async def absent(bootstrap: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """A topic that is declared, as after an upgrade, and that the broker does not have."""
    name = f"tests.absent-{uuid4().hex[:8]}"
    monkeypatch.setitem(
        TOPICS, name, Topic(name=name, producer="outcomes", kind="events", readers=frozenset())
    )
    monkeypatch.setattr(relay_topics, "AGAIN_SECONDS", 0.5)
    yield name
    await delete(bootstrap, name)


async def delete(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([topic])
    finally:
        await admin.close()


async def written_for(engine: AsyncEngine, topic: str, person: str, *, count: int) -> None:
    """So many events of that topic, in an order that their sequences tell."""
    await write(engine, *[change(person) for _ in range(count)])
    async with engine.begin() as tx:
        statement = sa.text("UPDATE outbox SET topic = :topic WHERE key = :key")
        await tx.execute(statement, {"topic": topic, "key": person})


async def held(engine: AsyncEngine) -> dict[str, str]:
    """The reasons by topic."""
    async with engine.begin() as tx:
        rows = await tx.execute(sa.text("SELECT topic, reason FROM outbox_held"))
        return {row.topic: row.reason for row in rows}


async def until_held(engine: AsyncEngine, topic: str) -> str:
    async with asyncio.timeout(60):
        while topic not in (found := await held(engine)):  # noqa: ASYNC110 - the database is asked
            await asyncio.sleep(0.05)
    return found[topic]


async def test_events_of_a_missing_topic_hold_up_no_others_and_follow_in_order_once_it_is_there(
    engine: AsyncEngine, base: Database, bootstrap: str, absent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # More of them than a page: those that cannot go must not fill it.
    monkeypatch.setattr(relay, "BATCH", 3)
    person = f"{base.name}-a"
    await written_for(engine, absent, person, count=7)
    await write(engine, change(person))
    async with relaying(engine, base, bootstrap):
        assert sequences(await published(bootstrap, {person}, 1), person) == [8]
        assert await until_held(engine, absent) == (
            f"the broker has no topic {absent}; `plumbline topics apply` creates it"
        )
        await drained(engine, left=[person] * 7)
        measured = await depths(base.worker_url)
        assert (measured["outbox"], measured["held"], measured["quarantined"]) == (7, 7, 0)
        await topics.apply(bootstrap)
        await drained(engine)
        assert await held(engine) == {}
    arrived = await published(bootstrap, {person}, 7, topic=absent)
    assert sequences(arrived, person) == list(range(1, 8))


async def test_a_topic_that_is_deleted_while_a_relay_leads_holds_up_no_others(
    engine: AsyncEngine, base: Database, bootstrap: str, absent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_sending, "SENDING_SECONDS", 3.0)
    monkeypatch.setattr(relay_sending, "GOODBYE_SECONDS", 0.5)
    gone, stays = f"{base.name}-gone", f"{base.name}-stays"
    await topics.apply(bootstrap)
    async with relaying(engine, base, bootstrap):
        await written_for(engine, absent, gone, count=1)
        await write(engine, change(stays))
        await drained(engine)
        await delete(bootstrap, absent)
        async with engine.begin() as tx:
            late = "INSERT INTO outbox (topic, key, payload, headers) VALUES (:topic, 'late', '{}', '{}')"
            await tx.execute(sa.text(late), {"topic": absent})
        await write(engine, change(stays))
        await drained(engine, left=["late"])
        assert absent in await until_held(engine, absent)
    assert sequences(await published(bootstrap, {stays}, 2), stays) == [1, 2]


async def test_a_topic_that_the_account_may_not_write_to_holds_up_no_others(
    engine: AsyncEngine, base: Database, bootstrap: str, absent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker of these tests allows everything, so its refusal is played in the middle of a transaction."""
    await topics.apply(bootstrap)
    refused, person = True, f"{base.name}-a"
    really_send = relay_sending._send

    async def send(producer: AIOKafkaProducer, rows: Sequence[OutboxRow]) -> None:
        if refused and any(row.topic == absent for row in rows):
            raise TopicAuthorizationFailedError(absent)
        await really_send(producer, rows)

    monkeypatch.setattr(relay_sending, "_send", send)
    await written_for(engine, absent, person, count=2)
    await write(engine, change(person))
    async with relaying(engine, base, bootstrap):
        await drained(engine, left=[person, person])
        assert "`plumbline topics acls`" in await until_held(engine, absent)
        refused = False
        await drained(engine)
    assert sequences(await published(bootstrap, {person}, 2, topic=absent), person) == [1, 2]
    assert sequences(await published(bootstrap, {person}, 1, topic=PAY_CHANGES.name), person) == [3]
