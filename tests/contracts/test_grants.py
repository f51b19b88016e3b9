"""A real broker that allows what the declarations say, and nothing else."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError

from plumbline.contracts.grants import grants, group_of, relay_of
from plumbline.contracts.topics import GOALS, OUTCOMES, PAY, PAY_CHANGES, PEOPLE, TOPICS
from plumbline.runtime.topics import apply
from plumbline_local.kafka import Kafka
from plumbline_local.kafka_config import Ports, broker_settings
from plumbline_local.ports import free_port
from plumbline_local.testing import run_apart

ACCOUNTS = ("goals", "outcomes", "payroll", "stranger")
# Its public names are not declared as such, so nothing can check them.
kafka: Any = import_module("confluent_kafka.admin")


def plumbline(*arguments: str) -> str:
    command = [str(Path(sys.executable).with_name("plumbline")), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ).stdout


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where accounts find a broker that allows what the command prints; we ourselves may do anything on it."""
    accounts, port = " ".join(f'user_{each}="{each}-secret"' for each in ACCOUNTS), free_port()

    def guard(ports: Ports) -> dict[str, str]:
        ours = broker_settings(logs=Path("unused"), ports=ports)
        return {
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
            "listeners": f"{ours['listeners']},ACCOUNTS://127.0.0.1:{port}",
            "listener.security.protocol.map": f"{ours['listener.security.protocol.map']},ACCOUNTS:SASL_PLAINTEXT",
            "listener.name.accounts.sasl.enabled.mechanisms": "PLAIN",
            "listener.name.accounts.plain.sasl.jaas.config": (
                f"org.apache.kafka.common.security.plain.PlainLoginModule required {accounts};"
            ),
        }

    broker = Kafka(folder=tmp_path_factory.mktemp("guarded"), more_settings=guard)
    try:
        broker.start()
        run_apart(allow(broker.bootstrap))
        yield f"127.0.0.1:{port}"
    finally:
        broker.stop()


async def allow(bootstrap: str) -> None:
    """Declare the topics and grant what the command prints."""
    await apply(bootstrap)
    rows = json.loads(await asyncio.to_thread(plumbline, "topics", "acls", "--json"))["grants"]
    bindings = [
        kafka.AclBinding(
            kafka.ResourceType[row["resource"].replace("-", "_").upper()],
            row["name"],
            kafka.ResourcePatternType.PREFIXED if row["prefixed"] else kafka.ResourcePatternType.LITERAL,
            row["principal"],
            "*",
            kafka.AclOperation[operation.upper()],
            kafka.AclPermissionType.ALLOW,
        )
        for row in rows
        for operation in row["operations"]
    ]
    admin = kafka.AdminClient({"bootstrap.servers": bootstrap})
    for done in admin.create_acls(bindings).values():
        await asyncio.to_thread(done.result, 30)
    await enforced(admin, len(bindings))


async def enforced(admin: Any, count: int) -> None:
    """Until the broker itself has so many bindings.

    The controller answers when it has committed them; the broker applies them behind whatever else is new to it,
    here the topics of a moment ago, and refuses everybody until then.
    """
    every = kafka.AclBindingFilter(
        kafka.ResourceType.ANY,
        None,
        kafka.ResourcePatternType.ANY,
        None,
        None,
        kafka.AclOperation.ANY,
        kafka.AclPermissionType.ANY,
    )
    async with asyncio.timeout(60):
        while len(await asyncio.to_thread(admin.describe_acls(every).result, 30)) < count:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.01)


def signed_in(account: str) -> dict[str, Any]:
    return {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": account,
        "sasl_plain_password": f"{account}-secret",
        "request_timeout_ms": 60_000,
    }


async def produce(bootstrap: str, account: str, topic: str, *, relay: str) -> None:
    """As a relay does: one record in one transaction."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, transactional_id=relay_of(relay), **signed_in(account)
    )
    try:
        await producer.start()
        async with producer.transaction():
            await producer.send_and_wait(topic, b"{}", key=b"somebody")
    finally:
        await producer.stop()


async def consume(bootstrap: str, account: str, topic: str, *, group: str) -> bytes | None:
    """The next record of a topic, its place committed."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        **signed_in(account),
    )
    try:
        await consumer.start()
        async with asyncio.timeout(60):
            record = await consumer.getone()
        await consumer.commit()
    finally:
        await consumer.stop()
    return record.key


async def test_a_relay_publishes_its_own_topics_and_their_readers_read_them(guarded: str) -> None:
    await produce(guarded, "outcomes", PAY_CHANGES.name, relay="outcomes")
    assert await consume(guarded, "payroll", PAY_CHANGES.name, group="payroll.ledger") == b"somebody"
    await produce(guarded, "goals", GOALS.name, relay="goals")
    assert await consume(guarded, "outcomes", GOALS.name, group=group_of("outcomes")) == b"somebody"


@pytest.mark.parametrize(
    ("account", "topic", "relay"),
    [
        ("goals", OUTCOMES.name, "goals"),
        ("payroll", PAY_CHANGES.name, "payroll"),
        ("goals", GOALS.name, "outcomes"),
    ],
    ids=["another's topic", "a reader", "another's transactional id"],
)
async def test_nobody_else_publishes(guarded: str, account: str, topic: str, relay: str) -> None:
    with pytest.raises(KafkaError) as refused:
        await produce(guarded, account, topic, relay=relay)
    assert "uthorization" in type(refused.value).__name__, refused.value


@pytest.mark.parametrize(
    ("account", "topic"), [("goals", PAY.name), ("payroll", PEOPLE.name), ("stranger", GOALS.name)]
)
async def test_nobody_else_reads_a_topic(guarded: str, account: str, topic: str) -> None:
    with pytest.raises((TopicAuthorizationFailedError, GroupAuthorizationFailedError)):
        await consume(guarded, account, topic, group=group_of(account))


async def test_nobody_reads_in_another_services_group(guarded: str) -> None:
    await produce(guarded, "goals", GOALS.name, relay="goals")
    with pytest.raises(GroupAuthorizationFailedError):
        await consume(guarded, "outcomes", GOALS.name, group=group_of("reviews"))


def test_every_declared_reader_and_producer_is_granted_just_that() -> None:
    read = {
        (each.account, each.name) for each in grants() if "read" in each.operations and each.name in TOPICS
    }
    written = {
        (each.account, each.name) for each in grants() if each.name in TOPICS and "write" in each.operations
    }
    assert read == {(reader, topic.name) for topic in TOPICS.values() for reader in topic.readers}
    assert written == {(topic.producer, topic.name) for topic in TOPICS.values()}


def test_the_printed_lines_are_arguments_of_kafkas_own_command() -> None:
    lines = plumbline("topics", "acls", "--prefix", "User:CN=").splitlines()
    assert len(lines) == len(grants())
    topic = f"--operation Write --operation Describe --topic {PAY_CHANGES.name}"
    assert f"--add --allow-principal User:CN=outcomes {topic}" in lines
    group = "--operation Read --group payroll. --resource-pattern-type prefixed"
    assert f"--add --allow-principal User:CN=payroll {group}" in lines
