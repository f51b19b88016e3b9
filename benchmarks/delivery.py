"""Measures delivery: from finalized ratings on the topic to the last published outcome, and what stands behind it."""

import asyncio
import gc
import time
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition as Place
from confluent_kafka import Consumer, Message, TopicPartition
from confluent_kafka.admin import AdminClient

from plumbline.contracts.topics import CALIBRATION, OUTCOMES
from plumbline_local.child import Child

from .delivery_company import Cycle, Envelope, Publisher, state
from .delivery_stack import Servers, cpu_seconds

PATIENCE_SECONDS = 300.0
GROUP = "pm.outcomes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run: seconds from the first produced chunk until every outcome was readable, and until all was settled.

    Settled: the chunks are acknowledged and the outbox is empty. Processor seconds by process.
    """

    people: int
    readable: float
    settled: float
    cpu: dict[str, float]
    records: Sequence[Message]


class Reader:
    """A read-committed consumer of the outcomes topic, placed at its end.

    Another client than the product's, and in C: what only measures shares the two cores, so it is to cost little.
    """

    def __init__(self, bootstrap: str) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "benchmark",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 20,
            }
        )

    async def skip(self) -> None:
        """Go to the end: what stands there already is not of this run."""
        await asyncio.to_thread(self._skip)

    def _skip(self) -> None:
        places = [TopicPartition(OUTCOMES.name, number) for number in range(OUTCOMES.partitions)]
        ends = [self._consumer.get_watermark_offsets(place, timeout=10)[1] for place in places]
        self._consumer.assign([TopicPartition(OUTCOMES.name, number, end) for number, end in enumerate(ends)])
        assert not self._consumer.consume(1, timeout=1), "somebody still publishes"

    async def read(self, count: int) -> list[Message]:
        """The next ``count`` records."""
        return await asyncio.to_thread(self._read, count)

    def _read(self, count: int) -> list[Message]:
        records: list[Message] = []
        until = time.monotonic() + PATIENCE_SECONDS
        while len(records) < count and time.monotonic() < until:
            records += self._consumer.consume(count - len(records), timeout=0.05)
        assert len(records) == count, f"{len(records)} records instead of {count}"
        return records

    async def stop(self) -> None:
        """Leave."""
        await asyncio.to_thread(self._consumer.close)


class Delivery:
    """Runs cycles through the worker of outcomes, one after the other."""

    def __init__(
        self,
        stack: Servers,
        workers: Sequence[Child],
        base: asyncpg.Connection,
        publisher: Publisher,
        reader: Reader,
    ) -> None:
        self._stack = stack
        self._workers = workers
        self._base = base
        self._publisher = publisher
        self._reader = reader

    async def hire(self, people: int) -> None:
        """Publish the company and wait until the worker knows it."""
        await self._publisher.publish(state(people))
        for table in ("directory", "pay"):
            await self._until(f"SELECT count(*) FROM {table}", equals=people)

    async def gather(self) -> None:
        """Wait until all of the workers share the partitions."""
        admin = AdminClient({"bootstrap.servers": self._stack.kafka.bootstrap})
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await asyncio.to_thread(_members, admin) != len(self._workers):  # noqa: ASYNC110 - Kafka tells nobody
                await asyncio.sleep(0.2)

    async def prepare(self, cycle: Cycle) -> None:
        """Open the cycle and wait until the worker knows everything but the ratings."""
        await self._publisher.publish(cycle.opening())
        query = "SELECT count(*) FROM recommendation WHERE cycle_id = $1"
        await self._until(query, cycle.cycle_id, equals=cycle.people)
        await self._until("SELECT count(*) FROM cycle WHERE cycle_id = $1", cycle.cycle_id, equals=1)
        # What autovacuum does within a minute, so that each run meets the same: no dead rows, and a planner that knows
        # the tables. Between the opening of a cycle and its ratings are weeks.
        await self._base.execute("VACUUM ANALYZE")
        await self._reader.skip()

    async def measure(self, cycle: Cycle) -> Run:
        """Produce the chunks and read what comes of them: a decision and an award a person."""
        # Encoded before, as calibration's outbox holds them.
        chunks = [self._publisher.encode(chunk) for chunk in cycle.chunks()]
        # Our own collector would walk everything that we keep, on a core that the measured processes need.
        gc.collect()
        gc.disable()
        try:
            return await self._measure(cycle, chunks)
        finally:
            gc.enable()

    async def _measure(self, cycle: Cycle, chunks: Sequence[Envelope]) -> Run:
        before, started = self._cpu(), time.perf_counter()
        reading = asyncio.create_task(self._reader.read(2 * cycle.people))
        await self._publisher.send(chunks)
        records = await reading
        readable = time.perf_counter() - started
        await self._until("SELECT count(*) FROM outbox", equals=0)
        await self._acknowledged()
        settled = time.perf_counter() - started
        cpu = {name: value - before[name] for name, value in self._cpu().items()}
        await self._check(cycle)
        return Run(people=cycle.people, readable=readable, settled=settled, cpu=cpu, records=records)

    async def _check(self, cycle: Cycle) -> None:
        """A fast wrong run is no run: everybody has one decided rating and one awarded merit."""
        decided = "SELECT count(*) FROM rating WHERE cycle_id = $1"
        awarded = "SELECT count(*) FROM award WHERE cycle_id = $1 AND state = 'awarded'"
        found = [await self._base.fetchval(query, cycle.cycle_id) for query in (decided, awarded)]
        assert found == [cycle.people, cycle.people], found
        assert await self._base.fetchval("SELECT count(*) FROM inbox_parked") == 0

    async def _until(self, query: str, *arguments: object, equals: int) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self._base.fetchval(query, *arguments) != equals:  # noqa: ASYNC110 - PostgreSQL tells nobody
                await asyncio.sleep(0.02)

    async def _acknowledged(self) -> None:
        """Wait until the group's offsets stand at the end of the chunks' topic."""
        partitions = [Place(CALIBRATION.name, number) for number in range(CALIBRATION.partitions)]
        watcher = AIOKafkaConsumer(
            bootstrap_servers=self._stack.kafka.bootstrap, group_id=GROUP, enable_auto_commit=False
        )
        await watcher.start()
        try:
            watcher.assign(partitions)
            ends = await watcher.end_offsets(partitions)
            async with asyncio.timeout(PATIENCE_SECONDS):
                while any([(await watcher.committed(each) or 0) < ends[each] for each in partitions]):  # noqa: ASYNC110 - Kafka tells nobody
                    await asyncio.sleep(0.02)
        finally:
            await watcher.stop()

    def _cpu(self) -> dict[str, float]:
        postgres, kafka = self._stack.postgres.pid, self._stack.kafka.pid
        assert postgres is not None
        assert kafka is not None
        return {
            "worker": sum(cpu_seconds(each.pid) for each in self._workers),
            "postgres": cpu_seconds(postgres),
            "kafka": cpu_seconds(kafka),
            "bench": time.process_time(),
        }


def _members(admin: AdminClient) -> int:
    """How many members of the service's group have partitions now."""
    group = admin.describe_consumer_groups([GROUP])[GROUP].result()
    return sum(bool(member.assignment.topic_partitions) for member in group.members)
