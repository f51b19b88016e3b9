"""A relay at work on a service's outbox, what is written for it, and what arrives."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline.contracts.topics import PAY_CHANGES
from plumbline.runtime.outbox import Announcement, announce
from plumbline.runtime.relay import Relay
from plumbline_local.databases import Database
from plumbline_local.testing_events import pay_changed

NOW = datetime(2026, 12, 1, tzinfo=UTC)


@asynccontextmanager
async def relaying(engine: AsyncEngine, base: Database, bootstrap: str) -> AsyncGenerator[Relay]:
    relay = Relay(engine, url=base.worker_url, service=base.name, bootstrap=bootstrap)
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def change(person: str) -> Announcement:
    return Announcement(event=pay_changed(person), division="Engineering", correlation_id="cycle")


async def write(engine: AsyncEngine, *changes: Announcement) -> None:
    async with engine.begin() as tx:
        await announce(tx, changes, source="outcomes", now=NOW)


async def published(
    bootstrap: str, people: set[str], count: int, *, topic: str = PAY_CHANGES.name
) -> list[ConsumerRecord[bytes, bytes]]:
    """The records of these people, once there are ``count``; and any that follow within half a second."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        group_id=None,
    )
    await consumer.start()
    found: list[ConsumerRecord[bytes, bytes]] = []
    try:
        async with asyncio.timeout(60):
            while True:
                batches = await consumer.getmany(timeout_ms=500)
                records = [record for batch in batches.values() for record in batch]
                found += [record for record in records if (record.key or b"").decode() in people]
                if len(found) >= count and not batches:
                    return found
    finally:
        await consumer.stop()


async def drained(engine: AsyncEngine, *, left: Sequence[str] = ()) -> None:
    """Wait until the outbox has rows of these keys alone: what is published is deleted a moment later."""
    async with asyncio.timeout(60):
        while True:
            async with engine.begin() as tx:
                keys = (await tx.execute(sa.text("SELECT key FROM outbox ORDER BY id"))).scalars().all()
            if list(keys) == list(left):
                return
            await asyncio.sleep(0.05)


def idle_of(patch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set each time a relay that found nothing to publish begins to wait for more."""
    idle, wait = asyncio.Event(), Relay._wait_for_more

    async def note_and_wait(self: Relay) -> None:
        idle.set()
        await wait(self)

    patch.setattr(Relay, "_wait_for_more", note_and_wait)
    return idle


def sequences(records: list[ConsumerRecord[bytes, bytes]], person: str) -> list[int]:
    mine = [record for record in records if (record.key or b"").decode() == person]
    return [int(dict(record.headers)["ce_sequence"]) for record in mine]
