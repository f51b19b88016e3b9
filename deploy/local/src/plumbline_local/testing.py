"""Fixtures for every service's tests: a real PostgreSQL and a real Kafka, started once for all test processes.

What is missing fails the test that needs it; nothing is skipped.
"""

import asyncio
import hashlib
import shutil
from collections.abc import Coroutine, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from hypothesis import HealthCheck, settings

import plumbline.runtime
from plumbline.runtime.service import find
from plumbline_local.databases import Database
from plumbline_local.hold import shared
from plumbline_local.kafka import Kafka
from plumbline_local.locks import exclusive
from plumbline_local.postgres import Postgres
from plumbline_local.state import FOLDER_NAME

# A property that holds still holds on a machine that gives its test no turn for a while.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

# Its assertions say what differs, as a test's do.
pytest.register_assert_rewrite("plumbline_local.testing_services")

_MARKED = ("postgres", "kafka")
# Templates that this process has seen on the shared server, which lives at least as long as we use it.
_ready_templates: set[str] = set()


class MakeDatabase(Protocol):
    """Makes a fresh database of a service, for one test; see the fixture ``database``."""

    def __call__(self, service: str, *, migrate: bool = True) -> Database:
        """Return its addresses; with ``migrate`` it has the service's tables."""
        ...


class MakeTopics(Protocol):
    """Makes topics with names that nobody else uses; see the fixture ``fresh_topics``."""

    def __call__(self, *names: str, partitions: int = 1, compacted: bool = False) -> tuple[str, ...]:
        """Return the names, each the given one with a unique ending."""
        ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with the servers that it uses, so that ``-m 'not kafka'`` selects."""
    for item in items:
        for name in getattr(item, "fixturenames", ()):
            if name in _MARKED:
                item.add_marker(name)


@pytest.fixture(scope="session")
def test_servers(pytestconfig: pytest.Config) -> Path:
    """The clone's folder for servers that tests share."""
    return pytestconfig.rootpath / FOLDER_NAME / "tests"


@pytest.fixture(scope="session")
def postgres(test_servers: Path) -> Iterator[Postgres]:
    """The shared PostgreSQL, without fsync. Do not stop it: use ``private_postgres`` for that."""
    with shared("postgres", test_servers / "postgres"):
        yield Postgres(folder=test_servers / "postgres" / "postgres", durable=False)


@pytest.fixture(scope="session")
def kafka(test_servers: Path) -> Iterator[str]:
    """The bootstrap address of the shared Kafka. Do not stop it: use ``private_kafka`` for that."""
    with shared("kafka", test_servers / "kafka") as bootstrap:
        yield bootstrap


@pytest.fixture
def database(postgres: Postgres, test_servers: Path) -> Iterator[MakeDatabase]:
    """A factory of fresh databases, each a copy of the service's migrated template, dropped after the test."""
    made: list[str] = []

    def make(service: str, *, migrate: bool = True) -> Database:
        name = f"{service}_{uuid4().hex[:12]}"
        template = _template(postgres, service, test_servers) if migrate else None
        made.append(name)
        return postgres.create_database(service, name=name, template=template)

    yield make
    for name in made:
        postgres.drop_database(name)


@pytest.fixture
def fresh_topics(kafka: str) -> Iterator[MakeTopics]:
    """A factory of uniquely named topics, deleted after the test."""
    made: list[str] = []

    def make(*names: str, partitions: int = 1, compacted: bool = False) -> tuple[str, ...]:
        unique = tuple(f"{name}.{uuid4().hex[:8]}" for name in names)
        policy = {"cleanup.policy": "compact" if compacted else "delete"}
        run_apart(_create_topics(kafka, unique, partitions, policy))
        made.extend(unique)
        return unique

    yield make
    if made:
        run_apart(_delete_topics(kafka, made))


@pytest.fixture
def private_folder(test_servers: Path) -> Iterator[Path]:
    """A folder for one test's servers.

    Not ``tmp_path``: each starting pytest closes that one's parent to other users, and PostgreSQL, which does not
    run as root, would lose its data when a second pytest starts on the machine.
    """
    with private_folder_in(test_servers) as folder:
        yield folder


@contextmanager
def private_folder_in(parent: Path) -> Generator[Path]:
    """A new folder in ``parent``, removed afterwards; for fixtures of another scope."""
    folder = parent / f"private-{uuid4().hex[:12]}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def private_postgres(private_folder: Path) -> Iterator[Postgres]:
    """A PostgreSQL for one test, which may stop, kill and start it; committed data survives that."""
    server = Postgres(folder=private_folder / "postgres")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def private_kafka(private_folder: Path) -> Iterator[Kafka]:
    """A Kafka for one test, which may stop, kill and start it, and use the declared topic names."""
    with ExitStack() as cleanup:
        broker = Kafka(folder=private_folder / "kafka")
        cleanup.callback(broker.kill)
        broker.start()
        yield broker


def run_apart(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end in a loop of its own, whether or not the caller stands in one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


def _template(postgres: Postgres, service: str, folder: Path) -> str:
    """The name of a database with the service's newest tables and no rows; made by whoever comes first."""
    name = f"template_{service}_{_digest(find(service).migrations)}"
    if name in _ready_templates:
        return name
    with exclusive(folder / f"{name}.lock"):
        if not postgres.run_sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
            unfinished = f"unfinished_{uuid4().hex[:12]}"
            _migrate(service, postgres.create_database(service, name=unfinished).owner_url)
            postgres.run_sql(f"ALTER DATABASE {unfinished} RENAME TO {name}")
    _ready_templates.add(name)
    return name


def _migrate(service: str, url: str) -> None:
    from plumbline.runtime.migrate import upgrade_async

    run_apart(upgrade_async(find(service), url))


@cache
def _digest(migrations: Path) -> str:
    """Changes with anything that can change a service's tables: its migrations, its source, the runtime."""
    digest = hashlib.sha256()
    for folder in (migrations, migrations.parent / "src", Path(plumbline.runtime.__file__).parent):
        for source in sorted(folder.rglob("*.py")):
            digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


async def _create_topics(
    bootstrap: str, names: tuple[str, ...], partitions: int, config: dict[str, str]
) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics(
            [NewTopic(name, partitions, 1, topic_configs=config) for name in names], timeout_ms=30_000
        )
    finally:
        await admin.close()


async def _delete_topics(bootstrap: str, names: list[str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_topics(names, timeout_ms=30_000)
    finally:
        await admin.close()
