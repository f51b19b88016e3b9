"""Kafka's jars: fetched once by their Maven coordinates, pinned and checked against a committed lock file."""

import hashlib
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import jgo
from jgo.config import GlobalSettings
from jgo.maven import MavenContext

from plumbline_local.locks import exclusive
from plumbline_local.state import write_atomically

KAFKA = "org.apache.kafka:kafka_2.13:4.3.1"
# Kafka logs through slf4j and brings no binding; this is the one that its own distribution ships.
LOGGING = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4"
LOCK = Path(__file__).with_name("kafka.lock")
_PARALLEL_DOWNLOADS = 8


class JarError(RuntimeError):
    """A jar is not what the lock file says that it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Jar:
    """One pinned jar: Maven coordinate (group:artifact:version) and SHA-256 in hexadecimal."""

    coordinate: str
    sha256: str


def cache_folder() -> Path:
    """The download cache, the only folder that clones share: ``$XDG_CACHE_HOME/plumbline``."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "plumbline"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def read_lock(lock: Path = LOCK) -> list[Jar]:
    """The pinned jars; each line is ``coordinate sha256``."""
    lines = (line.split() for line in lock.read_text().splitlines() if line and not line.startswith("#"))
    return [Jar(coordinate=coordinate, sha256=sha256) for coordinate, sha256 in lines]


def lock_digest(lock: Path = LOCK) -> str:
    """A short name for exactly this set of jars."""
    return hashlib.sha256(lock.read_bytes()).hexdigest()[:12]


def fetch(jars: list[Jar], cache: Path) -> list[Path]:
    """Paths of every jar, downloaded where absent, each equal to its checksum; raises JarError otherwise."""
    with exclusive(cache / "jars.lock"):
        verified = _Verified.load(cache / "verified.json")
        maven = _maven(cache)
        with ThreadPoolExecutor(_PARALLEL_DOWNLOADS) as pool:
            paths = list(pool.map(partial(_fetch_one, maven=maven, verified=verified), jars))
        verified.save()
    return paths


def _fetch_one(jar: Jar, maven: MavenContext, verified: "_Verified") -> Path:
    path = _locate(jar.coordinate, maven)
    if not verified.matches(path, jar.sha256):
        # A download that was cut off leaves a short file behind: fetch it once more before giving up.
        path.unlink()
        path = _locate(jar.coordinate, maven)
        if not verified.matches(path, jar.sha256):
            path.unlink()
            raise JarError(f"{jar.coordinate} does not have the checksum in {LOCK.name}; it was removed")
    return path


def _locate(coordinate: str, maven: MavenContext) -> Path:
    group, artifact, version = coordinate.split(":")
    return maven.project(group, artifact).at_version(version).artifact().resolve()


def _maven(cache: Path) -> MavenContext:
    """Resolves into our own cache, from the repositories of the user's jgo settings if there are any."""
    return MavenContext(
        repo_cache=cache / "maven", remote_repos=GlobalSettings.load().repositories or None, timeout=60
    )


class _Verified:
    """Which files were hashed already, by size and modification time, so that a warm start reads none."""

    def __init__(self, *, path: Path, known: dict[str, str]) -> None:
        self._path = path
        self._known = known

    @classmethod
    def load(cls, path: Path) -> "_Verified":
        return cls(path=path, known=json.loads(path.read_text()) if path.exists() else {})

    def matches(self, jar: Path, sha256: str) -> bool:
        status = jar.stat()
        key = f"{jar}|{status.st_size}|{status.st_mtime_ns}"
        if key not in self._known:
            self._known[key] = hashlib.sha256(jar.read_bytes()).hexdigest()
        return self._known[key] == sha256

    def save(self) -> None:
        write_atomically(self._path, json.dumps(self._known, indent=1))


def write_lock(lock: Path = LOCK) -> None:
    """Resolve Kafka anew and pin what came: coordinates with the checksums of the files."""
    artifacts = jgo.resolve(f"{KAFKA}+{LOGGING}!")
    coordinates = sorted(f"{a.groupId}:{a.artifactId}:{a.version}" for a in artifacts)
    maven = _maven(cache_folder())
    with ThreadPoolExecutor(_PARALLEL_DOWNLOADS) as pool:
        paths = list(pool.map(partial(_locate, maven=maven), coordinates))
    lines = [
        f"{coordinate} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        for coordinate, path in zip(coordinates, paths, strict=True)
    ]
    header = "# Kafka and all that it needs. Made by: python -m plumbline_local.jars"
    lock.write_text("\n".join([header, *lines]) + "\n")
    sys.stdout.write(f"{len(lines)} jars pinned in {lock}\n")


if __name__ == "__main__":
    write_lock()
