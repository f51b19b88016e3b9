"""Puts records on the bus as other services' relays would, and reads what consumers of committed records see."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid5

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from company import NOW, Sent

from plumbline.contracts.event import Event

UNREADABLE = b'\xff{"salary":'
Records = list[tuple[str, int, dict[str, Any]]]


async def send(
    bootstrap: str, sent: Iterable[Sent], *, midway: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Put records on their topics; ``midway`` happens when half of them are there."""
    records = list(sent)
    half = len(records) // 2
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=True, request_timeout_ms=90_000
    )
    await producer.start()
    try:
        for each in records[:half]:
            await _send(producer, each)
        await producer.flush()
        if midway is not None:
            await midway()
        for each in records[half:]:
            await _send(producer, each)
        await producer.flush()
    finally:
        await producer.stop()


async def send_unreadable(bootstrap: str, records: Iterable[tuple[type[Event], str, int | None]]) -> None:
    """Put something unreadable on the topic of each contract, under this key and sequence, or without one."""
    await send(
        bootstrap,
        [
            Sent(
                event=contract.model_construct(None, **{contract.KEY: key}),
                sequence=sequence,
                payload=UNREADABLE,
            )
            for contract, key, sequence in records
        ],
    )


async def _send(producer: AIOKafkaProducer, each: Sent) -> None:
    event = each.event
    headers = {
        "ce_id": str(uuid5(UUID(int=2), f"{event.aggregate}/{each.sequence}")),
        "ce_type": event.TYPE,
        "ce_time": NOW.isoformat(),
        "ce_division": "any",
        **({} if each.sequence is None else {"ce_sequence": str(each.sequence)}),
    }
    await producer.send(
        event.TOPIC.name,
        event.model_dump_json().encode() if each.payload is None else each.payload,
        key=event.aggregate.encode(),
        headers=[(name, value.encode()) for name, value in headers.items()],
    )


async def read_topic(bootstrap: str, topic: str, prefix: str = "") -> Records:
    """Every committed record whose key begins so: key, sequence and payload, partition by partition."""
    async with _consumer(bootstrap) as consumer:
        partitions = await _partitions(consumer, [topic])
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        found: dict[TopicPartition, Records] = {partition: [] for partition in partitions}
        while [p for p in partitions if await consumer.position(p) < ends[p]]:
            for partition, records in (await consumer.getmany(timeout_ms=200)).items():
                found[partition] += [_read(record) for record in records]
    return [record for each in found.values() for record in each if record[0].startswith(prefix)]


def _read(record: Any) -> tuple[str, int, dict[str, Any]]:
    headers = dict(record.headers)
    return record.key.decode(), int(headers.get("ce_sequence", b"0")), _payload(record.value)


def _payload(value: bytes) -> dict[str, Any]:
    try:
        return json.loads(value)
    except ValueError:
        return {"unreadable": value.hex()}


async def rewind(bootstrap: str, group: str, topics: Sequence[str]) -> int:
    """Let a group without members read everything again; returns the number of records."""
    async with _consumer(bootstrap, group) as consumer:
        partitions = await _partitions(consumer, topics)
        consumer.assign(partitions)
        await consumer.commit(dict.fromkeys(partitions, 0))
        ends = await consumer.end_offsets(partitions)
    return sum(ends.values())


async def last_records(bootstrap: str, topics: Iterable[str]) -> dict[TopicPartition, int]:
    """The place of each partition's last committed record, where there is one; markers of transactions are none."""
    found: dict[TopicPartition, int] = {}
    async with _consumer(bootstrap) as consumer:
        partitions = await _partitions(consumer, list(topics))
        consumer.assign(partitions)
        ends = {place: end for place, end in (await consumer.end_offsets(partitions)).items() if end}
        looked_at = 4
        while missing := [place for place in ends if place not in found]:
            starts = {place: max(0, ends[place] - looked_at) for place in missing}
            found |= await _last_from(consumer, starts, ends)
            ends = {place: end for place, end in ends.items() if place in found or starts[place] > 0}
            looked_at *= 16
    return found


async def _last_from(
    consumer: AIOKafkaConsumer, starts: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
) -> dict[TopicPartition, int]:
    """The place of the last record of each partition that has one between these places."""
    found: dict[TopicPartition, int] = {}
    for place, start in starts.items():
        consumer.seek(place, start)
    while [place for place in starts if await consumer.position(place) < ends[place]]:
        for place, records in (await consumer.getmany(*starts, timeout_ms=200)).items():
            old = [record.offset for record in records if record.offset < ends[place]]
            if old:
                found[place] = old[-1]
    return found


async def acknowledged(bootstrap: str, group: str) -> dict[TopicPartition, int]:
    """Where a consumer group goes on in each partition of which it has read something."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        places = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    return {place: each.offset for place, each in places.items()}


async def members(bootstrap: str, group: str) -> tuple[str, int]:
    """A consumer group's state and how many members it has."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        (answer,) = await admin.describe_consumer_groups([group])
        (described,) = answer.to_object()["groups"]
    finally:
        await admin.close()
    return described["state"], len(described["members"])


@asynccontextmanager
async def _consumer(bootstrap: str, group: str | None = None) -> AsyncGenerator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def _partitions(consumer: AIOKafkaConsumer, topics: Sequence[str]) -> list[TopicPartition]:
    cluster = await consumer._client.fetch_all_metadata()
    return sorted(
        TopicPartition(topic, number)
        for topic in topics
        for number in cluster.partitions_for_topic(topic) or ()
    )
