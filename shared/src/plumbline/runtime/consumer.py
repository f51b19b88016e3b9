"""Feeds consumed batches to the inbox and acknowledges them only when they are durable."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from hashlib import sha256
from time import monotonic
from typing import Any, cast

import structlog
from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage
from faststream.message import StreamMessage

from plumbline.runtime import telemetry
from plumbline.runtime.failpoints import reach
from plumbline.runtime.failures import is_infrastructure
from plumbline.runtime.inbox import Handler, Inbox, consumed_topics
from plumbline.runtime.message import from_record

log = structlog.get_logger("plumbline.consumer")

Batch = tuple[ConsumerRecord[Any, Any], ...]
EX_TEMPFAIL = 75
FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 5.0
WATCH_SECONDS = 1.0
SESSION_SECONDS = 15.0
HEARTBEAT_SECONDS = 3.0
# How long partitions that go elsewhere wait for the batch at hand. The broker throws out a member that does not join
# again within the session's time after the rebalance began, of which it hears with the next heartbeat.
DRAIN_SECONDS = 10.0


class Health:
    """Whether the consumer gets on: unready while a batch cannot be made durable.

    That is a batch which failed and is tried again, and one that is neither durable nor failed after
    ``unready_seconds``: a database that hangs refuses nothing.
    """

    def __init__(self, *, unready_seconds: float) -> None:
        self._unready_seconds = unready_seconds
        self._begun: float | None = None
        self.stuck_since: float | None = None

    def begin(self) -> None:
        """A batch is at hand."""
        self._begun = monotonic()

    def end(self) -> None:
        """It is durable."""
        self._begun = self.stuck_since = None

    @property
    def ready(self) -> bool:
        """True unless a batch failed and is tried again, or takes too long."""
        takes_too_long = self._begun is not None and monotonic() - self._begun > self._unready_seconds
        return self.stuck_since is None and not takes_too_long


class BatchConsumer:
    """Applies each consumed batch through the inbox until it is durable, then acknowledges it.

    No exception leaves ``consume``: FastStream would go on with the next batch, whose acknowledgement
    commits the position behind both. What stays away for longer than ``give_up_seconds``, and a batch that
    neither succeeds nor fails within ``batch_seconds``, end the process, unacknowledged, for its supervisor
    to restart.
    """

    def __init__(
        self,
        inbox: Inbox,
        *,
        service: str,
        health: Health,
        give_up_seconds: float,
        batch_seconds: float,
        leave: Callable[[int], None] = os._exit,
    ) -> None:
        self._inbox = inbox
        self._service = service
        self._health = health
        self._give_up_seconds = give_up_seconds
        self._batch_seconds = batch_seconds
        self._leave = leave
        self._free = asyncio.Event()
        self._free.set()

    async def consume(self, message: KafkaAckableMessage) -> None:
        """Handle one batch, from the broker to the acknowledgement."""
        self._free.clear()
        try:
            await self._consume(message)
        finally:
            self._free.set()

    async def drain(self) -> None:
        """Return when no batch is at hand, or after ``DRAIN_SECONDS``: what then is not acknowledged comes again
        elsewhere, waits there for this one's locks, and is known."""
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._free.wait()
                return
        log.warning("partitions leave in the middle of a batch", service=self._service)

    async def _consume(self, message: KafkaAckableMessage) -> None:
        records = cast("Batch", message.raw_message)
        await self._until_durable(records)
        await reach("inbox.before_ack")
        try:
            await message.ack()
        except KafkaError as error:
            # The partitions went elsewhere meanwhile: they come again there, and the inbox knows them.
            log.warning("not acknowledged", service=self._service, error=type(error).__name__)
        await reach("inbox.after_ack")
        self._note(records)
        # FastStream's message refers to itself: its records would stay until the collector comes round.
        message.raw_message = ()

    async def _until_durable(self, records: Batch) -> None:
        messages = [from_record(record) for record in records]
        wait = FIRST_WAIT_SECONDS
        self._health.begin()
        while True:
            hanging = asyncio.create_task(self._end_when_it_hangs())
            try:
                await self._inbox.receive(messages)
            except Exception as error:
                if not is_infrastructure(error):
                    log.exception("batch failed", service=self._service)
                await self._hold_on(error, wait)
                wait = min(wait * 2, LONGEST_WAIT_SECONDS)
            else:
                self._health.end()
                return
            finally:
                hanging.cancel()

    async def _hold_on(self, error: Exception, wait: float) -> None:
        """Wait before the next try, or end the process when that took too long."""
        now = monotonic()
        since = self._health.stuck_since = self._health.stuck_since or now
        log.warning("batch is tried again", service=self._service, error=type(error).__name__)
        if now - since > self._give_up_seconds:
            self._give_up("fails")
        await asyncio.sleep(wait)

    async def _end_when_it_hangs(self) -> None:
        # In steps, so that a process that was frozen itself and goes on gets the time to finish.
        for _ in range(max(1, round(self._batch_seconds / WATCH_SECONDS))):
            await asyncio.sleep(WATCH_SECONDS)
        self._give_up("hangs")

    def _give_up(self, batch: str) -> None:
        log.error("giving up; nothing of the batch was acknowledged", service=self._service, batch=batch)
        sys.stdout.flush()
        sys.stderr.flush()
        self._leave(EX_TEMPFAIL)

    def _note(self, records: Batch) -> None:
        for topic, count in Counter(record.topic for record in records).items():
            telemetry.EVENTS_APPLIED.labels(self._service, topic).inc(count)


