"""The inbox on a real PostgreSQL: once, in order, and nobody held up by somebody else's record."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from plumbline.contracts.outcomes import PayChangedV1
from plumbline.contracts.people import PayStateV1
from plumbline.contracts.topics import PAY, PAY_CHANGES
from plumbline.runtime.inbox import Handler, Inbox, Refusal, Refused
from plumbline.runtime.message import Message, Received
from plumbline.runtime.operators import Operator
from plumbline.runtime.parked import heal, list_parked, show
from plumbline_local.testing import MakeDatabase
from plumbline_local.testing_databases import connected, rows
from plumbline_local.testing_events import pay_changed

CONSUMER = "pm.tests"
LOOSE = Message(topic=PAY_CHANGES.name, partition=0, offset=9, key="", headers={}, payload=b"loose")
OPERATOR = Operator(name="olga", service="outcomes", at=datetime(2026, 3, 4, tzinfo=UTC))


class Recorder:
    """A handler's side: remembers what it was given, and refuses or fails where it is told to."""

    def __init__(self) -> None:
        self.applied: list[tuple[str, int]] = []
        self.refuse: set[tuple[str, int]] = set()
        self.fail: set[tuple[str, int]] = set()

    async def apply(self, tx: AsyncConnection, batch: Sequence[Received[PayChangedV1]]) -> None:
        del tx
        refusals = [r for r in batch if (r.aggregate, r.sequence) in self.refuse]
        if refusals:
            raise Refused([Refusal(received=r, reason="refused by a rule") for r in refusals])
        if any((r.aggregate, r.sequence) in self.fail for r in batch):
            raise KeyError("a fault in the handler")
        self.applied += [(r.aggregate, r.sequence) for r in batch]


@pytest.fixture
async def engine(database: MakeDatabase) -> AsyncIterator[AsyncEngine]:
    async with connected(database("outcomes").owner_url) as engine:
        yield engine


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def handlers(recorder: Recorder) -> list[Handler]:
    return [
        Handler(event=PayStateV1, apply=recorder.apply),
        Handler(event=PayChangedV1, apply=recorder.apply),
    ]


@pytest.fixture
def inbox(engine: AsyncEngine, handlers: list[Handler]) -> Inbox:
    return Inbox(engine, consumer=CONSUMER, handlers=handlers)


def change(
    person: str, sequence: int, *, kind: str = PayChangedV1.TYPE, payload: bytes | None = None
) -> Message:
    event = pay_changed(person)
    return message(PAY_CHANGES.name, person, sequence, kind, payload or event.model_dump_json().encode())


def pay(person: str, sequence: int) -> Message:
    one = Decimal(1)
    event = PayStateV1(person_id=person, salary=one, currency="USD", fte=one, bonus_target_percent=one)
    return message(PAY.name, person, sequence, PayStateV1.TYPE, event.model_dump_json().encode())


def message(topic: str, key: str, sequence: int, kind: str, payload: bytes) -> Message:
    headers = {"ce_type": kind, "ce_sequence": str(sequence), "ce_id": f"{key}-{sequence}"}
    return Message(topic=topic, partition=0, offset=sequence, key=key, headers=headers, payload=payload)


async def watermark(engine: AsyncEngine, person: str) -> tuple[int, int, int | None]:
    query = sa.text("SELECT last, waiting, parked FROM inbox_watermark WHERE aggregate = :person")
    async with engine.begin() as tx:
        row = (await tx.execute(query, {"person": person})).one()
    return tuple(row)


async def test_a_record_delivered_twice_applies_once(inbox: Inbox, recorder: Recorder) -> None:
    await inbox.receive([change("a", 1), change("a", 1)])
    await inbox.receive([change("a", 1), change("a", 2)])
    assert recorder.applied == [("a", 1), ("a", 2)]


async def test_records_out_of_order_wait_and_then_apply_in_order(
    inbox: Inbox, recorder: Recorder, engine: AsyncEngine
) -> None:
    await inbox.receive([change("a", 3), change("a", 2)])
    assert recorder.applied == []
    assert await watermark(engine, "a") == (0, 2, None)
    await inbox.receive([change("a", 1)])
    assert recorder.applied == [("a", 1), ("a", 2), ("a", 3)]
    assert await watermark(engine, "a") == (3, 0, None)


