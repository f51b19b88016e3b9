"""Keeps processes running: starts them in order, restarts the dead with growing pauses, stops them in reverse."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from plumbline_local.child import Child, Command, spawn, stop

_POLL_SECONDS = 0.1


class Part(Protocol):
    """Something that runs as one process: PostgreSQL, Kafka or a service."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        ...

    @property
    def status(self) -> int | None:
        """How its last process ended: the exit status, or minus the signal's number; None while it runs."""
        ...

    def start(self) -> None:
        """Start it (again); raises if it cannot."""
        ...

    def stop(self) -> None:
        """Stop it; does nothing if it does not run."""
        ...


@dataclass(slots=True, kw_only=True)
class ServiceProcess:
    """A part that is one command, started without waiting for its answer."""

    command: Command
    _child: Child | None = field(default=None, init=False)

    @property
    def name(self) -> str:
        """The command's name."""
        return self.command.name

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return None if self._child is None or self._child.poll() is not None else self._child.pid

    @property
    def status(self) -> int | None:
        """How its last process ended."""
        return None if self._child is None else self._child.poll()

    def start(self) -> None:
        """Start it."""
        self._child = spawn(self.command)

    def stop(self) -> None:
        """Stop it, by force if it does not listen."""
        if self._child is not None:
            stop(self._child, self.command)
            self._child = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Seconds to wait before a restart: doubled each time, forgotten after a long enough life."""

    first: float = 0.25
    longest: float = 10.0
    forgiven_after: float = 30.0

    def delay(self, failures: int) -> float:
        """The pause before the restart that follows the given number of failures in a row (1, 2, …)."""
        return min(self.longest, self.first * 2 ** min(failures - 1, 16))


@dataclass(slots=True, kw_only=True)
class _Watch:
    """What is known of one part's life."""

    part: Part
    born: float
    failures: int = 0
    due: float | None = None


class Supervisor:
    """Runs parts until it is told to stop. All methods but ``stop`` belong to one thread.

    That thread must outlive the parts: the kernel ends each part with the thread that started it.
    """

    def __init__(
        self,
        *,
        backoff: Backoff | None = None,
        on_change: Callable[[dict[str, int]], None] = lambda pids: None,
        on_event: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.backoff = backoff or Backoff()
        self._on_change = on_change
        self._on_event = on_event
        self._watches: list[_Watch] = []
        self._stopping = threading.Event()

    def pids(self) -> dict[str, int]:
        """The process id of every part that runs now."""
        return {watch.part.name: pid for watch in self._watches if (pid := watch.part.pid) is not None}

    def failures(self, name: str) -> int:
        """How often in a row the part of that name has died soon after its start."""
        return next((watch.failures for watch in self._watches if watch.part.name == name), 0)

    def add(self, part: Part) -> None:
        """Start a part and watch it from now on."""
        # Watched before it starts: an interrupted start is stopped with the rest.
        self._watches.append(_Watch(part=part, born=time.monotonic()))
        part.start()

    def watch(self) -> None:
        """Restart whatever dies, until ``request_stop`` is called."""
        self._on_change(self.pids())
        while not self._stopping.wait(_POLL_SECONDS):
            self.look()

    def look(self) -> None:
        """Look once at every part and restart those whose time has come."""
        for watch in self._watches:
            self._look_after(watch)

    def request_stop(self) -> None:
        """End ``watch``; may be called from any thread."""
        self._stopping.set()

    def stop(self) -> None:
        """Stop every part: the services together, then what they stand on, last started first."""
        services = [watch.part for watch in self._watches if isinstance(watch.part, ServiceProcess)]
        below = [watch.part for watch in self._watches if not isinstance(watch.part, ServiceProcess)]
        _stop_together(services)
        for part in reversed(below):
            part.stop()
        self._watches.clear()

    def _look_after(self, watch: _Watch) -> None:
        now = time.monotonic()
        if watch.part.pid is not None:
            return
        if watch.due is None:
            lived = now - watch.born
            watch.failures = 1 if lived > self.backoff.forgiven_after else watch.failures + 1
            pause = self.backoff.delay(watch.failures)
            watch.due = now + pause
            ended = f"ended with status {watch.part.status} after {lived:.1f} s"
            self._on_event(f"{watch.part.name} {ended}; again in {pause:.2f} s")
        elif now >= watch.due:
            self._restart(watch)

    def _restart(self, watch: _Watch) -> None:
        watch.due, watch.born = None, time.monotonic()
        try:
            watch.part.start()
        # Whatever kept it from starting may be gone at the next try; the loop must outlive it.
        except Exception as error:
            self._on_event(f"{watch.part.name} did not start: {error}")
            return
        self._on_event(f"{watch.part.name} runs again as process {watch.part.pid}")
        self._on_change(self.pids())


def _stop_together(parts: Sequence[ServiceProcess]) -> None:
    if parts:
        with ThreadPoolExecutor(len(parts)) as pool:
            list(pool.map(ServiceProcess.stop, parts))