class DrainBeforeRevoking(ConsumerRebalanceListener):
    """Lets partitions go only when what was read from them is durable and acknowledged, within limits.

    The client reads nothing more once it revokes, and its heartbeats go on meanwhile.
    """

    def __init__(self, consumer: BatchConsumer) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - the client awaits it, and says so in its documentation only
        """Wait for the batch at hand."""
        if revoked:
            await self._consumer.drain()

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Nothing is to be done."""
        del assigned


async def parse(message: Batch, original: Callable[[Batch], Awaitable[StreamMessage[Batch]]]) -> Any:  # noqa: ANN401
    """Hand the records on as they are: FastStream's own parser raises on headers that are not UTF-8."""
    plain = tuple(_without_headers(record) for record in message)
    parsed = await original(plain)
    parsed.raw_message = message
    return parsed


async def decode(message: StreamMessage[Batch]) -> StreamMessage[Batch]:
    """The whole message is the handler's argument; the inbox reads the payloads."""
    return message


def _without_headers(record: ConsumerRecord[Any, Any]) -> ConsumerRecord[Any, Any]:
    return ConsumerRecord(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp=record.timestamp,
        timestamp_type=record.timestamp_type,
        key=None,
        value=b"",
        checksum=None,
        serialized_key_size=-1,
        serialized_value_size=0,
        headers=(),
    )


def subscribe(
    broker: KafkaBroker,
    *,
    group: str,
    handlers: Sequence[Handler],
    consumer: BatchConsumer,
    instance: str = "",
) -> None:
    """Subscribe to every topic that a handler names, as one member of the service's group.

    A member with an ``instance`` is static: restarted, it has its partitions back without a rebalance.
    """
    topics = consumed_topics(handlers)
    if not topics:
        return
    subscriber = broker.subscriber(
        *topics,
        group_id=group,
        group_instance_id=_static_member(instance, topics),
        batch=True,
        max_records=1000,
        batch_timeout_ms=50,
        ack_policy=AckPolicy.MANUAL,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        fetch_max_wait_ms=100,
        # Bounds what waits in memory, for each partition; a record that is larger comes all the same, alone.
        max_partition_fetch_bytes=256 * 1024,
        session_timeout_ms=round(SESSION_SECONDS * 1000),
        heartbeat_interval_ms=round(HEARTBEAT_SECONDS * 1000),
        max_poll_interval_ms=300_000,
        parser=parse,
        decoder=decode,
        listener=DrainBeforeRevoking(consumer),
    )
    subscriber(consumer.consume)


def _static_member(instance: str, topics: Sequence[str]) -> str | None:
    """The member's name in its group.

    It changes with the topics: the broker gives a returning member its old partitions whatever it now asks
    for, and those of a topic that is new in this version would never be read.
    """
    if not instance:
        return None
    return f"{instance}-{sha256(' '.join(sorted(topics)).encode()).hexdigest()[:8]}"