async def test_of_a_state_topic_only_the_newest_applies(inbox: Inbox, recorder: Recorder) -> None:
    await inbox.receive([pay("a", 4), pay("a", 7)])
    await inbox.receive([pay("a", 5)])
    assert recorder.applied == [("a", 7)]


async def test_an_unknown_type_is_passed_over_and_still_counts(inbox: Inbox, recorder: Recorder) -> None:
    await inbox.receive([change("a", 1, kind="pm.pay-changes.of-tomorrow.v1"), change("a", 2)])
    assert recorder.applied == [("a", 2)]


async def test_a_refused_event_is_parked_and_only_its_own_aggregate_waits(
    inbox: Inbox, recorder: Recorder, engine: AsyncEngine
) -> None:
    recorder.refuse = {("a", 2)}
    await inbox.receive([change("a", 1), change("a", 2), change("a", 3), change("b", 1)])
    assert sorted(recorder.applied) == [("a", 1), ("b", 1)]
    assert await watermark(engine, "a") == (1, 1, 2)
    await inbox.receive([change("a", 4), change("b", 2)])
    assert sorted(recorder.applied) == [("a", 1), ("b", 1), ("b", 2)]


async def test_an_unreadable_payload_is_parked_without_repeating_it(
    inbox: Inbox, engine: AsyncEngine
) -> None:
    secret = b'{"person_id": "a", "salary": "a lot"}'
    await inbox.receive([change("a", 1, payload=secret), change("b", 1)])
    async with engine.begin() as tx:
        records = await list_parked(tx, consumer=CONSUMER)
    assert [(record.aggregate, record.sequence) for record in records] == [("a", 1)]
    assert "a lot" not in records[0].reason
    assert "salary" in records[0].reason


async def test_a_record_without_a_sequence_is_parked_once_and_blocks_nobody(
    inbox: Inbox, recorder: Recorder, engine: AsyncEngine
) -> None:
    stray = Message(topic=PAY_CHANGES.name, partition=0, offset=9, key="a", headers={}, payload=b"\xff")
    await inbox.receive([stray, change("a", 1)])
    await inbox.receive([stray])
    async with engine.begin() as tx:
        assert len(await list_parked(tx, consumer=CONSUMER)) == 1
    assert recorder.applied == [("a", 1)]


async def test_a_fault_in_a_handler_parks_the_culprit_alone(
    inbox: Inbox, recorder: Recorder, engine: AsyncEngine
) -> None:
    recorder.fail = {("b", 1)}
    await inbox.receive([change("a", 1), change("b", 1), change("b", 2), change("c", 1)])
    assert sorted(recorder.applied) == [("a", 1), ("c", 1)]
    assert await watermark(engine, "b") == (0, 1, 1)


async def test_retrying_a_healed_record_lets_everything_behind_it_through(
    inbox: Inbox, recorder: Recorder, engine: AsyncEngine, handlers: list[Handler]
) -> None:
    recorder.refuse = {("a", 1)}
    await inbox.receive([change("a", 1), change("a", 2)])
    async with engine.begin() as tx:
        (record,) = await list_parked(tx, consumer=CONSUMER)
    answer = await heal(
        engine, consumer=CONSUMER, handlers=handlers, parked_id=record.id, how="retry", by=OPERATOR
    )
    assert answer == "parked again: refused by a rule"
    recorder.refuse = set()
    answer = await heal(
        engine, consumer=CONSUMER, handlers=handlers, parked_id=record.id, how="retry", by=OPERATOR
    )
    assert answer == "applied"
    assert recorder.applied == [("a", 1), ("a", 2)]
    assert await watermark(engine, "a") == (2, 0, None)


async def test_discarding_a_record_skips_it_for_good(
    inbox: Inbox, recorder: Recorder, engine: AsyncEngine, handlers: list[Handler]
) -> None:
    recorder.refuse = {("a", 1)}
    await inbox.receive([change("a", 1), change("a", 2)])
    async with engine.begin() as tx:
        (record,) = await list_parked(tx, consumer=CONSUMER)
    await heal(engine, consumer=CONSUMER, handlers=handlers, parked_id=record.id, how="discard", by=OPERATOR)
    assert recorder.applied == [("a", 2)]
    await inbox.receive([record.message, change("a", 2)])
    async with engine.begin() as tx:
        assert await list_parked(tx, consumer=CONSUMER) == []
    assert recorder.applied == [("a", 2)]


