"""Publishes the outbox: one leader a service, each batch in one Kafka transaction, deleted when committed."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple, cast

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline.contracts.grants import relay_of
from plumbline.contracts.topics import TOPICS
from plumbline.runtime import metrics
from plumbline.runtime.database import raw
from plumbline.runtime.failpoints import reach
from plumbline.runtime.failures import is_infrastructure
from plumbline.runtime.kafka_security import UNSECURED, KafkaSecurity
from plumbline.runtime.lease import Lease
from plumbline.runtime.outbox import CHANNEL, complete_headers

log = structlog.get_logger("plumbline.relay")

BATCH = 5000
POLL_SECONDS = 1.0
RETRY_SECONDS = 1.0
LAST_BATCH_SECONDS = 10.0
MAX_RECORD_BYTES = 1_000_000
_partition_of: Any = DefaultPartitioner()

# Rows behind a quarantined row of the same topic and key stay where they are.
_READ = """
SELECT id, topic, key, payload, headers, event_id, sequence FROM outbox AS o
WHERE NOT EXISTS (
    SELECT FROM outbox_quarantine AS q WHERE q.topic = o.topic AND q.key = o.key AND q.id < o.id
)
ORDER BY id LIMIT $1
"""
_DELETE = "DELETE FROM outbox WHERE id = ANY($1::bigint[])"
_QUARANTINE = """
WITH moved AS (
    DELETE FROM outbox USING unnest($1::bigint[], $2::text[]) AS bad (bad_id, why)
    WHERE id = bad_id RETURNING id, topic, key, payload, headers, event_id, sequence, why
)
INSERT INTO outbox_quarantine (id, topic, key, payload, headers, event_id, sequence, reason) SELECT * FROM moved
"""


class OutboxRow(NamedTuple):
    """One event as the outbox holds it."""

    id: int
    topic: str
    key: str
    payload: bytes
    headers: str
    event_id: str | None
    sequence: int | None


def why_unsendable(row: OutboxRow) -> str | None:
    """Why a row can never be sent, or None; what fails for another reason is tried again."""
    if row.topic not in TOPICS:
        return f"topic {row.topic} is not declared"
    size = len(row.payload) + len(row.headers) + len(row.key)
    if size > MAX_RECORD_BYTES:
        return f"{size} bytes are more than the broker takes ({MAX_RECORD_BYTES})"
    return None


class Relay:
    """The relay of one service's outbox; run it in every worker, one of them leads."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        url: str,
        service: str,
        bootstrap: str,
        security: KafkaSecurity = UNSECURED,
        instance: str = "",
    ) -> None:
        self._engine = engine
        self._service = service
        self._bootstrap = bootstrap
        self._security = security
        self._woken = asyncio.Event()
        self._lease = Lease(
            url, name=relay_of(service), channel=CHANNEL, wake=self._woken.set, holder=instance
        )

    async def run(self) -> None:
        """Lead whenever possible, until cancelled; any error gives up the producer and starts over."""
        try:
            while True:
                try:
                    await self._lease.wait_until_held()
                    await self._lead()
                except Exception as error:
                    expected = is_infrastructure(error) or isinstance(error, KafkaError)
                    log.warning(
                        "relay starts over",
                        service=self._service,
                        error=type(error).__name__,
                        exc_info=not expected,
                    )
                    await asyncio.sleep(RETRY_SECONDS)
        finally:
            metrics.RELAY_LEADS.labels(self._service).set(0)
            await self._lease.give_back()

    async def _lead(self) -> None:
        """Publish for as long as the lease is held.

        The producer registers its transactional id only now, so that the broker refuses whatever an
        earlier leader still tries to send.
        """
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            transactional_id=relay_of(self._service),
            enable_idempotence=True,
            max_batch_size=MAX_RECORD_BYTES,
            max_request_size=2 * MAX_RECORD_BYTES,
            request_timeout_ms=15_000,
            **self._security.for_aiokafka(),
        )
        await producer.start()
        metrics.RELAY_LEADS.labels(self._service).set(1)
        lost = asyncio.Event()
        publishing = asyncio.create_task(self._publish_until(lost, producer))
        tasks = (publishing, asyncio.create_task(self._lease.keep()))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            # The batch at hand may end: whether it still counts is the broker's to say, who refuses it if
            # somebody else leads already.
            log.warning("lost the lease", service=self._service)
            lost.set()
            async with asyncio.timeout(LAST_BATCH_SECONDS):
                await publishing
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            metrics.RELAY_LEADS.labels(self._service).set(0)
            # A broken producer cannot always say goodbye; it is thrown away all the same.
            async with asyncio.timeout(5):
                await producer.stop()

    async def _publish_until(self, lost: asyncio.Event, producer: AIOKafkaProducer) -> None:
        published: Sequence[int] = ()
        while not lost.is_set():
            self._woken.clear()
            published, rows = (), await self._turn_page(published)
            if not rows:
                await self._wait_for_more()
            elif reasons := [(row.id, reason) for row in rows if (reason := why_unsendable(row)) is not None]:
                await self._quarantine(reasons)
            else:
                await self._publish(producer, rows)
                published = [row.id for row in rows]
        if published:
            await self._turn_page(published)

    async def _wait_for_more(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._woken.wait()

    async def _turn_page(self, published: Sequence[int]) -> list[OutboxRow]:
        """Delete the rows that are published; read the oldest of those that are not."""
        async with self._engine.begin() as tx:
            driver = await raw(tx)
            if published:
                await driver.execute(_DELETE, published)
                await reach("relay.mid_delete")
            rows = await driver.fetch(_READ, BATCH)
        await reach("relay.read")
        return [OutboxRow(*row) for row in rows]

    async def _publish(self, producer: AIOKafkaProducer, rows: Sequence[OutboxRow]) -> None:
        async with producer.transaction():
            await self._send(producer, rows)
        await reach("relay.committed")
        metrics.RELAYED.labels(self._service).inc(len(rows))

    async def _send(self, producer: AIOKafkaProducer, rows: Sequence[OutboxRow]) -> None:
        """Send the rows in as few batches as fit, each partition's in order."""
        batches = await _pack(producer, rows)
        sent: list[asyncio.Future[object]] = []
        for index, (topic, partition, batch) in enumerate(batches):
            sent.append(await cast("Any", producer).send_batch(batch, topic, partition=partition))
            if index == len(batches) // 2:
                await reach("relay.mid_send")
        await asyncio.gather(*sent)

    async def _quarantine(self, reasons: Sequence[tuple[int, str]]) -> None:
        async with self._engine.begin() as tx:
            ids, texts = [row_id for row_id, _ in reasons], [text for _, text in reasons]
            await (await raw(tx)).execute(_QUARANTINE, ids, texts)
        log.error("quarantined", service=self._service, rows=len(reasons), reasons=sorted(set(texts)))


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
        partition: int = _partition_of(key, places[row.topic], places[row.topic])
        place = (row.topic, partition)
        batch = unfilled.get(place)
        # None: it was full already.
        if batch is None or batch.append(timestamp=None, key=key, value=row.payload, headers=headers) is None:
            batch = unfilled[place] = cast("Any", producer).create_batch()
            batch.append(timestamp=None, key=key, value=row.payload, headers=headers)
            batches.append((*place, batch))
    return batches
