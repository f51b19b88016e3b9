"""Test servers shared by processes: ``python -m plumbline_local.hold postgres|kafka FOLDER`` runs while anyone uses it."""

import atexit
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from plumbline_local.child import tail
from plumbline_local.kafka import Kafka
from plumbline_local.locks import claim, exclusive, open_lock, share
from plumbline_local.postgres import Postgres
from plumbline_local.state import write_atomically

Kind = Literal["postgres", "kafka"]
_POLL_SECONDS = 0.2
_START_SECONDS = 180.0
_started: list[subprocess.Popen[bytes]] = []


@atexit.register
def _let_go() -> None:
    """Give holders up to themselves, or Python warns that they outlive their handles; they end unused."""
    for holder in _started:
        if holder.poll() is None:
            holder.returncode = 0


class HoldError(RuntimeError):
    """The shared server did not start; the message ends with its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """The files of one shared server."""

    folder: Path

    @property
    def users(self) -> Path:
        """Every user holds a share; the server ends when it can have this lock alone."""
        return self.folder / "users.lock"

    @property
    def alive(self) -> Path:
        """Held by the server's holder while it lives."""
        return self.folder / "holder.lock"

    @property
    def ready(self) -> Path:
        """Written when the server answers: its address."""
        return self.folder / "ready.json"

    @property
    def log(self) -> Path:
        """What the holder prints."""
        return self.folder / "hold.log"


@contextmanager
def shared(kind: Kind, folder: Path) -> Generator[str]:
    """Use the shared server of this folder, starting it if nobody has; yields its address.

    Locks of the kernel count the users, so one that is killed is no user any more.
    """
    place = _Place(folder=folder)
    using = share(place.users)
    try:
        with exclusive(folder / "start.lock"):
            if not _is_alive(place):
                _launch(kind, place)
            address: str = json.loads(place.ready.read_text())["address"]
        yield address
    finally:
        os.close(using)


def _is_alive(place: _Place) -> bool:
    descriptor = open_lock(place.alive)
    try:
        return not claim(descriptor) and place.ready.exists()
    finally:
        os.close(descriptor)


def _launch(kind: Kind, place: _Place) -> None:
    place.ready.unlink(missing_ok=True)
    with place.log.open("wb") as log:
        holder = subprocess.Popen(
            [sys.executable, "-m", "plumbline_local.hold", kind, str(place.folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _started.append(holder)
    deadline = time.monotonic() + _START_SECONDS
    while not place.ready.exists():
        if holder.poll() is not None or time.monotonic() > deadline:
            raise HoldError(f"The test server {kind} did not start:\n{tail(place.log)}")
        time.sleep(0.02)


def hold(kind: Kind, folder: Path) -> None:
    """Start a fresh server, say where it answers, and end it when its last user has gone."""
    place = _Place(folder=folder)
    alive = open_lock(place.alive)
    if not claim(alive):
        raise HoldError(f"Another process holds {folder} already.")
    users = open_lock(place.users)
    data = folder / kind
    shutil.rmtree(data, ignore_errors=True)
    server = Postgres(folder=data, durable=False) if kind == "postgres" else Kafka(folder=data)
    try:
        server.start()
        address = server.url() if isinstance(server, Postgres) else server.bootstrap
        write_atomically(place.ready, json.dumps({"address": address}))
        while not claim(users):
            time.sleep(_POLL_SECONDS)
    finally:
        place.ready.unlink(missing_ok=True)
        server.kill()
        shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        hold("kafka" if sys.argv[1] == "kafka" else "postgres", Path(sys.argv[2]))