async def test_a_parked_record_that_comes_again_is_a_repeat(
    inbox: Inbox, recorder: Recorder, engine: AsyncEngine
) -> None:
    recorder.refuse = {("a", 1)}
    await inbox.receive([change("a", 1)])
    await inbox.receive([change("a", 1)])
    assert await watermark(engine, "a") == (0, 0, 1)


async def test_an_error_of_the_database_leaves_nothing_behind(engine: AsyncEngine) -> None:
    async def fail(tx: AsyncConnection, batch: Sequence[Received[PayChangedV1]]) -> None:
        del tx, batch
        raise ConnectionResetError

    inbox = Inbox(engine, consumer=CONSUMER, handlers=[Handler(event=PayChangedV1, apply=fail)])
    with pytest.raises(ConnectionResetError):
        await inbox.receive([change("a", 1)])
    async with engine.begin() as tx:
        assert await tx.scalar(sa.text("SELECT count(*) FROM inbox_watermark")) == 0


def test_the_fingerprint_does_not_depend_on_where_a_record_was_read() -> None:
    here = change("a", 1, payload=b"{}")
    there = Message(
        topic=here.topic,
        partition=3,
        offset=99,
        key=here.key,
        headers=json.loads(json.dumps(here.headers)),
        payload=here.payload,
    )
    assert here.fingerprint == there.fingerprint


async def test_whoever_looks_at_or_heals_a_parked_record_stands_in_the_audit_log(
    inbox: Inbox, recorder: Recorder, engine: AsyncEngine, handlers: list[Handler]
) -> None:
    recorder.refuse = {("a", 1)}
    await inbox.receive([change("a", 1), LOOSE])
    async with engine.begin() as tx:
        loose, record = await list_parked(tx, consumer=CONSUMER)
        shown = await show(tx, consumer=CONSUMER, parked_id=record.id, by=OPERATOR)
        assert shown == record
    healing = partial(heal, engine, consumer=CONSUMER, handlers=handlers, by=OPERATOR)
    await healing(parked_id=record.id, how="retry")
    await healing(parked_id=record.id, how="discard")
    await healing(parked_id=loose.id, how="discard")
    about = f"parked record {record.id} of {PAY_CHANGES.name}"
    whole = "SELECT who, action, resource, subject, service, purpose FROM audit_log ORDER BY id"
    entries = await rows(engine, whole)
    assert {entry[:1] + entry[2:3] + entry[4:5] for entry in entries} == {
        ("operator:olga", "parked_record", "outcomes")
    }
    assert [(entry[1], entry[3], entry[5]) for entry in entries] == [
        ("read", "a", f"show: {about}"),
        ("decide", "a", f"retry, parked again: {about}"),
        ("decide", "a", f"discard, discarded: {about}"),
        (
            "decide",
            f"parked:{loose.id}",
            f"discard, discarded: parked record {loose.id} of {PAY_CHANGES.name}",
        ),
    ]


async def test_a_healing_that_fails_leaves_no_entry_and_a_record_that_is_not_there_none(
    inbox: Inbox, recorder: Recorder, engine: AsyncEngine, handlers: list[Handler]
) -> None:
    recorder.refuse = {("a", 1)}
    await inbox.receive([change("a", 1)])
    async with engine.begin() as tx:
        (record,) = await list_parked(tx, consumer=CONSUMER)
        await tx.execute(sa.text("ALTER TABLE audit_unsealed RENAME TO elsewhere"))
    with pytest.raises(asyncpg.UndefinedTableError):
        await heal(
            engine, consumer=CONSUMER, handlers=handlers, parked_id=record.id, how="discard", by=OPERATOR
        )
    async with engine.begin() as tx:
        assert [each.id for each in await list_parked(tx, consumer=CONSUMER)] == [record.id]
        with pytest.raises(LookupError, match="no parked record 999"):
            await show(tx, consumer=CONSUMER, parked_id=999, by=OPERATOR)
    assert await rows(engine, "SELECT 1 FROM audit_log") == []
