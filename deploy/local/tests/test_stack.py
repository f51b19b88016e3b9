"""A whole stack starts, heals, stops from anywhere, and stands beside another one."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from plumbline_local.kafka import Kafka, answers
from plumbline_local.launch import Event, Options, run_stack, start_stack, stop_stack
from plumbline_local.postgres import Postgres
from plumbline_local.stack import Plan, Stack, StackError
from plumbline_local.state import StackState, load_state
from plumbline_local.supervisor import Backoff

BARE = Options(services=(), durable=False)
READY_SERVICE = """
import http.server, json, os, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204)
        self.end_headers()
    def log_message(self, *args):
        pass
print(json.dumps({k: v for k, v in os.environ.items() if k.startswith("PLUMBLINE_")}), flush=True)
http.server.HTTPServer(("127.0.0.1", int(os.environ["PLUMBLINE_PROBE_PORT"])), Answer).serve_forever()
"""


def eventually(condition: Callable[[], bool], seconds: float = 120.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def processes_of(folder: Path) -> list[psutil.Process]:
    """Every process whose command line names the folder or a socket folder of a cluster in it."""
    return [
        process
        for process in psutil.process_iter(["cmdline", "status"])
        if process.info["status"] != psutil.STATUS_ZOMBIE
        and process.pid != os.getpid()
        and any(str(folder) in argument for argument in process.info["cmdline"] or [])
    ]


def nothing_runs(folder: Path) -> bool:
    return not processes_of(folder)


def kafka_answers(state: StackState) -> bool:
    return answers(int(state.kafka.rpartition(":")[2]))


async def rows(url: str, sql: str) -> list[tuple[object, ...]]:
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            result = await connection.execute(text(sql))
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        await engine.dispose()


def plans(migrated: list[str]) -> list[Plan]:
    arguments = [sys.executable, "-c", READY_SERVICE]
    return [Plan(name=name, migrate=migrated.append, arguments=arguments) for name in ("alpha", "beta")]


def test_two_stacks_run_at_once_and_each_ends_alone(private_folder: Path) -> None:
    one, two = private_folder / "one", private_folder / "two"
    with run_stack(one, options=BARE) as first:
        with run_stack(two, options=BARE) as second:
            assert first.kafka != second.kafka
            assert first.database_url != second.database_url
            assert kafka_answers(first)
            assert kafka_answers(second)
        assert nothing_runs(two)
        assert kafka_answers(first)
    assert nothing_runs(one)
    assert load_state(one) is None


def test_a_stack_is_found_and_stopped_from_elsewhere_and_only_once(private_folder: Path) -> None:
    state, supervising = start_stack(private_folder, options=BARE)
    assert state.ready
    assert load_state(private_folder) == state
    with pytest.raises(StackError, match=r"runs in .* already"):
        start_stack(private_folder, options=BARE)
    stopper = threading.Thread(target=supervising.wait)
    stopper.start()
    assert stop_stack(private_folder)
    stopper.join()
    assert nothing_runs(private_folder)
    assert not stop_stack(private_folder)
    assert supervising.stdout is not None
    supervising.stdout.close()


async def test_a_killed_database_and_broker_come_back_with_what_was_committed(private_folder: Path) -> None:
    with run_stack(private_folder, options=BARE) as state:
        await rows(state.database_url, "CREATE TABLE kept AS SELECT 42 AS answer")
        for name in ("postgres", "kafka"):
            os.kill(state.pids[name], signal.SIGKILL)

        def healed() -> bool:
            now = load_state(private_folder)
            return now is not None and all(
                now.pids.get(n, state.pids[n]) != state.pids[n] for n in state.pids
            )

        assert eventually(healed)
        assert await rows(state.database_url, "SELECT answer FROM kept") == [(42,)]
        assert kafka_answers(state)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_supervisor_that_ends_leaves_nothing(private_folder: Path, number: signal.Signals) -> None:
    with run_stack(private_folder, options=BARE) as state:
        assert len(processes_of(private_folder)) >= 3
        os.kill(state.supervisor.pid, number)
        assert eventually(lambda: nothing_runs(private_folder))
        assert eventually(lambda: not state.running())


@pytest.mark.parametrize("step", ["PostgreSQL", "Kafka"])
def test_ctrl_c_while_it_starts_leaves_nothing(private_folder: Path, step: str) -> None:
    def interrupt(event: Event) -> None:
        if event.event == "begin" and event.text == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        start_stack(private_folder, options=BARE, on_event=interrupt)
    assert nothing_runs(private_folder)


def test_ctrl_c_stops_the_command_line_and_all_that_it_started(private_folder: Path) -> None:
    command = [sys.executable, "-c", "from plumbline.cli.main import main; main()", "up"]
    environment = {**os.environ, "PLUMBLINE_STATE": str(private_folder)}
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, start_new_session=True
    ) as running:
        assert eventually(lambda: (private_folder / "kafka" / "server.properties").exists())
        os.killpg(running.pid, signal.SIGINT)
        running.communicate(timeout=120)
    assert running.returncode != 0
    assert nothing_runs(private_folder)


def test_services_get_their_own_databases_and_are_restarted(private_folder: Path) -> None:
    migrated: list[str] = []
    topics: list[str] = []
    stack = Stack(folder=private_folder, plans=plans(migrated), durable=False, topics=topics.append)
    stack.supervisor.backoff = Backoff(first=0.05)
    try:
        state = stack.start()
        assert topics == [state.kafka]
        assert [service.name for service in state.services] == ["alpha", "beta"]
        assert migrated == [service.owner_database_url for service in state.services]
        told = json.loads((private_folder / "logs" / "alpha.log").read_text())
        alpha = state.services[0]
        assert told["PLUMBLINE_DATABASE_URL"] == alpha.database_url
        assert told["PLUMBLINE_API_DATABASE_URL"] == alpha.api_database_url
        assert told["PLUMBLINE_KAFKA"] == state.kafka
        assert "alpha_worker@/alpha?" in alpha.database_url
        os.kill(state.pids["alpha"], signal.SIGKILL)
        thread = threading.Thread(target=_stop_when_restarted, args=(stack, state))
        thread.start()
        stack.watch()
        thread.join()
        assert stack.supervisor.pids()["alpha"] != state.pids["alpha"]
        assert stack.supervisor.pids()["beta"] == state.pids["beta"]
    finally:
        stack.stop()
    assert nothing_runs(private_folder)


def _stop_when_restarted(stack: Stack, state: StackState) -> None:
    def restarted() -> bool:
        now = load_state(stack.folder)
        return now is not None and now.pids.get("alpha") not in (None, state.pids["alpha"])

    eventually(restarted)
    stack.supervisor.request_stop()


def test_a_service_that_cannot_run_is_named_with_its_last_words(private_folder: Path) -> None:
    broken = Plan(
        name="broken",
        migrate=lambda url: None,
        arguments=[sys.executable, "-c", "raise SystemExit('no settings')"],
    )
    stack = Stack(folder=private_folder, plans=[broken], durable=False, topics=lambda bootstrap: None)
    stack.supervisor.backoff = Backoff(first=0.05)
    with pytest.raises(StackError, match=r"broken(.|\n)*no settings"):
        stack.start()
    assert nothing_runs(private_folder)
    assert load_state(private_folder) is None


def test_what_stands_in_the_environment_is_used_instead_of_starting_one(
    private_folder: Path, postgres: Postgres, kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLUMBLINE_KAFKA", kafka)
    monkeypatch.setenv("PLUMBLINE_DATABASE_URL", postgres.url())
    stack = Stack(folder=private_folder, plans=plans([]), topics=lambda bootstrap: None)
    try:
        state = stack.start()
        assert state.kafka == kafka
        assert set(state.pids) == {"alpha", "beta"}
        assert not (private_folder / "postgres").exists()
        assert "alpha_api" in state.services[0].api_database_url
    finally:
        stack.stop()
        for name in ("alpha", "beta"):
            postgres.drop_database(name)


def test_postgres_and_kafka_start_again_after_a_kill_at_the_same_address(
    private_postgres: Postgres, private_kafka: Kafka
) -> None:
    url, bootstrap = private_postgres.url(), private_kafka.bootstrap
    private_postgres.run_sql("CREATE TABLE kept AS SELECT 7 AS n")
    private_postgres.kill()
    private_kafka.kill()
    private_postgres.start()
    private_kafka.start()
    assert private_postgres.run_sql("SELECT n FROM kept; SHOW fsync") == "7\non"
    assert (private_postgres.url(), private_kafka.bootstrap) == (url, bootstrap)
