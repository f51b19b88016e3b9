"""Reads topics as an outside system would: plain Kafka and JSON, none of the services' code."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment

PEOPLE = "pm.people.state.v1"
PAY = "pm.people-pay.state.v1"
DEMOGRAPHICS = "pm.people-demographics.state.v1"
PAY_CHANGES = "pm.pay-changes.events.v1"
_POLL_MILLISECONDS = 200
_FULL_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record: its key, the type that its header names, its JSON, and all of its headers."""

    key: str
    type: str
    value: dict[str, Any]
    headers: dict[str, str]


async def read_topic(bootstrap: str, topic: str) -> list[Record]:
    """Every committed record of a topic that stands there now, in each partition's order."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, isolation_level="read_committed", enable_auto_commit=False
    )
    await consumer.start()
    try:
        return await asyncio.wait_for(_read_to_the_end(consumer, topic), _FULL_SECONDS)
    finally:
        await consumer.stop()


async def _read_to_the_end(consumer: AIOKafkaConsumer, topic: str) -> list[Record]:
    # aiokafka has no type hints.
    untyped = cast("Any", consumer)
    numbers: Iterable[int] = await _partitions(untyped, topic)
    partitions = [TopicPartition(topic, number) for number in sorted(numbers)]
    untyped.assign(partitions)
    await untyped.seek_to_beginning(*partitions)
    ends: dict[TopicPartition, int] = await untyped.end_offsets(partitions)
    records: list[Record] = []
    while [each for each in partitions if await untyped.position(each) < ends[each]]:
        batches: dict[TopicPartition, list[Any]] = await untyped.getmany(timeout_ms=_POLL_MILLISECONDS)
        records += [_record(message) for batch in batches.values() for message in batch]
    return records


async def _partitions(untyped: Any, topic: str) -> Iterable[int]:  # noqa: ANN401 - an untyped consumer
    await untyped._client.set_topics([topic])
    return untyped.partitions_for_topic(topic) or ()


def _record(message: Any) -> Record:  # noqa: ANN401 - an untyped library's record
    headers = {name: value.decode() for name, value in message.headers}
    return Record(
        key=(message.key or b"").decode(),
        type=headers.get("ce_type", ""),
        value=json.loads(message.value),
        headers=headers,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How many partitions somebody has not read to the end, and each partition's end (an offset)."""

    late: int
    ends: Mapping[TopicPartition, int]


class Watcher:
    """Says how far the services' consumer groups are; use it as a context manager."""

    def __init__(self, bootstrap: str, groups: Sequence[str]) -> None:
        self._groups = groups
        self._admin = cast("Any", AIOKafkaAdminClient(bootstrap_servers=bootstrap))
        self._consumer = cast("Any", AIOKafkaConsumer(bootstrap_servers=bootstrap))
        self._assigned: dict[str, list[TopicPartition]] = {}

    async def __aenter__(self) -> Self:
        await self._admin.start()
        await self._consumer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()
        await self._admin.close()

    async def look(self) -> Look:
        """How far everybody is with the partitions that are assigned to somebody.

        A partition ends with the marker of the last transaction, which nobody acknowledges. A group without
        members has read nothing: each counts as one.
        """
        late, all_ends = 0, dict[TopicPartition, int]()
        for group in self._groups:
            partitions = await self._partitions_of(group)
            ends: dict[TopicPartition, int] = (
                await self._consumer.end_offsets(partitions) if partitions else {}
            )
            places: dict[TopicPartition, Any] = await self._admin.list_consumer_group_offsets(group)
            late += sum(
                end - 1 > (places[each].offset if each in places else 0) for each, end in ends.items()
            )
            late += not partitions
            all_ends |= ends
        return Look(late=late, ends=all_ends)

    async def _partitions_of(self, group: str) -> list[TopicPartition]:
        if not self._assigned.get(group):
            self._assigned[group] = await self._ask_for_assignment(group)
        return self._assigned[group]

    async def _ask_for_assignment(self, group: str) -> list[TopicPartition]:
        (answer,) = await self._admin.describe_consumer_groups([group])
        found: list[TopicPartition] = []
        for _error, _group, _state, _type, _protocol, members, *_ in answer.groups:
            for _member, _client, _host, _metadata, assignment in members:
                if assignment:
                    decoded = cast("Any", ConsumerProtocolMemberAssignment).decode(assignment)
                    found += [
                        TopicPartition(topic, number)
                        for topic, numbers in decoded.assignment
                        for number in numbers
                    ]
        return found
