"""What the containers would run, run here on a real PostgreSQL and a real Kafka, with other addresses."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parent))
from compose import ROOT, read_compose

from plumbline.contracts.topics import PEOPLE, TOPICS
from plumbline.runtime.issuer import issue_token
from plumbline.runtime.service import installed
from plumbline_local.kafka import Kafka
from plumbline_local.ports import free_port
from plumbline_local.postgres import Postgres, binary

PROCESSES = read_compose()["services"]
PASSWORD = "local-only"
PATIENCE = 120.0
_GRANTS = """
SELECT rolname, rolcanlogin, rolbypassrls, rolsuper, rolcreatedb, rolcreaterole FROM pg_roles
WHERE rolname LIKE 'people\\_%' ORDER BY 1;
SELECT datname, pg_get_userbyid(datdba), datacl FROM pg_database WHERE datname = 'people';
SELECT nspname, pg_get_userbyid(nspowner), nspacl FROM pg_namespace WHERE nspname = 'public';
SELECT pg_get_userbyid(defaclrole), defaclobjtype, defaclacl FROM pg_default_acl ORDER BY 2;
"""


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    mine = {key: value for key, value in os.environ.items() if not key.startswith("PLUMBLINE_")}
    return {**mine, **extra}


def make_databases(server: Postgres) -> None:
    """Run the script as PostgreSQL's image does: through the socket, as the superuser."""
    environment = clean_environment(
        {
            "PATH": f"{binary('psql').parent}:{os.environ['PATH']}",
            "PGHOST": str(server.socket_folder),
            "POSTGRES_USER": "postgres",
            "PLUMBLINE_ROLES_PASSWORD": PASSWORD,
        }
    )
    script = ROOT / "deploy/images/databases.sh"
    done = subprocess.run([script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def translate(text: str, *, server: Postgres, kafka: str) -> str:
    """Put this test's servers where the containers' names stand."""
    head, at, database = text.partition("@postgres:5432/")
    if at:
        return f"{head}@/{database}?host={server.socket_folder}"
    return text.replace("kafka:9092", kafka)


def command_of(name: str, *, server: Postgres, kafka: str) -> list[str]:
    command = [translate(part, server=server, kafka=kafka) for part in PROCESSES[name]["command"]]
    assert command[0] == "python"
    return [sys.executable, *command[1:]]


@contextmanager
def process(name: str, *, server: Postgres, kafka: str, state: Path) -> Generator[int]:
    """A container's process until the block ends; the port on which it answers."""
    told = {
        key: translate(str(value), server=server, kafka=kafka)
        for key, value in PROCESSES[name]["environment"].items()
    }
    port = free_port()
    asked = "PLUMBLINE_HTTP_PORT" if name.endswith("-api") else "PLUMBLINE_PROBE_PORT"
    told |= {asked: str(port), "PLUMBLINE_STATE": str(state), "PLUMBLINE_HTTP_HOST": "127.0.0.1"}
    with (state / f"{name}.log").open("wb") as log:
        child = subprocess.Popen(
            command_of(name, server=server, kafka=kafka),
            env=clean_environment(told),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until_ready(f"http://127.0.0.1:{port}/readyz", child)
        yield port
    finally:
        child.terminate()
        child.wait(PATIENCE)


def wait_until_ready(url: str, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert child.poll() is None, f"it ended with {child.returncode}"
        try:
            if httpx.get(url, timeout=2.0).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{url} was not ready within {PATIENCE:.0f} s")


def published(kafka: str, topic: str, *, least: int) -> list[dict[str, object]]:
    """The payloads on a topic, once there are enough of them."""
    from asyncio import Runner

    from aiokafka import AIOKafkaConsumer

    async def read() -> list[dict[str, object]]:
        consumer = AIOKafkaConsumer(
            topic,
            bootstrap_servers=kafka,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            group_id=None,
        )
        await consumer.start()
        found: list[dict[str, object]] = []
        deadline = time.monotonic() + PATIENCE
        try:
            while len(found) < least and time.monotonic() < deadline:
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    found += [json.loads(record.value or b"{}") for record in records]
        finally:
            await consumer.stop()
        return found

    with Runner() as runner:
        return runner.run(read())


def test_the_script_makes_databases_as_the_local_stack_does(private_postgres: Postgres) -> None:
    make_databases(private_postgres)
    by_script = private_postgres.run_sql(_GRANTS, "people")
    private_postgres.drop_database("people")
    private_postgres.run_sql("DROP ROLE people_owner; DROP ROLE people_worker; DROP ROLE people_api")
    private_postgres.create_database("people")
    assert by_script == private_postgres.run_sql(_GRANTS, "people")
    assert "people_worker|t|t|f|f|f" in by_script
    assert "people_api|t|f|f|f|f" in by_script


def test_jobs_and_processes_of_the_compose_file_take_a_file_to_the_bus(
    private_postgres: Postgres, private_kafka: Kafka, private_folder: Path
) -> None:
    server, kafka = private_postgres, private_kafka.bootstrap
    make_databases(server)
    migrated = subprocess.run(
        command_of("migrations", server=server, kafka=kafka),
        env=clean_environment({}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert migrated.returncode == 0, migrated.stderr
    for service in installed():
        assert server.run_sql("SELECT version_num FROM alembic_version", service.name) != ""
    topics = [
        subprocess.run(
            command_of("topics", server=server, kafka=kafka),
            env=clean_environment({}),
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        for _ in range(2)
    ]
    assert sorted(topics[0]) == sorted(f"created {name}" for name in TOPICS)
    assert topics[1] == []
    with ExitStack() as running:
        port = running.enter_context(process("people-api", server=server, kafka=kafka, state=private_folder))
        running.enter_context(process("people-worker", server=server, kafka=kafka, state=private_folder))
        token = issue_token("admin", private_folder, now=datetime.now(UTC), local=True)
        answer = httpx.post(
            f"http://127.0.0.1:{port}/imports/people",
            content=(ROOT / "docs/examples/people.csv").read_bytes(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "text/csv"},
            params={"as_of": "2026-04-01"},
            timeout=PATIENCE,
        )
        assert answer.is_success, answer.text
        assert answer.json()["accepted"] == 57
        people = published(kafka, PEOPLE.name, least=57)
    assert len({person["person_id"] for person in people}) == len(people) == 57
