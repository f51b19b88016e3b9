"""Sends outbox rows to the broker, in one transaction and in as few batches as fit."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, cast

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    for_code,
)
from aiokafka.protocol.metadata import MetadataRequest
from murmurhash2 import murmurhash2

from plumbline.runtime.failpoints import reach
from plumbline.runtime.outbox import complete_headers

# A transaction that is not over by then the broker aborts by itself. The client would go on for ever where a
# topic is deleted under it.
SENDING_SECONDS = 60.0
GOODBYE_SECONDS = 5.0
# Kafka's own, in every client's partitioner.
_SEED = 0x9747B28C

# What the broker has against a topic, and who can change that; every other error is not the topic's.
_REFUSALS: Mapping[type[KafkaError], str] = {
    UnknownTopicOrPartitionError: "the broker has no topic {topic}; `plumbline topics apply` creates it",
    TopicAuthorizationFailedError: (
        "this service's account may not write to {topic}; `plumbline topics acls` prints what to allow"
    ),
    InvalidTopicError: "the broker takes {topic} for no topic's name",
    MessageSizeTooLargeError: "{topic} takes smaller records only; raise its max.message.bytes to 2097152",
    RecordListTooLargeError: "{topic} takes smaller batches only; raise its max.message.bytes to 2097152",
}


class OutboxRow(NamedTuple):
    """One event as the outbox holds it."""

    id: int
    topic: str
    key: str
    payload: bytes
    headers: str
    event_id: str | None
    sequence: int | None


def why_refused(topic: str, error: KafkaError) -> str | None:
    """Why the broker takes nothing on this topic and what mends that, or None when the error is not the topic's."""
    said = next((text for kind, text in _REFUSALS.items() if isinstance(error, kind)), None)
    return None if said is None else said.format(topic=topic)


async def send(producer: AIOKafkaProducer, rows: Sequence[OutboxRow]) -> None:
    """Send the rows in one transaction and commit it.

    Raises:
        TimeoutError: the broker neither took nor refused them in a minute; this producer is of no more use.
        KafkaError: it refused them, and the transaction is aborted.
    """
    async with asyncio.timeout(None) as patience:
        async with producer.transaction():
            try:
                async with asyncio.timeout(SENDING_SECONDS):
                    await _send(producer, rows)
            except BaseException:
                # What cannot be sent cannot always be aborted either.
                patience.reschedule(asyncio.get_running_loop().time() + GOODBYE_SECONDS)
                raise


async def ask_for(producer: AIOKafkaProducer, topic: str) -> None:
    """Ask the broker for a topic that the producer does not know yet.

    The producer's own way waits for a quarter of a minute, and creates the topic where the broker lets clients do so.

    Raises:
        KafkaError: the broker does not have it, or does not show it to this account.
    """
    client = cast("Any", producer).client
    if client.cluster.partitions_for_topic(topic) is not None:
        return
    request = MetadataRequest([topic], allow_auto_topic_creation=False)
    answer = await client.send(client.get_random_node(), request)
    for code, name, *_ in answer.topics:
        kind = for_code(code)
        if name == topic and kind in _REFUSALS:
            raise kind(topic)


async def throw_away(producer: AIOKafkaProducer) -> None:
    """Close a producer; one that is broken cannot always say goodbye, and what it still tries ends here."""
    try:
        async with asyncio.timeout(GOODBYE_SECONDS):
            await producer.stop()
    except TimeoutError:
        broken: Any = producer
        with suppress(Exception):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await broken._sender.close()
                await broken.client.close()


def partition_of(key: bytes, partitions: Sequence[int]) -> int:
    """The partition of a key, the same one that Kafka's own clients choose; ``partitions`` in ascending order."""
    return partitions[(murmurhash2(key, _SEED) & 0x7FFFFFFF) % len(partitions)]


async def _send(producer: AIOKafkaProducer, rows: Sequence[OutboxRow]) -> None:
    """Send the rows in as few batches as fit, each partition's in order."""
    batches = await _pack(producer, rows)
    sent: list[asyncio.Future[object]] = []
    for index, (topic, partition, batch) in enumerate(batches):
        sent.append(await cast("Any", producer).send_batch(batch, topic, partition=partition))
        if index == len(batches) // 2:
            await reach("relay.mid_send")
    await asyncio.gather(*sent)


async def _pack(producer: AIOKafkaProducer, rows: Sequence[OutboxRow]) -> list[tuple[str, int, Any]]:
    """The rows in batches of (topic, partition, aiokafka's batch), the partition chosen by key as clients do.

    Sending each record by itself would cost half of the relay's throughput.
    """
    places: dict[str, list[int]] = {}
    for topic in {row.topic for row in rows}:
        places[topic] = sorted(await cast("Any", producer).partitions_for(topic))
    batches: list[tuple[str, int, Any]] = []
    unfilled: dict[tuple[str, int], Any] = {}
    for row in rows:
        key = row.key.encode()
        headers = complete_headers(row.headers, key, row.event_id, row.sequence)
        place = (row.topic, partition_of(key, places[row.topic]))
        batch = unfilled.get(place)
        # None: it was full already.
        if batch is None or batch.append(timestamp=None, key=key, value=row.payload, headers=headers) is None:
            batch = unfilled[place] = cast("Any", producer).create_batch()
            batch.append(timestamp=None, key=key, value=row.payload, headers=headers)
            batches.append((*place, batch))
    return batches
