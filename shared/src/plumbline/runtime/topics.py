"""Creates the declared topics on a broker; nothing else does: ``python -m plumbline.runtime.topics BOOTSTRAP``."""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, NoError, TopicAlreadyExistsError, for_code
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
    """Create every declared topic that is not there yet; existing ones are left as they are.

    Raises:
        KafkaError: the broker refuses to create one of them, such as an account that may not.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **security.for_aiokafka())
    await admin.start()
    try:
        existing = set(await admin.list_topics())
        missing = [topic for topic in TOPICS.values() if topic.name not in existing]
        if missing and not dry_run:
            answer = await admin.create_topics(
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
            _raise_refusal(answer.to_object()["topic_errors"])
    finally:
        await admin.close()
    return Applied(
        created=tuple(topic.name for topic in missing),
        present=tuple(name for name in TOPICS if name in existing),
    )


def _raise_refusal(answers: Sequence[Mapping[str, Any]]) -> None:
    """Raise the first refusal: the client reports them only; a topic that is there after all is none."""
    for each in answers:
        kind = for_code(each["error_code"])
        if kind not in (NoError, TopicAlreadyExistsError):
            raise kind(f"{each['topic']} was not created: {each.get('error_message') or kind.__name__}")


def main(arguments: Sequence[str]) -> None:
    """Apply the declarations to the broker that the command line names, signing in as the settings say."""
    parser = argparse.ArgumentParser(prog="plumbline.runtime.topics")
    parser.add_argument("bootstrap", help="host:port of a broker")
    parser.add_argument("--replicas", type=int, default=1, help="copies of every partition")
    told = parser.parse_args(arguments)
    try:
        security = security_of(KafkaSettings())
        applied = asyncio.run(apply(told.bootstrap, replicas=told.replicas, security=security))
    except (ConfigurationError, ValidationError) as error:
        sys.exit(explain(error))
    except KafkaError as error:
        sys.exit(str(error))
    for name in applied.created:
        sys.stdout.write(f"created {name}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
