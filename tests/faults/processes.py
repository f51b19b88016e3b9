"""Lays out where processes die, and freezes, kills and adds processes by their ids."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from plumbline_local.databases import Database
from plumbline_local.ports import free_port
from plumbline_local.stack import process_arguments, service_environment
from plumbline_local.state import StackState, load_state

PATIENCE = 90.0
# The places at which a process can be told to die, in the order in which it comes to them.
INBOX = (
    "inbox.before",
    "inbox.after",
    "inbox.rows",
    "inbox.before_commit",
    "inbox.after_commit",
    "inbox.before_ack",
    "inbox.after_ack",
)
PARTS = ("parts.decided", "parts.awarded", "parts.announced")
RELAY = ("relay.read", "relay.mid_send", "relay.committed", "relay.mid_delete")


def lay_out(folder: Path, name: str, what: str = "SIGKILL", *, service: str = "outcomes") -> Path:
    """Let a service's process meet ``what`` at a place; the file is gone once it came there."""
    path = folder / f"{service}@{name}"
    path.write_text(what)
    return path


async def until(what: str, true: Callable[[], bool], *, seconds: float = PATIENCE) -> None:
    """Wait until something is so."""
    try:
        async with asyncio.timeout(seconds):
            while not true():  # noqa: ASYNC110 - other processes make it so
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"after {seconds} s still not so: {what}") from None


def process_of(stack: StackState, name: str) -> psutil.Process:
    """The process that runs now as this part of the stack."""
    state = load_state(stack.folder)
    assert state is not None
    return psutil.Process(state.pids[name])


def kill(stack: StackState, name: str) -> None:
    """``kill -9`` a part of the stack, which its supervisor starts again."""
    process_of(stack, name).kill()


def log_of(stack: StackState, name: str) -> str:
    return (stack.folder / "logs" / f"{name}.log").read_text()


def entries(log: str) -> list[dict[str, Any]]:
    """The structured lines of a log; not the last one while it is being written."""
    whole = log[: log.rfind("\n") + 1]
    return [json.loads(line) for line in whole.splitlines() if line.startswith("{")]


async def answers(url: str) -> int:
    """The status of a probe, or 0 when nobody answers."""
    try:
        async with httpx.AsyncClient(timeout=20.0) as client:
            return (await client.get(url)).status_code
    except httpx.HTTPError:
        return 0


@contextmanager
def supervisor_asleep(stack: StackState) -> Generator[None]:
    """While this lasts, nothing that dies is started again."""
    os.kill(stack.supervisor.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(stack.supervisor.pid, signal.SIGCONT)


@asynccontextmanager
async def second_worker(stack: StackState) -> AsyncGenerator[subprocess.Popen[bytes]]:
    """Another worker process of the outcomes service, which shares its partitions and stands by as relay."""
    probe_port = free_port()
    worker = _start_worker(stack, probe_port)
    try:
        async with asyncio.timeout(PATIENCE):
            while await answers(f"http://127.0.0.1:{probe_port}/healthz") != 204:
                assert worker.poll() is None, log_of(stack, "second")
                await asyncio.sleep(0.1)
        yield worker
    finally:
        worker.terminate()
        worker.send_signal(signal.SIGCONT)
        try:
            await asyncio.to_thread(worker.wait, 30)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()


def _start_worker(stack: StackState, probe_port: int) -> subprocess.Popen[bytes]:
    (service,) = [each for each in stack.services if each.name == "outcomes"]
    database = Database(
        name=service.name,
        owner_url=service.owner_database_url,
        worker_url=service.database_url,
        api_url=service.api_database_url,
    )
    environment = service_environment(
        folder=stack.folder,
        kafka=stack.kafka,
        database=database,
        http_port=free_port(),
        probe_port=probe_port,
    )
    with (stack.folder / "logs" / "second.log").open("ab") as log:
        return subprocess.Popen(
            process_arguments("worker", "outcomes"),
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )


async def plumbline(stack: StackState, *arguments: str) -> str:
    """What the ``plumbline`` command prints about this stack."""
    command = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("plumbline")),
        *arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PLUMBLINE_STATE": str(stack.folder), "COLUMNS": "200"},
    )
    printed, errors = await command.communicate()
    assert command.returncode == 0, errors.decode()
    return printed.decode()
