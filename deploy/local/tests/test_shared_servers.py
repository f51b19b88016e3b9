"""The servers that all tests share answer, and give each test its own database and topics."""

import json
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import create_async_engine

from plumbline_local.databases import role_statements
from plumbline_local.postgres import Postgres
from plumbline_local.testing import MakeDatabase, MakeTopics

USER = """
import sys, time
from pathlib import Path
from plumbline_local.hold import shared
with shared("postgres", Path(sys.argv[1])) as address:
    print(address, flush=True)
    sys.stdin.read()
"""


async def rows(url: str, sql: str) -> list[tuple[object, ...]]:
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            result = await connection.execute(text(sql))
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        await engine.dispose()


async def test_a_worker_reads_and_writes_what_its_owner_made_and_an_api_what_it_was_granted(
    database: MakeDatabase,
) -> None:
    made = database("demo", migrate=False)
    await rows(made.owner_url, "CREATE TABLE thing (id int)")
    await rows(made.worker_url, "INSERT INTO thing VALUES (1)")
    with pytest.raises(ProgrammingError, match="permission denied for table thing"):
        await rows(made.api_url, "SELECT id FROM thing")
    await rows(made.owner_url, "GRANT SELECT ON thing TO demo_api")
    assert await rows(made.api_url, "SELECT id FROM thing") == [(1,)]
    with pytest.raises(ProgrammingError, match="must be owner"):
        await rows(made.worker_url, "DROP TABLE thing")
    with pytest.raises(ProgrammingError, match="permission denied"):
        await rows(made.api_url, "CREATE TABLE other (id int)")


async def test_each_database_is_fresh(database: MakeDatabase) -> None:
    one, two = database("demo", migrate=False), database("demo", migrate=False)
    await rows(one.owner_url, "CREATE TABLE only_here (id int)")
    assert await rows(two.owner_url, "SELECT to_regclass('only_here')") == [(None,)]


async def test_a_role_of_another_service_cannot_enter(database: MakeDatabase) -> None:
    ours, theirs = database("demo", migrate=False), database("stranger", migrate=False)
    crossing = theirs.worker_url.replace(theirs.name, ours.name)
    with pytest.raises(Exception, match="permission denied for database"):
        await rows(crossing, "SELECT 1")


async def test_who_makes_roles_that_exist_waits_for_nobody_who_does_the_same(
    postgres: Postgres, database: MakeDatabase
) -> None:
    database("beta", migrate=False)
    engine = create_async_engine(postgres.url())
    async with engine.begin() as first, engine.begin() as second:
        await second.exec_driver_sql("SET LOCAL lock_timeout = '30s'")
        for connection in (first, second):
            for statement in role_statements("beta").splitlines():
                await connection.exec_driver_sql(statement)
        bypasses = "SELECT rolname FROM pg_roles WHERE rolname LIKE 'beta%' AND rolbypassrls"
        assert (await second.exec_driver_sql(bypasses)).scalars().all() == ["beta_worker"]
    await engine.dispose()


def test_a_name_that_is_no_identifier_is_refused(postgres: Postgres) -> None:
    with pytest.raises(ValueError, match="no database name"):
        postgres.create_database('people"; DROP DATABASE people; --')


async def test_a_committed_transaction_reaches_a_consumer(kafka: str, fresh_topics: MakeTopics) -> None:
    (topic,) = fresh_topics("greetings", partitions=2)
    producer = AIOKafkaProducer(bootstrap_servers=kafka, transactional_id=topic)
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=kafka, auto_offset_reset="earliest", isolation_level="read_committed"
    )
    await producer.start()
    await consumer.start()
    try:
        async with producer.transaction():
            await producer.send_and_wait(topic, b"hello", key=b"k")
        assert (await consumer.getone()).value == b"hello"
    finally:
        await consumer.stop()
        await producer.stop()


def _user(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", USER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _postmasters(folder: Path) -> list[psutil.Process]:
    """Not what a postmaster has just forked, which has its command line until it says what it is."""
    named = [
        process
        for process in psutil.process_iter(["cmdline", "ppid"])
        if str(folder / "postgres" / "data") in (process.info["cmdline"] or [])
    ]
    pids = {process.pid for process in named}
    return [process for process in named if process.info["ppid"] not in pids]


def _wait_until_gone(folder: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while (_postmasters(folder) or (folder / "postgres").exists()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not _postmasters(folder) and not (folder / "postgres").exists()


def test_two_users_share_one_server_which_ends_with_the_last_even_if_that_is_killed(
    private_folder: Path,
) -> None:
    with _user(private_folder) as first, _user(private_folder) as second:
        assert first.stdout is not None
        assert second.stdout is not None
        addresses = {first.stdout.readline(), second.stdout.readline()}
        assert len(addresses) == 1
        assert len(_postmasters(private_folder)) == 1
        first.communicate("")
        time.sleep(0.5)
        assert len(_postmasters(private_folder)) == 1
        assert json.loads((private_folder / "ready.json").read_text())["address"] in addresses.pop()
        second.kill()
        assert _wait_until_gone(private_folder, 60.0)
