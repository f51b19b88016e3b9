"""What a running worker's probes say while its relay sleeps, records are parked and wait, and its database hangs."""

import asyncio
import os
import signal
import subprocess
from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest
from aiokafka import AIOKafkaProducer
from prometheus_client.parser import text_string_to_metric_families

from plumbline.contracts.topics import CALIBRATION, PAY, PAY_CHANGES
from plumbline.runtime import topics
from plumbline.runtime.migrate import upgrade_async
from plumbline.runtime.service import find
from plumbline.runtime.status import lag
from plumbline_local.kafka import Kafka
from plumbline_local.ports import free_port
from plumbline_local.postgres import Postgres
from plumbline_local.stack import process_arguments, service_environment
from plumbline_local.testing import private_folder_in, run_apart

PATIENCE = 120.0
# For one answer of a probe.
ANSWER_SECONDS = 20.0
SOMEBODY_ELSE_LEADS = """
INSERT INTO relay_lease (name, holder, expires_at) VALUES ('relay-outcomes', 'frozen', now() + interval '1 hour')
"""
THREE_ROWS = f"""
INSERT INTO outbox (topic, key, payload, headers, written_at)
SELECT '{PAY_CHANGES.name}', 'a', '{{}}', '{{}}', now() - interval '100 s' FROM generate_series(1, 3)
"""


@dataclass(frozen=True, kw_only=True)
class Worker:
    """The outcomes service's worker process on servers of its own."""

    process: subprocess.Popen[bytes]
    address: str
    kafka: str
    postgres: Postgres

    async def readiness(self) -> int:
        """What /readyz answers, 0 when nobody does."""
        try:
            async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
                return (await client.get(f"{self.address}/readyz")).status_code
        except httpx.HTTPError:
            return 0

    async def sums(self, name: str) -> dict[str, float]:
        """A gauge's values that are not 0, summed by topic; without topics the only one is under ""."""
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
            text = (await client.get(f"{self.address}/metrics")).text
        found = defaultdict[str, float](float)
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == f"plumbline_{name}":
                    found[sample.labels.get("topic", "")] += sample.value
        return {topic: value for topic, value in found.items() if value}

    async def shows(self, name: str, expected: dict[str, float]) -> None:
        """Wait until a gauge has these values and no others."""
        seen: object = None
        try:
            async with asyncio.timeout(PATIENCE):
                while (seen := await self.sums(name)) != expected:  # noqa: ASYNC110 - another process
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"{name} shows {seen}, not {expected}") from None

    async def answers(self, status: int) -> None:
        """Wait until /readyz answers so."""
        async with asyncio.timeout(PATIENCE):
            while await self.readiness() != status:
                assert self.process.poll() is None, "the worker ended"
                await asyncio.sleep(0.05)

    async def produce(self, topic: str, *records: tuple[str, str | None]) -> None:
        """Put records of keys and sequences on a topic, of a type that no handler knows."""
        producer = AIOKafkaProducer(bootstrap_servers=self.kafka)
        await producer.start()
        try:
            for key, sequence in records:
                headers = [("ce_type", b"pm.tests.unknown.v1")]
                headers += [] if sequence is None else [("ce_sequence", sequence.encode())]
                await producer.send(topic, b"?", key=key.encode(), headers=headers)
        finally:
            await producer.stop()


@pytest.fixture(scope="module")
def worker(test_servers: Path) -> Iterator[Worker]:
    """One worker for all tests here, each of which leaves nothing behind but numbers on the topics."""
    with private_folder_in(test_servers) as folder, ExitStack() as cleanup:
        postgres, kafka = Postgres(folder=folder / "postgres", durable=False), Kafka(folder=folder / "kafka")
        for server, end in ((postgres, postgres.stop), (kafka, kafka.kill)):
            cleanup.callback(end)
            server.start()
        database = postgres.create_database("outcomes")
        run_apart(upgrade_async(find("outcomes"), database.owner_url))
        run_apart(create_topics(kafka.bootstrap))
        postgres.run_sql(SOMEBODY_ELSE_LEADS, "outcomes")
        port = free_port()
        environment = service_environment(
            folder=folder,
            kafka=kafka.bootstrap,
            database=database,
            http_port=free_port(),
            probe_port=port,
        )
        with started(environment | {"PLUMBLINE_UNREADY_SECONDS": "3"}, log=folder / "worker.log") as process:
            worker = Worker(
                process=process,
                address=f"http://127.0.0.1:{port}",
                kafka=kafka.bootstrap,
                postgres=postgres,
            )
            run_apart(worker.answers(204))
            yield worker


async def create_topics(bootstrap: str) -> None:
    await topics.apply(bootstrap)


@contextmanager
def started(environment: dict[str, str], *, log: Path) -> Generator[subprocess.Popen[bytes]]:
    """A worker process; it is ended afterwards."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            process_arguments("worker", "outcomes"),
            env=os.environ | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def hanging(postgres: Postgres) -> Generator[None]:
    """While this lasts, the database takes connections and never answers."""
    assert postgres.pid is not None
    parent = psutil.Process(postgres.pid)
    # First the one that starts the others, so that none comes after they are listed; some are about to end.
    parent.send_signal(signal.SIGSTOP)
    frozen: Sequence[psutil.Process] = [parent, *parent.children(recursive=True)]
    for process in frozen:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in frozen:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)


async def test_a_database_that_hangs_shows_in_lag_and_readiness_until_it_goes_on(worker: Worker) -> None:
    people = [f"p{number}" for number in range(300)]
    await worker.produce(PAY.name, *[(person, "1") for person in people])
    await worker.shows("consumer_lag", {})
    async with asyncio.timeout(PATIENCE):
        while await lag(worker.kafka, "pm.outcomes") != 0:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)
    with hanging(worker.postgres):
        await worker.produce(PAY.name, *[(person, "2") for person in people])
        await worker.produce(CALIBRATION.name, ("s", "1"))
        await worker.answers(503)
        await worker.shows("consumer_lag", {PAY.name: 300, CALIBRATION.name: 1})
        assert await lag(worker.kafka, "pm.outcomes") == 301
        assert await worker.readiness() == 503
    await worker.shows("consumer_lag", {})
    await worker.answers(204)
    assert worker.process.poll() is None, "it went on by itself"


async def test_parked_waiting_and_unpublished_are_counted_to_the_record(worker: Worker) -> None:
    await worker.produce(CALIBRATION.name, ("gap", "2"), ("gap", "3"), ("stray", None), ("", None))
    await worker.produce(PAY.name, ("stray", None))
    await worker.shows("waiting", {CALIBRATION.name: 2})
    await worker.shows("parked", {CALIBRATION.name: 2, PAY.name: 1})
    worker.postgres.run_sql(THREE_ROWS, "outcomes")
    await worker.shows("outbox_pending", {"": 3})
    first = (await worker.sums("outbox_oldest_seconds"))[""]
    assert 100 <= first < 100 + PATIENCE
    async with asyncio.timeout(PATIENCE):
        while (await worker.sums("outbox_oldest_seconds"))[""] <= first:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)
    assert await worker.sums("relay_leads") == {}
    worker.postgres.run_sql("DELETE FROM relay_lease", "outcomes")
    await worker.shows("outbox_pending", {})
    await worker.shows("outbox_oldest_seconds", {})
    assert await worker.sums("relay_leads") == {"": 1}
