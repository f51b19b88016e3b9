"""Two members of a group on a real Kafka: a partition changes hands when its batch is acknowledged, within a limit."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from faststream.kafka import KafkaBroker

from plumbline.contracts.outcomes import PayChangedV1
from plumbline.contracts.topics import Topic
from plumbline.runtime import consumer
from plumbline.runtime.consumer import (
    DRAIN_SECONDS,
    HEARTBEAT_SECONDS,
    SESSION_SECONDS,
    BatchConsumer,
    Health,
    subscribe,
)
from plumbline.runtime.inbox import Handler, Inbox
from plumbline.runtime.message import Message
from plumbline_local.testing import MakeTopics

PATIENCE = 120.0


class Member:
    """A worker's consumer, whose database answers when the test says."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.begun = asyncio.Event()
        self.answered = asyncio.Event()
        self.revoking = asyncio.Event()

    async def receive(self, messages: Sequence[Message]) -> None:
        self.read += [message.payload.decode() for message in messages]
        self.begun.set()
        await self.answered.wait()

    @asynccontextmanager
    async def working(self, kafka: str, group: str, contract: type[PayChangedV1]) -> AsyncGenerator[None]:
        mine = self

        class Watched(BatchConsumer):
            async def drain(self) -> None:
                mine.revoking.set()
                await super().drain()

        batches = Watched(
            cast("Inbox", self),
            service="tests",
            health=Health(unready_seconds=60.0),
            give_up_seconds=60.0,
            batch_seconds=240.0,
        )
        broker = KafkaBroker(kafka, apply_types=False, allow_auto_create_topics=False)
        subscribe(broker, group=group, handlers=[Handler(event=contract, apply=unused)], consumer=batches)
        await broker.start()
        try:
            yield
        finally:
            self.answered.set()
            await broker.stop()


async def unused(tx: object, batch: object) -> None:
    raise AssertionError((tx, batch))


@pytest.fixture
def contract(fresh_topics: MakeTopics) -> type[PayChangedV1]:
    (name,) = fresh_topics("tests.rebalance")

    class OnAFreshTopic(PayChangedV1):
        TOPIC = Topic(name=name, producer="outcomes", kind="events", readers=frozenset(), partitions=1)

    return OnAFreshTopic


@pytest.fixture
async def producer(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        yield producer


async def acknowledged(kafka: str, group: str) -> int:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        places = await admin.list_consumer_group_offsets(group)
    finally:
        await cast("Any", admin).close()
    return sum(place.offset for place in places.values())


async def test_a_batch_is_acknowledged_before_its_partition_has_another_owner(
    kafka: str, contract: type[PayChangedV1], producer: AIOKafkaProducer
) -> None:
    group, first, second = f"tests.{uuid4().hex[:8]}", Member(), Member()
    second.answered.set()
    await producer.send_and_wait(contract.TOPIC.name, b"one", key=b"a")
    async with asyncio.timeout(PATIENCE), first.working(kafka, group, contract):
        await first.begun.wait()
        # It is started when it has joined, and it joins when the first one lets it.
        joining, over = asyncio.Event(), asyncio.Event()

        async def work_beside() -> None:
            async with second.working(kafka, group, contract):
                joining.set()
                await over.wait()

        beside = asyncio.create_task(work_beside())
        waiting = [asyncio.create_task(event.wait()) for event in (first.revoking, joining)]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.gather(*[each for each in waiting if each.done()])
        assert (joining.is_set(), second.read) == (False, []), "it waits for the batch at hand"
        assert await acknowledged(kafka, group) <= 0
        first.answered.set()
        await joining.wait()
        assert await acknowledged(kafka, group) == 1
        await producer.send_and_wait(contract.TOPIC.name, b"two", key=b"a")
        while len(first.read + second.read) < 2:  # noqa: ASYNC110 - both are looked at
            await asyncio.sleep(0.1)
        over.set()
        await beside
    assert sorted(first.read + second.read) == ["one", "two"], "nothing is read twice"


async def test_a_batch_that_does_not_end_keeps_its_partition_for_a_limited_time_only(
    kafka: str, contract: type[PayChangedV1], producer: AIOKafkaProducer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "DRAIN_SECONDS", 1.0)
    group, first = f"tests.{uuid4().hex[:8]}", Member()
    await producer.send_and_wait(contract.TOPIC.name, b"one", key=b"a")
    async with asyncio.timeout(PATIENCE), first.working(kafka, group, contract):
        await first.begun.wait()
        others = [Member(), Member()]
        for each in others:
            each.answered.set()
        async with others[0].working(kafka, group, contract), others[1].working(kafka, group, contract):
            await first.revoking.wait()
            admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
            await admin.start()
            try:
                while await state_of(admin, group) != ("Stable", 3):  # noqa: ASYNC110 - the broker is asked
                    await asyncio.sleep(0.1)
            finally:
                await cast("Any", admin).close()
            assert not first.answered.is_set()


async def state_of(admin: AIOKafkaAdminClient, group: str) -> tuple[str, int]:
    """What state the group is in, and how many members it has."""
    (answer,) = await cast("Any", admin).describe_consumer_groups([group])
    (found,) = answer.groups
    return found[2], len(found[5])


def test_partitions_wait_for_less_than_the_broker_waits_for_a_member() -> None:
    assert DRAIN_SECONDS + HEARTBEAT_SECONDS < SESSION_SECONDS
