"""A batch is acknowledged when it is durable, tried again while the database is away, and never given up silently."""

import asyncio
from collections.abc import Callable, Sequence
from typing import cast

import pytest
from faststream.kafka.message import KafkaAckableMessage

from plumbline.runtime import consumer
from plumbline.runtime.consumer import EX_TEMPFAIL, BatchConsumer, Health
from plumbline.runtime.inbox import Inbox
from plumbline.runtime.message import Message

TOPICS = ("pm.people.state.v1", "pm.policy.state.v1")


class Left(BaseException):
    """The process ended; no code after that runs."""


class FakeInbox:
    """Does with a batch what the test says."""

    def __init__(self, receive: Callable[[], object]) -> None:
        self.tries = 0
        self._receive = receive

    async def receive(self, messages: Sequence[Message]) -> None:
        assert list(messages) == []
        self.tries += 1
        self._receive()


class HangingInbox(FakeInbox):
    """Waits for a database that does not answer before ``answered`` is set."""

    def __init__(self, receive: Callable[[], object]) -> None:
        super().__init__(receive)
        self.answered = asyncio.Event()

    async def receive(self, messages: Sequence[Message]) -> None:
        await super().receive(messages)
        await self.answered.wait()


class FakeBatch:
    """An empty batch that counts its acknowledgements."""

    raw_message = ()

    def __init__(self) -> None:
        self.acknowledged = 0

    async def ack(self) -> None:
        self.acknowledged += 1


def consuming(
    inbox: FakeInbox,
    health: Health,
    *,
    leave: Callable[[int], None],
    give_up: float = 60.0,
    batch: float = 60.0,
) -> BatchConsumer:
    return BatchConsumer(
        cast("Inbox", inbox),
        service="test",
        health=health,
        give_up_seconds=give_up,
        batch_seconds=batch,
        leave=leave,
    )


def healthy(*, unready_seconds: float = 60.0) -> Health:
    return Health(unready_seconds=unready_seconds)


def leave(status: int) -> None:
    raise Left(status)


def away() -> None:
    raise ConnectionRefusedError


async def test_a_batch_is_tried_again_while_the_database_is_away_and_acknowledged_once() -> None:
    health, batch, seen = healthy(), FakeBatch(), list[bool]()

    def twice_away() -> None:
        seen.append(health.ready)
        if inbox.tries < 3:
            away()

    inbox = FakeInbox(twice_away)
    await consuming(inbox, health, leave=leave).consume(cast("KafkaAckableMessage", batch))
    assert (inbox.tries, batch.acknowledged) == (3, 1)
    assert seen == [True, False, False], "unready while it is tried again"
    assert health.ready


async def test_a_database_that_stays_away_ends_the_process_without_acknowledgement() -> None:
    batch = FakeBatch()
    worker = consuming(FakeInbox(away), healthy(), leave=leave, give_up=0.3)
    with pytest.raises(Left) as left:
        await worker.consume(cast("KafkaAckableMessage", batch))
    assert left.value.args == (EX_TEMPFAIL,)
    assert batch.acknowledged == 0


async def test_a_batch_that_hangs_ends_the_process_without_acknowledgement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(consumer, "WATCH_SECONDS", 0.05)
    batch, ended = FakeBatch(), asyncio.get_running_loop().create_future()
    worker = consuming(HangingInbox(lambda: None), healthy(), leave=ended.set_result, batch=0.2)
    consumption = asyncio.create_task(worker.consume(cast("KafkaAckableMessage", batch)))
    assert await asyncio.wait_for(ended, 60) == EX_TEMPFAIL
    consumption.cancel()
    await asyncio.gather(consumption, return_exceptions=True)
    assert batch.acknowledged == 0


async def test_a_batch_that_hangs_makes_the_worker_unready_until_it_is_durable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [1000.0]
    monkeypatch.setattr(consumer, "monotonic", lambda: now[0])
    health, inbox, batch = healthy(unready_seconds=10), HangingInbox(lambda: None), FakeBatch()
    assert health.ready
    worker = consuming(inbox, health, leave=leave)
    consumption = asyncio.create_task(worker.consume(cast("KafkaAckableMessage", batch)))
    await asyncio.sleep(0)
    seen: dict[float, bool] = {}
    for passed in (0.0, 2.5, 10.0, 10.1, 200.0):
        now[0] = 1000.0 + passed
        seen[passed] = health.ready
    assert seen == {0.0: True, 2.5: True, 10.0: True, 10.1: False, 200.0: False}
    inbox.answered.set()
    await consumption
    assert (health.ready, batch.acknowledged) == (True, 1)
    now[0] += 1000.0
    assert health.ready, "nothing is at hand"


def test_a_restarted_member_is_another_one_when_its_topics_change() -> None:
    name = consumer._static_member("outcomes-0", TOPICS)
    assert name == consumer._static_member("outcomes-0", TOPICS[::-1])
    assert name != consumer._static_member("outcomes-1", TOPICS)
    assert name != consumer._static_member("outcomes-0", (*TOPICS, "pm.cycle.events.v1"))
    assert consumer._static_member("", TOPICS) is None
