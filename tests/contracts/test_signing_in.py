"""Real worker processes on a broker that asks who they are and allows each account what the command prints."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from guarded import PLATFORM, Guarded, guarded_broker, password_of, plumbline

from plumbline.contracts.event import Event
from plumbline.contracts.topics import PAY_CHANGES
from plumbline.runtime.database import connect
from plumbline.runtime.kafka_security import security_of
from plumbline.runtime.outbox import Announcement, announce
from plumbline.runtime.settings import KafkaSettings
from plumbline.runtime.status import lag
from plumbline_local.child import Command, spawn, stop
from plumbline_local.databases import Database
from plumbline_local.ports import free_port
from plumbline_local.postgres import Postgres
from plumbline_local.stack import process_arguments, service_environment
from plumbline_local.testing import MakeDatabase, private_folder_in
from plumbline_local.testing_events import pay_changed, person_state

NOW = datetime(2026, 12, 1, tzinfo=UTC)
PATIENCE = 120.0
WRONG = "not-the-password"
Told = Mapping[str, str]


@pytest.fixture(scope="module")
def guarded(test_servers: Path) -> Iterator[Guarded]:
    with (
        private_folder_in(test_servers) as folder,
        guarded_broker(folder, accounts=("people", "outcomes", "goals", "payroll")) as broker,
    ):
        yield broker


@dataclass(frozen=True, kw_only=True)
class Worker:
    """A service's worker process, as it is started anywhere."""

    process: subprocess.Popen[bytes]
    address: str
    log: Path

    async def answers(self, probe: str) -> int:
        """What a probe says, 0 when nobody answers."""
        try:
            async with httpx.AsyncClient(timeout=10) as client:
                return (await client.get(f"{self.address}/{probe}")).status_code
        except httpx.HTTPError:
            return 0

    async def ends(self) -> int:
        """Its exit status; it never was ready before."""
        async with asyncio.timeout(PATIENCE):
            while (status := self.process.poll()) is None:
                assert await self.answers("readyz") != 204
                await asyncio.sleep(0.05)
        return status


@contextmanager
def running(service: str, database: Database, told: Told, folder: Path) -> Generator[Worker]:
    """The service's worker with these settings and nobody else's."""
    port = free_port()
    environment = service_environment(
        folder=folder, kafka="", database=database, http_port=free_port(), probe_port=port
    )
    command = Command(
        name=service,
        arguments=process_arguments("worker", service),
        log=folder / f"{service}.log",
        environment={**environment, **told},
        patience=30.0,
    )
    process = spawn(command)
    try:
        yield Worker(process=process, address=f"http://127.0.0.1:{port}", log=command.log)
    finally:
        stop(process, command)


async def publish(database: Database, event: Event) -> None:
    """Put an event into a service's outbox, as its use cases do."""
    engine = connect(database.worker_url)
    try:
        async with engine.begin() as tx:
            announcement = Announcement(event=event, division="Engineering", correlation_id="signing in")
            await announce(tx, [announcement], source=database.name, now=NOW)
    finally:
        await engine.dispose()


async def until(holds: Callable[[], bool], worker: Worker) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await asyncio.to_thread(holds):
            assert worker.process.poll() is None, worker.log.read_text()
            await asyncio.sleep(0.1)


def tailed(told: Told, folder: Path) -> list[str]:
    """Whose pay changes payroll's own command shows."""
    state = {"folder": str(folder), "kafka": told["PLUMBLINE_KAFKA"], "services": []}
    (folder / "state.json").write_text(json.dumps(state))
    lines = plumbline(
        "events", "tail", PAY_CHANGES.name, "--no-follow", told={**told, "PLUMBLINE_STATE": str(folder)}
    )
    return [json.loads(line)["payload"]["person_id"] for line in lines.splitlines()]


@pytest.mark.parametrize("sign_in", [Guarded.password, Guarded.scram_over_tls, Guarded.certificate])
async def test_the_printed_grants_are_all_that_a_service_needs(
    sign_in: Callable[[Guarded, str], dict[str, str]],
    guarded: Guarded,
    database: MakeDatabase,
    postgres: Postgres,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = f"p-{uuid4().hex[:8]}"
    people, outcomes = database("people"), database("outcomes")
    of = {account: sign_in(guarded, account) for account in ("people", "outcomes", "payroll")}
    with (
        running("people", people, of["people"], tmp_path) as sender,
        running("outcomes", outcomes, of["outcomes"], tmp_path) as reader,
    ):
        await publish(people, person_state(person, None, division="Engineering", department="Platform"))
        arrived = f"SELECT 1 FROM directory WHERE person_id = '{person}'"
        await until(lambda: bool(postgres.run_sql(arrived, outcomes.name)), reader)
        await publish(outcomes, pay_changed(person))
        await until(lambda: not postgres.run_sql("SELECT 1 FROM outbox", outcomes.name), reader)
        # It reads what comes within a second and a half, which may be nothing yet on a busy machine.
        await until(lambda: person in tailed(of["payroll"], tmp_path), reader)
        assert [await each.answers("readyz") for each in (sender, reader)] == [204, 204]
        assert [await each.answers("healthz") for each in (sender, reader)] == [204, 204]
        for name, value in of["outcomes"].items():
            monkeypatch.setenv(name, value)
        settings = KafkaSettings()
        async with asyncio.timeout(PATIENCE):
            while await lag(settings.kafka, "pm.outcomes", security=security_of(settings)):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.1)
    for log in (sender.log.read_text(), reader.log.read_text()):
        assert "uthorization" not in log
        assert "-secret" not in log


