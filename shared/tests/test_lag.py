"""How far a group is behind, measured on a real Kafka: exact, also for who never acknowledged anything."""

import asyncio
import contextlib

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from prometheus_client import REGISTRY

from plumbline.runtime import lag as lag_of
from plumbline.runtime.lag import LagMeter, watch_lag
from plumbline.runtime.status import lag, topics_of
from plumbline_local.testing import MakeTopics


async def produce(bootstrap: str, topic: str, *counts: int) -> None:
    """Put as many records into each partition."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        for partition, count in enumerate(counts):
            for _ in range(count):
                await producer.send(topic, b"{}", partition=partition)
    finally:
        await producer.stop()


async def acknowledge(bootstrap: str, group: str, topic: str, *, partition: int, position: int) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        place = TopicPartition(topic, partition)
        consumer.assign([place])
        await consumer.commit({place: position})
    finally:
        await consumer.stop()


async def forget(bootstrap: str, topic: str, *, partition: int, before: int) -> None:
    """Delete a partition's first records, as a broker does with old ones."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_records({TopicPartition(topic, partition): RecordsToDelete(before)})
    finally:
        await admin.close()


async def test_a_group_that_never_acknowledged_is_behind_by_everything_that_is_left(
    kafka: str, fresh_topics: MakeTopics
) -> None:
    (topic,) = fresh_topics("new", partitions=2)
    await produce(kafka, topic, 5, 3)
    assert await lag(kafka, topic, [topic]) == 8
    await forget(kafka, topic, partition=0, before=4)
    assert await lag(kafka, topic, [topic]) == 4


async def test_a_partition_that_was_never_acknowledged_counts_beside_those_that_were(
    kafka: str, fresh_topics: MakeTopics
) -> None:
    (topic,) = fresh_topics("some", partitions=3)
    await produce(kafka, topic, 5, 3, 0)
    await acknowledge(kafka, topic, topic, partition=0, position=4)
    async with LagMeter(kafka, group=topic, topics=[topic, "is.not.there"]) as meter:
        measured = await meter.measure()
        assert measured == {TopicPartition(topic, number): lag for number, lag in enumerate((1, 3, 0))}
        await acknowledge(kafka, topic, topic, partition=1, position=3)
        await produce(kafka, topic, 2)
        assert list((await meter.measure()).values()) == [3, 0, 0]
    assert await lag(kafka, topic, [topic]) == 3


async def test_the_gauges_follow_although_nothing_is_consumed(
    kafka: str, fresh_topics: MakeTopics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lag_of, "WATCH_SECONDS", 0.05)
    (topic,) = fresh_topics("watched", partitions=2)

    async def shows(*expected: float) -> None:
        async with asyncio.timeout(60):
            while [gauge(topic, partition) for partition in range(2)] != list(expected):  # noqa: ASYNC110 - a gauge
                await asyncio.sleep(0.02)

    watching = asyncio.create_task(watch_lag(kafka, service="test", group=topic, topics=[topic]))
    try:
        await shows(0, 0)
        await produce(kafka, topic, 7, 2)
        await shows(7, 2)
        await acknowledge(kafka, topic, topic, partition=0, position=7)
        await shows(0, 2)
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


def gauge(topic: str, partition: int) -> float | None:
    labels = {"service": "test", "topic": topic, "partition": str(partition)}
    return REGISTRY.get_sample_value("plumbline_consumer_lag", labels)


def test_a_groups_topics_are_its_services() -> None:
    assert {"pm.calibration.events.v1", "pm.people-pay.state.v1"} <= set(topics_of("pm.outcomes"))
    with pytest.raises(LookupError, match="no installed service"):
        topics_of("pm.nobody")
