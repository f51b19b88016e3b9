"""What runs where: the state file that ``up`` writes and every other command reads."""

import json
import os
from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict

FOLDER_NAME = ".plumbline"
FILE_NAME = "state.json"


class Process(BaseModel):
    """One running process, named by its id and start time (seconds since boot epoch), since ids are reused."""

    model_config = ConfigDict(frozen=True)

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> "Process":
        """The process that has this id now; raises ``psutil.NoSuchProcess`` if there is none."""
        return cls(pid=pid, started=psutil.Process(pid).create_time())

    def find(self) -> psutil.Process | None:
        """The process, if it still runs."""
        try:
            process = psutil.Process(self.pid)
            alive = process.create_time() == self.started and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return None
        return process if alive else None


class ServiceState(BaseModel):
    """Where one service answers and keeps its data."""

    model_config = ConfigDict(frozen=True)

    name: str
    url: str
    probe_url: str
    database_url: str
    api_database_url: str
    owner_database_url: str


class StackState(BaseModel):
    """The whole stack of one clone."""

    model_config = ConfigDict(frozen=True)

    folder: Path
    supervisor: Process
    ready: bool = False
    kafka: str
    database_url: str
    services: list[ServiceState]
    pids: dict[str, int]

    def running(self) -> bool:
        """Whether the supervisor that wrote this is still alive."""
        return self.supervisor.find() is not None


def state_folder(project: Path | None = None) -> Path:
    """The clone's private folder: ``$PLUMBLINE_STATE``, else ``.plumbline`` in the project or current folder."""
    given = os.environ.get("PLUMBLINE_STATE")
    if project is None and given:
        return Path(given).resolve()
    return ((project or Path.cwd()) / FOLDER_NAME).resolve()


def load_state(folder: Path | None = None) -> StackState | None:
    """What ``up`` wrote in this clone, or None if it was never started or was stopped."""
    try:
        text = ((folder or state_folder()) / FILE_NAME).read_text()
    except FileNotFoundError:
        return None
    return StackState.model_validate_json(text)


def save_state(state: StackState) -> None:
    """Replace the state file in one step; a reader sees the old or the new one, never a half."""
    write_atomically(state.folder / FILE_NAME, state.model_dump_json(indent=2))


def clear_state(folder: Path) -> None:
    """Forget a stack that has stopped."""
    (folder / FILE_NAME).unlink(missing_ok=True)


def write_atomically(path: Path, text: str) -> None:
    """Write a file readable by its owner only, durable and whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def as_json(state: StackState) -> dict[str, object]:
    """The state as plain values for ``--json``."""
    return json.loads(state.model_dump_json())
