"""A real broker that allows what the declarations say, and nothing else."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError

sys.path.insert(0, str(Path(__file__).parent))
from guarded import guarded_broker, password_of, plumbline

from plumbline.contracts.grants import grants, group_of, relay_of
from plumbline.contracts.topics import GOALS, OUTCOMES, PAY, PAY_CHANGES, PEOPLE, TOPICS

ACCOUNTS = ("goals", "outcomes", "payroll", "stranger")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where accounts find a broker that allows what the command prints."""
    with guarded_broker(tmp_path_factory.mktemp("guarded"), accounts=ACCOUNTS) as broker:
        yield broker.passwords


def signed_in(account: str) -> dict[str, Any]:
    return {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": account,
        "sasl_plain_password": password_of(account),
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
