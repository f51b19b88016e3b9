"""Creates the declared topics on a broker; nothing else does: ``python -m plumbline.runtime.topics BOOTSTRAP``."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pydantic import ValidationError

from plumbline.contracts.topics import TOPICS, Topic
from plumbline.runtime.kafka_security import UNSECURED, KafkaSecurity, security_of
from plumbline.runtime.settings import ConfigurationError, KafkaSettings, explain


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What applying the declarations did, or would do: the names of new topics and of those there already."""

    created: tuple[str, ...]
    present: tuple[str, ...]


def settings_of(topic: Topic, *, replicas: int) -> dict[str, str]:
    """The broker's settings of a topic: state is compacted, events are kept for good."""
    common = {"min.insync.replicas": str(max(1, replicas - 1)), "max.message.bytes": "2097152"}
    if topic.kind == "state":
        return {**common, "cleanup.policy": "compact"}
    return {**common, "cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}


async def apply(
    bootstrap: str,
    *,
    replicas: int = 1,
    dry_run: bool = False,
    security: KafkaSecurity = UNSECURED,
) -> Applied:
    """Create every declared topic that is not there yet; existing ones are left as they are."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **security.for_aiokafka())
    await admin.start()
    try:
        existing = set(await admin.list_topics())
        missing = [topic for topic in TOPICS.values() if topic.name not in existing]
        if missing and not dry_run:
            await admin.create_topics(
                [
                    NewTopic(
                        name=topic.name,
                        num_partitions=topic.partitions,
                        replication_factor=replicas,
                        topic_configs=settings_of(topic, replicas=replicas),
                    )
                    for topic in missing
                ]
            )
    finally:
        await admin.close()
    return Applied(
        created=tuple(topic.name for topic in missing),
        present=tuple(name for name in TOPICS if name in existing),
    )


def main(arguments: Sequence[str]) -> None:
    """Apply the declarations to the broker that the command line names, signing in as the settings say."""
    parser = argparse.ArgumentParser(prog="plumbline.runtime.topics")
    parser.add_argument("bootstrap", help="host:port of a broker")
    parser.add_argument("--replicas", type=int, default=1, help="copies of every partition")
    told = parser.parse_args(arguments)
    try:
        security = security_of(KafkaSettings())
    except (ConfigurationError, ValidationError) as error:
        sys.exit(explain(error))
    applied = asyncio.run(apply(told.bootstrap, replicas=told.replicas, security=security))
    for name in applied.created:
        sys.stdout.write(f"created {name}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
