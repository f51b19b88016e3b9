"""A trace stays whole from the consumed event to what is announced because of it, and on to the broker."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.contracts.people import LeaveStateV1
from plumbline.runtime.inbox import Handler, Inbox
from plumbline.runtime.message import Message, Received
from plumbline.runtime.outbox import Announcement, announce
from plumbline.runtime.settings import Settings
from plumbline.runtime.telemetry import set_up_telemetry
from plumbline_local.testing import MakeDatabase
from plumbline_local.testing_databases import connected

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
NOW = datetime(2026, 12, 1, tzinfo=UTC)


async def echo(tx: AsyncConnection, batch: Sequence[Received[LeaveStateV1]]) -> None:
    """Announce what came in, as a service does that decides something from it."""
    announcements = [
        Announcement(event=each.event, division="Engineering", correlation_id="import") for each in batch
    ]
    await announce(tx, announcements, source="people", now=NOW)


async def test_what_a_consumer_announces_continues_the_trace_of_what_it_consumed(
    database: MakeDatabase,
) -> None:
    set_up_telemetry(service="tests", settings=Settings())
    headers = {
        "ce_type": LeaveStateV1.TYPE,
        "ce_sequence": "1",
        "ce_traceparent": f"00-{TRACE}-00f067aa0ba902b7-01",
    }
    message = Message(
        topic=LeaveStateV1.TOPIC.name,
        partition=0,
        offset=0,
        key="jane",
        headers=headers,
        payload=LeaveStateV1(person_id="jane").model_dump_json().encode(),
    )
    async with connected(database("people").worker_url) as engine:
        inbox = Inbox(engine, consumer="pm.tests", handlers=[Handler(event=LeaveStateV1, apply=echo)])
        await inbox.receive([message])
        async with engine.begin() as tx:
            written = json.loads(await tx.scalar(sa.text("SELECT headers FROM outbox")))
    _, trace, span, _ = written["ce_traceparent"].split("-")
    assert trace == TRACE
    assert span != "00f067aa0ba902b7", "the consumer is a span of its own"
