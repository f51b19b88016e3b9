"""A private PostgreSQL with fsync, a private Kafka and the worker of outcomes, and what they cost."""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil
from aiokafka import AIOKafkaProducer

from plumbline.runtime import topics
from plumbline.runtime.migrate import upgrade_async
from plumbline.runtime.service import find
from plumbline_local.child import Child, Command, spawn, stop
from plumbline_local.databases import Database
from plumbline_local.kafka import Kafka
from plumbline_local.ports import free_port
from plumbline_local.postgres import Postgres

PROFILE = os.environ.get("PLUMBLINE_BENCH_PROFILE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """The two servers of a run."""

    folder: Path
    postgres: Postgres
    kafka: Kafka

    async def database(self, service: str) -> Database:
        """A migrated database of a service."""
        made = self.postgres.create_database(service)
        await upgrade_async(find(service), made.owner_url)
        return made

    async def connect(self, database: Database) -> asyncpg.Connection:
        """A connection of the benchmark's own, as the superuser."""
        return await asyncpg.connect(
            host=str(self.postgres.socket_folder), user="postgres", database=database.name
        )

    @asynccontextmanager
    async def producer(self) -> AsyncGenerator[AIOKafkaProducer]:
        """An idempotent producer with the relay's batch size."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.kafka.bootstrap,
            enable_idempotence=True,
            linger_ms=5,
            max_batch_size=256 * 1024,
            max_request_size=2_000_000,
        )
        await producer.start()
        try:
            yield producer
        finally:
            await producer.stop()


@contextmanager
def servers() -> Generator[Servers]:
    """Start both in a temporary folder; nothing of them is left afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="plumbline-bench-"))
    folder.chmod(0o711)
    postgres, kafka = Postgres(folder=folder / "postgres"), Kafka(folder=folder / "kafka")
    try:
        postgres.start()
        kafka.start()
        asyncio.run(_declare(kafka.bootstrap))
        yield Servers(folder=folder, postgres=postgres, kafka=kafka)
    finally:
        kafka.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _declare(bootstrap: str) -> None:
    await topics.apply(bootstrap)


@contextmanager
def worker(stack: Servers, service: str, database: Database, *, log: str = "worker") -> Generator[Child]:
    """The service's worker as ``plumbline up`` starts it."""
    profiled = ["-m", "cProfile", "-o", PROFILE] if PROFILE else []
    command = Command(
        name=service,
        arguments=[sys.executable, *profiled, "-m", "plumbline.runtime.run", "worker", service],
        log=stack.folder / f"{service}-{log}.log",
        environment={
            "PLUMBLINE_KAFKA": stack.kafka.bootstrap,
            "PLUMBLINE_DATABASE_URL": database.worker_url,
            "PLUMBLINE_PROBE_PORT": str(free_port()),
        },
        patience=30.0,
    )
    child = spawn(command)
    try:
        yield child
    finally:
        stop(child, command)


def peak_megabytes(pid: int) -> float:
    """The high-water mark of a process's resident memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and of its children, ended ones included."""
    total = 0.0
    root = psutil.Process(pid)
    for process in [root, *root.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    times = root.cpu_times()
    return total + times.children_user + times.children_system
