"""A private single-node Kafka broker (KRaft) in a folder, from pinned jars and any Java from 17 on."""

import base64
import shutil
import socket
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from plumbline_local.child import Child, Command, spawn, stop, tail
from plumbline_local.jars import cache_folder, fetch, lock_digest, read_lock
from plumbline_local.java import Java, find_java
from plumbline_local.kafka_config import NODE_ID, Ports, as_properties, broker_settings
from plumbline_local.locks import exclusive
from plumbline_local.ports import free_port

_START_SECONDS = 90.0
_POLL_SECONDS = 0.05
_API_VERSIONS = 18
_PORT_TRIES = 3
_TAKEN = "Address already in use"
_LOGGING = Path(__file__).with_name("log4j2.properties")


class KafkaError(RuntimeError):
    """Kafka did not do what it was asked to; the message ends with its own words."""


@dataclass(slots=True, kw_only=True)
class Kafka:
    """One broker. Its ports stay the same over restarts of this object while nobody else takes them.

    ``more_settings`` gives broker properties beside, or in place of, our own.
    """

    folder: Path
    heap_megabytes: int = 512
    more_settings: Callable[[Ports], Mapping[str, str]] = field(default=lambda _: {})
    _child: Child | None = field(default=None, init=False)
    _ports: Ports | None = field(default=None, init=False)

    @property
    def name(self) -> str:
        """What people call it."""
        return "kafka"

    @property
    def bootstrap(self) -> str:
        """The address for clients, ``host:port``; raises KafkaError before the first start."""
        if self._ports is None:
            raise KafkaError("Kafka was not started yet.")
        return f"127.0.0.1:{self._ports.broker}"

    @property
    def log(self) -> Path:
        """The broker's log file."""
        return self.folder / "kafka.log"

    @property
    def pid(self) -> int | None:
        """The broker's process id while it runs."""
        return None if self._child is None or self._child.poll() is not None else self._child.pid

    @property
    def status(self) -> int | None:
        """How the last broker ended: its exit status, or minus the signal's number; None while it runs."""
        return None if self._child is None else self._child.poll()

    def start(self) -> None:
        """Format the folder if it is new, start the broker, and return when it answers; raises KafkaError."""
        jars = fetch(read_lock(), cache_folder())
        java = find_java()
        for attempt in range(1, _PORT_TRIES + 1):
            self._choose_ports()
            self._prepare(java, jars)
            try:
                self._launch(java, jars)
            except KafkaError:
                # Somebody took the port between our look and Kafka's start.
                if attempt == _PORT_TRIES or _TAKEN not in tail(self.log, 100):
                    raise
            else:
                return

    def stop(self) -> None:
        """Stop the broker in order, or kill it if that takes too long. Does nothing if it does not run."""
        if self._child is not None:
            stop(self._child, self._command([]))
            self._child = None

    def kill(self) -> None:
        """End it as ``kill -9`` would, for tests of recovery."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None

    def _choose_ports(self) -> None:
        before = self._ports
        broker = free_port(before.broker if before else None)
        self._ports = Ports(broker=broker, controller=free_port(before.controller if before else None))

    def _prepare(self, java: Java, jars: list[Path]) -> None:
        assert self._ports is not None
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        logs = self.folder / "data"
        settings = {**broker_settings(logs=logs, ports=self._ports), **self.more_settings(self._ports)}
        (self.folder / "server.properties").write_text(as_properties(settings))
        if not (logs / "meta.properties").exists():
            format_storage(logs, java=java, jars=jars)

    def _launch(self, java: Java, jars: list[Path]) -> None:
        options = jvm_options(java, jars, heap_megabytes=self.heap_megabytes)
        main = ["kafka.Kafka", str(self.folder / "server.properties")]
        self.log.unlink(missing_ok=True)
        self._child = spawn(self._command([*options, *main]))
        try:
            self._wait_until_ready()
        except BaseException:
            self.kill()
            raise

    def _command(self, arguments: list[str]) -> Command:
        return Command(name="kafka", arguments=arguments, log=self.log, folder=self.folder, patience=15.0)

    def _wait_until_ready(self) -> None:
        assert self._ports is not None
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self.pid is None:
                raise KafkaError(f"Kafka did not start:\n{tail(self.log)}")
            if answers(self._ports.broker):
                return
            time.sleep(_POLL_SECONDS)
        raise KafkaError(f"Kafka did not answer within {_START_SECONDS:.0f} s:\n{tail(self.log)}")


def answers(port: int) -> bool:
    """Whether a broker on 127.0.0.1 answers a request (ApiVersions, version 0), not merely accepts connections."""
    client = b"plumbline"
    request = struct.pack(">hhih", _API_VERSIONS, 0, 1, len(client)) + client
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1.0) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            return len(connection.recv(8)) == 8
    except OSError:
        return False


def jvm_options(java: Java, jars: list[Path], *, heap_megabytes: int) -> list[str]:
    """The Java command line up to the main class: small heap, quick start."""
    return [
        str(java.program),
        f"-Xmx{heap_megabytes}m",
        "-XX:+UseSerialGC",
        "-XX:-UsePerfData",
        # On few cores and for short runs the second compiler costs more than it gives.
        "-XX:TieredStopAtLevel=1",
        f"-Dlog4j2.configurationFile={_LOGGING}",
        "-cp",
        ":".join(str(jar) for jar in jars),
    ]


def format_storage(logs: Path, *, java: Java, jars: list[Path]) -> None:
    """Make an empty data folder with an identity of its own and the feature levels of this Kafka's version."""
    logs.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_feature_levels(java, jars), logs / "bootstrap.checkpoint")
    identity = {
        "version": "1",
        "cluster.id": _kafka_uuid(),
        "node.id": str(NODE_ID),
        "directory.id": _kafka_uuid(),
    }
    (logs / "meta.properties").write_text(as_properties(identity))


def _feature_levels(java: Java, jars: list[Path]) -> Path:
    """The file that Kafka's own tool writes when it formats; the same for every cluster, so made once a machine."""
    template = cache_folder() / f"format-{lock_digest()}" / "bootstrap.checkpoint"
    with exclusive(cache_folder() / "format.lock"):
        if not template.exists():
            _run_storage_tool(template, java, jars)
    return template


def _run_storage_tool(template: Path, java: Java, jars: list[Path]) -> None:
    work = template.parent / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    properties = work / "server.properties"
    settings = broker_settings(logs=work / "data", ports=Ports(broker=9092, controller=9093))
    properties.write_text(as_properties(settings))
    tool = ["kafka.tools.StorageTool", "format", "-t", _kafka_uuid(), "-c", str(properties)]
    command = Command(
        name="format",
        arguments=[*jvm_options(java, jars, heap_megabytes=128), *tool],
        log=work / "format.log",
    )
    if spawn(command).wait() != 0:
        raise KafkaError(f"Formatting failed:\n{tail(command.log)}")
    (work / "data" / "bootstrap.checkpoint").replace(template)
    shutil.rmtree(work)


def _kafka_uuid() -> str:
    """A random identifier as Kafka writes them: 16 bytes in URL-safe base 64 without padding."""
    while (text := base64.urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return text
