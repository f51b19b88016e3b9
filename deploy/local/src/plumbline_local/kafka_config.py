"""The settings of the local broker: one node, every internal topic small and unreplicated, quick to start."""

from dataclasses import dataclass
from pathlib import Path

NODE_ID = 1
_PARTITIONS = "4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where clients and where the controller connect, on 127.0.0.1."""

    broker: int
    controller: int


def broker_settings(*, logs: Path, ports: Ports) -> dict[str, str]:
    """The broker's properties; data goes to ``logs``."""
    return {
        "process.roles": "broker,controller",
        "node.id": str(NODE_ID),
        "controller.quorum.voters": f"{NODE_ID}@127.0.0.1:{ports.controller}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://127.0.0.1:{ports.broker},CONTROLLER://127.0.0.1:{ports.controller}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "log.dirs": str(logs),
        # Topics are declared in one place and applied by a command.
        "auto.create.topics.enable": "false",
        **_single_node(),
        **_small(),
    }


def _single_node() -> dict[str, str]:
    return {
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        # After a crash the broker waits until the controller has forgotten its former self (default 9 s).
        "broker.session.timeout.ms": "2000",
        "broker.heartbeat.interval.ms": "500",
    }


def _small() -> dict[str, str]:
    return {
        "offsets.topic.num.partitions": _PARTITIONS,
        "transaction.state.log.num.partitions": _PARTITIONS,
        "share.coordinator.state.topic.num.partitions": "1",
        "num.network.threads": "2",
        "num.io.threads": "4",
        # The default of 128 MB would be a quarter of the heap.
        "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
        "log.index.size.max.bytes": str(1024 * 1024),
        "log.segment.delete.delay.ms": "1000",
        # A transaction that its producer abandoned blocks committed reads: look for them every second.
        "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
    }


def as_properties(settings: dict[str, str]) -> str:
    """The text of a Java properties file."""
    return "".join(f"{key}={value}\n" for key, value in settings.items())