@pytest.mark.parametrize("sign_in", [Guarded.password, Guarded.scram_over_tls])
async def test_a_worker_with_a_wrong_password_ends_unready_and_says_as_whom_but_not_the_password(
    sign_in: Callable[[Guarded, str], dict[str, str]],
    guarded: Guarded,
    database: MakeDatabase,
    tmp_path: Path,
) -> None:
    told = {
        **sign_in(guarded, "goals"),
        "PLUMBLINE_KAFKA_PASSWORD": WRONG,
        "PLUMBLINE_KAFKA_PASSWORD_FILE": "",
    }
    with running("goals", database("goals"), told, tmp_path) as worker:
        assert await worker.ends() != 0
        log = worker.log.read_text()
    assert "SaslAuthenticationFailed" in log
    assert "Kafka cannot be reached or refuses this account" in log
    assert '"account": "goals"' in log
    assert WRONG not in log


async def test_a_worker_without_the_rights_of_its_service_ends_for_its_supervisor_to_restart(
    guarded: Guarded, database: MakeDatabase, tmp_path: Path
) -> None:
    with running("goals", database("goals"), guarded.password("payroll"), tmp_path) as worker:
        async with asyncio.timeout(PATIENCE):
            while (status := worker.process.poll()) is None:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)
        log = worker.log.read_text()
    assert status == os.EX_TEMPFAIL
    assert "AuthorizationFailedError" in log


async def test_a_worker_that_finds_no_broker_at_its_start_ends_unready(
    database: MakeDatabase, tmp_path: Path
) -> None:
    told = {"PLUMBLINE_KAFKA": f"127.0.0.1:{free_port()}"}
    with running("goals", database("goals"), told, tmp_path) as worker:
        assert await worker.ends() != 0
        assert "Kafka cannot be reached" in worker.log.read_text()


async def test_a_worker_trusts_nobody_but_the_authority_it_was_told(
    guarded: Guarded, database: MakeDatabase, tmp_path: Path
) -> None:
    told = {**guarded.scram_over_tls("goals"), "PLUMBLINE_KAFKA_CA_FILE": ""}
    with running("goals", database("goals"), told, tmp_path) as worker:
        assert await worker.ends() != 0
        assert "certificate verify failed" in worker.log.read_text()


async def test_a_worker_whose_settings_contradict_each_other_says_which(
    guarded: Guarded, database: MakeDatabase, tmp_path: Path
) -> None:
    told = {**guarded.password("goals"), "PLUMBLINE_KAFKA_SECURITY_PROTOCOL": "SSL"}
    with running("goals", database("goals"), told, tmp_path) as worker:
        assert await worker.ends() == 1
        log = worker.log.read_text()
    assert log.startswith("PLUMBLINE_KAFKA_SECURITY_PROTOCOL is SSL, which does not use PLUMBLINE_KAFKA_SASL")
    assert "Traceback" not in log
    assert password_of("goals") not in log


def test_topics_are_applied_by_the_platforms_account_and_by_no_services(guarded: Guarded) -> None:
    module = [sys.executable, "-m", "plumbline.runtime.topics", guarded.passwords]

    def applied(account: str) -> subprocess.CompletedProcess[str]:
        told = {**os.environ, **guarded.password(account)}
        return subprocess.run(module, capture_output=True, text=True, check=False, env=told)

    allowed, refused = applied(PLATFORM), applied("payroll")
    assert (allowed.returncode, allowed.stdout) == (0, ""), allowed.stderr
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "was not created: " in refused.stderr
    assert "uthorization" in refused.stderr


def test_a_command_that_may_not_sign_in_leaves_with_status_2(guarded: Guarded, tmp_path: Path) -> None:
    told = {**guarded.password("payroll"), "PLUMBLINE_KAFKA_PASSWORD": WRONG}
    with pytest.raises(subprocess.CalledProcessError) as left:
        tailed(told, tmp_path)
    assert left.value.returncode == 2
    assert "PLUMBLINE_KAFKA_SECURITY_PROTOCOL" in left.value.stderr
    assert "Traceback" not in left.value.stderr
    assert WRONG not in left.value.stderr


def test_the_pages_example_is_how_these_tests_sign_in(guarded: Guarded) -> None:
    page = (Path(__file__).parents[2] / "docs/secured-kafka.md").read_text()
    block = page.partition("```sh environment=goals\n")[2].partition("```")[0]
    shown = dict(line.strip().split("=", 1) for line in block.strip().splitlines())
    ours = guarded.scram_over_tls("goals")
    assert set(shown) == set(ours)
    places = {name for name in ours if name.endswith("_FILE")} | {"PLUMBLINE_KAFKA"}
    assert {name: shown[name] for name in shown.keys() - places} == {
        name: ours[name] for name in ours.keys() - places
    }
