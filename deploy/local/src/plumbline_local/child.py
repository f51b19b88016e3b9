"""Child processes on a leash: each has its own log file and never outlives the process that started it."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_LEASH = Path(__file__).with_name("leash.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """The system user that a child runs as."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to run: ``arguments[0]`` is an absolute path; ``environment`` is added to our own."""

    name: str
    arguments: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    folder: Path | None = None
    user: User | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    # What the kernel sends if we die without stopping it.
    death_signal: signal.Signals = signal.SIGKILL
    # Seconds to end after the stop signal before it is killed.
    patience: float = 10.0


Child = subprocess.Popen[bytes]


def spawn(command: Command) -> Child:
    """Start the command in its own session (a terminal's Ctrl-C reaches only us, who stop it in order).

    The leash holds for the thread that calls this: start children from a thread that lives as long as they.
    """
    user = command.user or User(uid=-1, gid=-1)
    leash = [sys.executable, "-I", "-S", str(_LEASH)]
    limits = [str(int(command.death_signal)), str(os.getpid()), str(user.uid), str(user.gid)]
    command.log.parent.mkdir(parents=True, exist_ok=True)
    with command.log.open("ab") as log:
        return subprocess.Popen(
            [*leash, *limits, *command.arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **command.environment},
            cwd=command.folder,
            start_new_session=True,
        )


def stop(child: Child, command: Command) -> None:
    """Ask the child to end, and kill it and what it started when it does not within its patience."""
    if child.poll() is None:
        child.send_signal(command.stop_signal)
        # A stopped process cannot hear the request.
        child.send_signal(signal.SIGCONT)
        try:
            child.wait(command.patience)
        except subprocess.TimeoutExpired:
            child.kill()
    child.wait()
    _kill_session(child.pid)


def _kill_session(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log, for an error message."""
    if not log.exists():
        return "(no log)"
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
