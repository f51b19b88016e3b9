"""The supervisor's process: ``python -m plumbline_local.supervise FOLDER``; tells its starter how far it is."""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from plumbline_local.locks import claim, open_lock
from plumbline_local.stack import Stack, installed_plans
from plumbline_local.supervisor import Backoff


def main(arguments: list[str]) -> None:
    """Run a stack until SIGTERM or SIGINT; every way out stops everything."""
    options = _parse(arguments)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _leave)
    lock = open_lock(options.folder / "supervisor.lock")
    if not claim(lock):
        _tell(event="failed", text=f"A stack runs in {options.folder} already.")
        raise SystemExit(1)
    stack = Stack(
        folder=options.folder,
        plans=[] if options.no_services else installed_plans(options.service),
        durable=not options.not_durable,
        step=_step,
        backoff=Backoff(longest=options.restart_at_most),
    )
    try:
        _start(stack)
        stack.watch()
    finally:
        # From here on only the end matters.
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        stack.stop()


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="plumbline_local.supervise")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--service", action="append", help="only these (repeatable; default: all)")
    parser.add_argument("--no-services", action="store_true", help="PostgreSQL, Kafka and topics only")
    parser.add_argument("--not-durable", action="store_true", help="for tests: no fsync")
    parser.add_argument("--restart-at-most", type=float, default=Backoff().longest, metavar="SECONDS")
    return parser.parse_args(arguments)


def _start(stack: Stack) -> None:
    try:
        stack.start()
    except Exception as error:
        _tell(event="failed", text=f"{type(error).__name__}: {error}")
        raise
    _tell(event="ready")
    # The starter stops reading now; what is printed later belongs in a file.
    log = os.open(stack.folder / "supervisor.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, sys.stdout.fileno())
    os.close(log)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    # One request is enough: a second one must not interrupt the stopping.
    for other in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    raise SystemExit(0)


@contextmanager
def _step(name: str) -> Generator[None]:
    begun = time.monotonic()
    _tell(event="begin", text=name)
    yield
    _tell(event="end", text=name, seconds=round(time.monotonic() - begun, 2))


def _tell(*, event: str, text: str = "", seconds: float = 0.0) -> None:
    sys.stdout.write(json.dumps({"event": event, "text": text, "seconds": seconds}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
