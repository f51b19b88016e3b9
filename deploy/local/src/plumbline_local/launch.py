"""Start and stop a stack's supervisor from another process, with progress."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from pydantic import BaseModel

from plumbline_local.stack import StackError
from plumbline_local.state import StackState, clear_state, load_state

_LEASH = Path(__file__).with_name("leash.py")
_STOP_SECONDS = 60.0
_SERVERS = ("PLUMBLINE_KAFKA", "PLUMBLINE_DATABASE_URL", "PLUMBLINE_API_DATABASE_URL")


class Event(BaseModel):
    """What the supervisor says while it starts: begin or end of a step (seconds), ready, failed (text)."""

    event: str
    text: str = ""
    seconds: float = 0.0


OnEvent = Callable[[Event], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to run a stack: which services (None: all), and whether a power cut may lose data (tests only).

    ``own_servers``: it starts servers of its own, whatever the environment names.
    ``restart_at_most`` is the longest pause in seconds before something that keeps dying is started again.
    """

    services: tuple[str, ...] | None = None
    durable: bool = True
    own_servers: bool = False
    restart_at_most: float | None = None

    def environment(self) -> dict[str, str]:
        """The supervisor's environment."""
        named = set(named_servers()) if self.own_servers else set[str]()
        return {key: value for key, value in os.environ.items() if key not in named}

    def arguments(self) -> list[str]:
        """As the supervisor's command line."""
        chosen = [item for name in self.services or () for item in ("--service", name)]
        return [
            *chosen,
            *(["--no-services"] if self.services == () else []),
            *([] if self.durable else ["--not-durable"]),
            *([] if self.restart_at_most is None else ["--restart-at-most", str(self.restart_at_most)]),
        ]


def named_servers() -> list[str]:
    """The variables of the environment that name a server of somebody else, or how to sign in there."""
    return sorted(key for key in os.environ if key.startswith(_SERVERS))


Supervising = subprocess.Popen[str]


def start_stack(
    folder: Path,
    *,
    options: Options | None = None,
    on_event: OnEvent = lambda event: None,
    leashed: bool = False,
) -> tuple[StackState, Supervising]:
    """Start a stack in its own process and return when it is ready; raises StackError.

    ``leashed``: it stops in order when this process dies, however that happens; otherwise it stays.
    """
    supervising = _spawn(folder, options or Options(), leashed=leashed)
    try:
        _follow(supervising, on_event, folder)
        state = load_state(folder)
        if state is None:
            raise StackError(f"The supervisor left no state in {folder}.")
    except BaseException:
        end_process(supervising)
        raise
    return state, supervising


@contextmanager
def run_stack(
    folder: Path, *, options: Options | None = None, on_event: OnEvent = lambda event: None
) -> Generator[StackState]:
    """A stack for as long as the block runs; nothing is left running, even if this process is killed."""
    state, supervising = start_stack(folder, options=options, on_event=on_event, leashed=True)
    try:
        yield state
    finally:
        end_process(supervising)


def stop_stack(folder: Path) -> bool:
    """Stop the stack that runs in ``folder``, from any process; False if none runs."""
    state = load_state(folder)
    process = state.supervisor.find() if state else None
    if process is None:
        clear_state(folder)
        return False
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except psutil.TimeoutExpired:
        # Its children are leashed: they end with it.
        process.kill()
        process.wait()
        clear_state(folder)
    return True


def end_process(supervising: Supervising) -> None:
    """Stop a supervisor that we started, in order if it can."""
    if supervising.stdout is not None:
        supervising.stdout.close()
    if supervising.poll() is None:
        with suppress(ProcessLookupError):
            supervising.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while supervising.poll() is None and time.monotonic() < deadline:
            with suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
                supervising.wait(1.0)
        supervising.kill()
    supervising.wait()


def _spawn(folder: Path, options: Options, *, leashed: bool) -> Supervising:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    program = [sys.executable, "-m", "plumbline_local.supervise", str(folder), *options.arguments()]
    leash = [sys.executable, "-I", "-S", str(_LEASH), str(int(signal.SIGTERM)), str(os.getpid()), "-1", "-1"]
    with (folder / "supervisor.log").open("ab") as log:
        return subprocess.Popen(
            [*leash, *program] if leashed else program,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=options.environment(),
            start_new_session=True,
        )


def _follow(supervising: Supervising, on_event: OnEvent, folder: Path) -> None:
    assert supervising.stdout is not None
    for line in supervising.stdout:
        event = Event.model_validate_json(line)
        on_event(event)
        if event.event == "failed":
            raise StackError(event.text)
        if event.event == "ready":
            return
    raise StackError(f"The supervisor ended early; see {folder / 'supervisor.log'}.")
