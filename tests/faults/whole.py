"""The whole stack as the tests look at it: every database, every topic and every consumer."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from acting import without_members
from oracle import Database
from processes import kill, supervisor_asleep
from wire import Records, acknowledged, last_records, read_topic, rewind

from plumbline.contracts.event import Event
from plumbline.contracts.topics import TOPICS
from plumbline.runtime.directory import directory
from plumbline.runtime.service import find, load
from plumbline.runtime.status import lag
from plumbline_local.state import StackState

PEOPLE_SERVICE = "people"
COLUMNS = ", ".join(column.name for column in directory.columns)
NOTHING = (0, 0, 0, 0)
# Seconds until everything has come to rest, on a busy machine.
LONGEST = 240.0
LEFT_OVER = """
SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM outbox_quarantine),
       (SELECT count(*) FROM inbox_waiting), (SELECT count(*) FROM inbox_parked)
"""
Parked = tuple[str, str | None, int | None]


def contracts_of(service: str) -> list[type[Event]]:
    """What a service does something with, in the order of its handlers."""
    return [handler.event for handler in load(find(service).handlers)]


def topics_of(service: str) -> list[str]:
    return sorted({contract.TOPIC.name for contract in contracts_of(service)})


@dataclass(frozen=True, kw_only=True)
class Whole:
    """Every service of a stack."""

    stack: StackState

    @property
    def services(self) -> list[str]:
        return [each.name for each in self.stack.services]

    @property
    def consumers(self) -> list[str]:
        """The services that read anything."""
        return [name for name in self.services if contracts_of(name)]

    def database(self, service: str) -> Database:
        return Database(stack=self.stack, service=service)

    async def quiet(self) -> None:
        """Wait until everything is published and read to its end."""
        topics = {name: topics_of(name) for name in self.consumers}
        async with asyncio.timeout(LONGEST):
            while await self._is_moving(topics):  # noqa: ASYNC110 - other processes
                await asyncio.sleep(0.1)

    async def _is_moving(self, topics: Mapping[str, Sequence[str]]) -> bool:
        """Whether anything is still to be read or published, or was published while we looked.

        Who has read everything may have written because of it, and what is published has to be read: only when nothing
        came on the topics from the first look to the last is what each look saw true at once.
        """
        kafka = self.stack.kafka
        before = await last_records(kafka, TOPICS)
        for name, each in topics.items():
            places = await acknowledged(kafka, f"pm.{name}")
            if any(places.get(place, 0) <= last for place, last in before.items() if place.topic in each):
                return True
        if any(outbox for outbox, *_ in (await self.left_over()).values()):
            return True
        return await last_records(kafka, TOPICS) != before

    async def left_over(self) -> dict[str, tuple[int, ...]]:
        """Of each service the rows in the outbox, in quarantine, waiting and parked."""
        return {name: tuple((await self.database(name).fetch(LEFT_OVER))[0]) for name in self.services}

    async def people(self) -> list[tuple[object, ...]]:
        return await self._rows(PEOPLE_SERVICE, "person")

    async def directories(self) -> dict[str, list[tuple[object, ...]]]:
        return {name: await self._rows(name, "directory") for name in self.consumers}

    async def _rows(self, service: str, table: str) -> list[tuple[object, ...]]:
        query = f"SELECT {COLUMNS} FROM {table} ORDER BY person_id"
        return [tuple(row) for row in await self.database(service).fetch(query)]

    async def parked(self, service: str) -> list[Parked]:
        query = "SELECT topic, aggregate, sequence FROM inbox_parked WHERE settled_at IS NULL"
        return [tuple(row) for row in await self.database(service).fetch(query)]

    async def topics(self) -> dict[str, Records]:
        """Every topic with every committed record."""
        return {name: await read_topic(self.stack.kafka, name) for name in TOPICS}

    async def counters(self, topic: str) -> dict[str, int]:
        """The last sequence that the topic's producer gave to each aggregate."""
        producer = self.database(TOPICS[topic].producer)
        rows = await producer.fetch("SELECT aggregate, last FROM outbox_sequence WHERE topic = $1", topic)
        return {row["aggregate"]: row["last"] for row in rows}

    async def checksums(self) -> dict[str, dict[str, str | None]]:
        return {name: await self.database(name).checksums() for name in self.services}

    async def read_everything_again(self) -> dict[str, int]:
        """Let every group begin at the beginning; returns how many records each has to read."""
        kafka = self.stack.kafka
        with supervisor_asleep(self.stack):
            for name in self.consumers:
                kill(self.stack, name)
            await asyncio.gather(*(without_members(kafka, f"pm.{name}") for name in self.consumers))
            again = {name: await rewind(kafka, f"pm.{name}", topics_of(name)) for name in self.consumers}
            assert {name: await lag(kafka, f"pm.{name}") for name in self.consumers} == again
        await self.quiet()
        return again


def sequences_of(records: Records) -> dict[str, list[int]]:
    """Of each aggregate its sequences in the order of their first record."""
    found: dict[str, list[int]] = {}
    for key, sequence, _ in records:
        seen = found.setdefault(key, [])
        if sequence not in seen:
            seen.append(sequence)
    return found


def contents_of(records: Records) -> dict[tuple[str, int], list[dict[str, Any]]]:
    """What was sent under each sequence, each different text once."""
    found: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for key, sequence, payload in records:
        texts = found.setdefault((key, sequence), [])
        if payload not in texts:
            texts.append(payload)
    return found
