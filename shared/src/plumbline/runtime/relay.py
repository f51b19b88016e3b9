"""Publishes the outbox: one leader a service, each batch in one Kafka transaction, deleted when committed."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline.contracts.grants import relay_of
from plumbline.contracts.topics import TOPICS
from plumbline.runtime import metrics
from plumbline.runtime.database import raw
from plumbline.runtime.failpoints import reach
from plumbline.runtime.failures import is_infrastructure
from plumbline.runtime.kafka_security import UNSECURED, KafkaSecurity
from plumbline.runtime.lease import Lease
from plumbline.runtime.outbox import CHANNEL
from plumbline.runtime.relay_sending import OutboxRow, ask_for, send, throw_away, why_refused
from plumbline.runtime.relay_topics import RelayTopics

log = structlog.get_logger("plumbline.relay")

BATCH = 5000
POLL_SECONDS = 1.0
RETRY_SECONDS = 1.0
LAST_BATCH_SECONDS = 10.0
MAX_RECORD_BYTES = 1_000_000

# Rows behind a quarantined row of the same topic and key stay where they are, as do those of a topic that is held.
# Nothing is asked row by row while the quarantine is empty.
_READ = """
SELECT id, topic, key, payload, headers, event_id, sequence FROM outbox AS o
WHERE (NOT (SELECT EXISTS (SELECT FROM outbox_quarantine)) OR NOT EXISTS (
    SELECT FROM outbox_quarantine AS q WHERE q.topic = o.topic AND q.key = o.key AND q.id < o.id
)) AND topic <> ALL ($2::text[])
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


def unsendable(rows: Sequence[OutboxRow]) -> list[tuple[int, str]]:
    """The ids of the rows that can never be sent, each with the reason; what fails for another reason is tried again."""
    undeclared = {row.topic for row in rows} - TOPICS.keys()
    return [
        (row.id, f"topic {row.topic} is not declared")
        if row.topic in undeclared
        else (row.id, f"{size} bytes are more than the broker takes ({MAX_RECORD_BYTES})")
        for row in rows
        if (size := len(row.payload) + len(row.headers) + len(row.key)) > MAX_RECORD_BYTES
        or row.topic in undeclared
    ]


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
        self._topics = RelayTopics(engine, service=service)
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
        await self._topics.begin()
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
            await throw_away(producer)

    async def _publish_until(self, lost: asyncio.Event, producer: AIOKafkaProducer) -> None:
        published: Sequence[int] = ()
        while not lost.is_set():
            self._woken.clear()
            published, rows = (), await self._turn_page(published)
            if not rows:
                await self._wait_for_more()
            elif reasons := unsendable(rows):
                await self._quarantine(reasons)
            else:
                published = await self._publish(producer, rows)
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
            rows = await driver.fetch(_READ, BATCH, self._topics.to_leave_out())
        await reach("relay.read")
        return [*map(OutboxRow._make, rows)]

    async def _publish(self, producer: AIOKafkaProducer, rows: Sequence[OutboxRow]) -> Sequence[int]:
        """Publish the page, or first what it has of a topic that this leader has not written to yet; returns the ids."""
        new = self._topics.new_among(rows)
        if new is None:
            await self._send(producer, rows)
            return [row.id for row in rows]
        mine = [row for row in rows if row.topic == new]
        try:
            await ask_for(producer, new)
            await self._send(producer, mine)
        except KafkaError as error:
            if (reason := why_refused(new, error)) is None:
                raise
            await self._topics.hold(new, reason)
            return ()
        await self._topics.take(new)
        return [row.id for row in mine]

    async def _send(self, producer: AIOKafkaProducer, rows: Sequence[OutboxRow]) -> None:
        await send(producer, rows)
        await reach("relay.committed")
        metrics.RELAYED.labels(self._service).inc(len(rows))

    async def _quarantine(self, reasons: Sequence[tuple[int, str]]) -> None:
        async with self._engine.begin() as tx:
            ids, texts = [row_id for row_id, _ in reasons], [text for _, text in reasons]
            await (await raw(tx)).execute(_QUARANTINE, ids, texts)
        log.error("quarantined", service=self._service, rows=len(reasons), reasons=sorted(set(texts)))
