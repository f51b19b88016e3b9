"""Says what this machine lacks to run Plumbline, and how to get it."""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from plumbline_local.jars import cache_folder, fetch, lock_digest, read_lock
from plumbline_local.java import MINIMUM, JavaError, find_java
from plumbline_local.ports import free_port
from plumbline_local.postgres import PostgresError, binary

_DISK_GIGABYTES = 2
_MEMORY_MEGABYTES = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at: what was found, and what to do if it is not enough (empty: nothing)."""

    name: str
    found: str
    remedy: str = ""

    @property
    def ok(self) -> bool:
        """Whether it is enough."""
        return not self.remedy


def examine(folder: Path) -> list[Finding]:
    """Look at everything that a stack in ``folder`` needs."""
    looks: list[Callable[[], Finding]] = [_python, _postgres, _java, _jars, _ports, _temporary, _memory]
    return [*(look() for look in looks), _disk(folder)]


def _python() -> Finding:
    found = ".".join(str(part) for part in sys.version_info[:3])
    enough = sys.version_info >= (3, 11)
    return Finding(name="Python", found=found, remedy="" if enough else "Install Python 3.11 or newer.")


def _postgres() -> Finding:
    try:
        return Finding(name="PostgreSQL", found=str(binary("postgres")))
    except PostgresError as error:
        return Finding(name="PostgreSQL", found="missing", remedy=str(error))


def _java() -> Finding:
    try:
        java = find_java()
    except JavaError as error:
        return Finding(name=f"Java {MINIMUM}+", found="missing", remedy=str(error))
    return Finding(name=f"Java {MINIMUM}+", found=f"{java.version} ({java.source}: {java.program})")


def _jars() -> Finding:
    try:
        jars = fetch(read_lock(), cache_folder())
    # Whatever keeps the download from working, the answer is the same.
    except Exception as error:
        remedy = "Check the network and a Maven mirror in ~/.config/jgo.conf, then run this again."
        return Finding(name="Kafka", found=f"{type(error).__name__}: {error}", remedy=remedy)
    return Finding(name="Kafka", found=f"{len(jars)} jars, lock {lock_digest()}, in {cache_folder()}")


def _ports() -> Finding:
    try:
        return Finding(name="Ports", found=f"free, for example {free_port()}")
    except RuntimeError as error:
        return Finding(name="Ports", found=str(error), remedy="End programs that listen on 127.0.0.1.")


def _temporary() -> Finding:
    writable = os.access("/tmp", os.W_OK | os.X_OK)
    remedy = "" if writable else "Make /tmp writable: PostgreSQL's socket stands there."
    return Finding(name="Socket folder", found="/tmp", remedy=remedy)


def _memory() -> Finding:
    import psutil

    available = psutil.virtual_memory().available // 2**20
    remedy = "" if available >= _MEMORY_MEGABYTES else f"Free memory: {_MEMORY_MEGABYTES} MB are needed."
    return Finding(name="Memory", found=f"{available} MB available", remedy=remedy)


def _disk(folder: Path) -> Finding:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free / 2**30
    remedy = "" if free >= _DISK_GIGABYTES else f"Free {_DISK_GIGABYTES} GB on the disk of {existing}."
    return Finding(name="Disk", found=f"{free:.1f} GB free", remedy=remedy)
