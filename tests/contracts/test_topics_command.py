"""The commands that make the declared topics and read them, on a broker that has none."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from plumbline.contracts.topics import GOALS, PAY, TOPICS
from plumbline.runtime.topics import apply
from plumbline_local.kafka import Kafka


async def plumbline(folder: Path, bootstrap: str, *arguments: str) -> str:
    """What a command prints about a stack of which there is only a broker."""
    (folder / "state.json").write_text(
        json.dumps({"folder": str(folder), "kafka": bootstrap, "services": []})
    )
    command = [str(Path(sys.executable).with_name("plumbline")), *arguments]
    told = {**os.environ, "PLUMBLINE_STATE": str(folder)}
    done = await asyncio.to_thread(subprocess.run, command, check=True, stdout=subprocess.PIPE, env=told)
    return done.stdout.decode()


async def describe(bootstrap: str) -> dict[str, tuple[int, dict[str, str]]]:
    """Each declared topic's partitions and settings, as the broker has them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        described: list[dict[str, Any]] = await admin.describe_topics(list(TOPICS))
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in TOPICS]
        answers: Any = await admin.describe_configs(resources)
    finally:
        await admin.close()
    settings = {
        name: {key: value for key, value, *_ in entries}
        for answer in answers
        for _, _, _, name, entries in answer.resources
    }
    return {each["topic"]: (len(each["partitions"]), settings[each["topic"]]) for each in described}


async def send(bootstrap: str, topic: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        await producer.send_and_wait(
            topic, b'{"title": "Ship"}', key=b"goal-1", headers=[("ce_type", b"test")]
        )
    finally:
        await producer.stop()


async def made_everywhere(bootstrap: str) -> None:
    """Until the broker has what its controller has made."""
    async with asyncio.timeout(60):
        while (await apply(bootstrap, dry_run=True)).created:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)


async def test_declared_topics_are_made_once_and_read_back_as_json_lines(
    private_kafka: Kafka, tmp_path: Path
) -> None:
    bootstrap = private_kafka.bootstrap
    would = json.loads(await plumbline(tmp_path, bootstrap, "topics", "apply", "--dry-run", "--json"))
    assert (set(would["created"]), would["present"], would["dry_run"]) == (set(TOPICS), [], True)
    made = json.loads(await plumbline(tmp_path, bootstrap, "topics", "apply", "--json"))
    assert (set(made["created"]), made["present"]) == (set(TOPICS), [])
    await made_everywhere(bootstrap)
    again = await plumbline(tmp_path, bootstrap, "topics", "apply")
    assert again == f"created: none; there already: {len(TOPICS)}\n"

    found = await describe(bootstrap)
    assert {name: partitions for name, (partitions, _) in found.items()} == {
        name: topic.partitions for name, topic in TOPICS.items()
    }
    assert found[PAY.name][1]["cleanup.policy"] == "compact"
    assert (found[GOALS.name][1]["cleanup.policy"], found[GOALS.name][1]["retention.ms"]) == ("delete", "-1")

    await send(bootstrap, GOALS.name)
    (line,) = (
        await plumbline(tmp_path, bootstrap, "events", "tail", GOALS.name, "--no-follow", "--json")
    ).splitlines()
    told = json.loads(line)
    assert (told["topic"], told["payload"], told["headers"]) == (
        GOALS.name,
        {"title": "Ship"},
        {"ce_type": "test"},
    )
