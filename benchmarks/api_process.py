"""A service's api in a process of its own, as ``plumbline up`` starts it."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from plumbline_local.child import Command, spawn, stop
from plumbline_local.databases import Database
from plumbline_local.ports import free_port
from plumbline_local.stack import process_arguments, service_environment

from .delivery_stack import Servers

STARTING_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """Where it listens, and which process it is."""

    url: str
    pid: int


@contextmanager
def api_process(stack: Servers, service: str, database: Database) -> Generator[Api]:
    """Ready to answer; ended afterwards."""
    port = free_port()
    command = Command(
        name=f"{service}-api",
        arguments=process_arguments("api", service),
        log=stack.folder / f"{service}-api.log",
        environment=service_environment(
            folder=stack.folder,
            kafka=stack.kafka.bootstrap,
            database=database,
            http_port=port,
            probe_port=free_port(),
        ),
        patience=30.0,
    )
    child = spawn(command)
    try:
        url = f"http://127.0.0.1:{port}"
        _until_ready(url)
        yield Api(url=url, pid=child.pid)
    finally:
        stop(child, command)


def _until_ready(url: str) -> None:
    until = time.monotonic() + STARTING_SECONDS
    while not _is_ready(url):
        assert time.monotonic() < until, f"{url} does not answer"
        time.sleep(0.05)


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").status_code == HTTPStatus.OK
    except httpx.TransportError:
        return False
