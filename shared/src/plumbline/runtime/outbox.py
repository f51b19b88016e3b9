"""Events to publish, written in the transaction of the state change that they announce."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils import uuid7

from plumbline.contracts.event import Event
from plumbline.runtime.database import raw, runtime_metadata
from plumbline.runtime.telemetry import current_traceparent

CHANNEL = "plumbline_outbox"
SCHEMAS = "urn:plumbline:schema:"

outbox = sa.Table(
    "outbox",
    runtime_metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True, cache=1), primary_key=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("headers", sa.Text, nullable=False),
    sa.Column("written_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
)

quarantine = sa.Table(
    "outbox_quarantine",
    runtime_metadata,
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("headers", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("quarantined_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Index("outbox_quarantine_key", "topic", "key"),
)

sequences = sa.Table(
    "outbox_sequence",
    runtime_metadata,
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("aggregate", sa.Text, primary_key=True),
    sa.Column("last", sa.BigInteger, nullable=False),
)

# The row of (topic, aggregate) stays locked until the transaction ends, so that sequences have no gaps and
# the rows of one key get their outbox ids in the order in which their transactions commit.
_TAKE = """
INSERT INTO outbox_sequence AS s (topic, aggregate, last)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
ON CONFLICT (topic, aggregate) DO UPDATE SET last = s.last + excluded.last
RETURNING topic, aggregate, last
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """An event to publish and the division that it belongs to; ``correlation_id`` ties a flow together."""

    event: Event
    division: str
    correlation_id: str | None = None


async def announce(
    tx: AsyncConnection, announcements: Sequence[Announcement], *, source: str, now: datetime
) -> None:
    """Write events into the outbox in the open transaction, each with the next sequence of its aggregate.

    ``source`` is the producing service's name. Nothing is published before the caller commits.
    """
    if not announcements:
        return
    driver = await raw(tx)
    upcoming = await _take_sequences(driver, announcements)
    traceparent = current_traceparent()
    time = now.isoformat()
    records: list[tuple[str, str, bytes, str]] = []
    for announcement in announcements:
        event = announcement.event
        aggregate = (event.TOPIC.name, event.aggregate)
        upcoming[aggregate] += 1
        headers = {
            "ce_specversion": "1.0",
            "ce_id": str(uuid7()),
            "ce_source": f"plumbline/{source}",
            "ce_type": event.TYPE,
            "ce_subject": aggregate[1],
            "ce_time": time,
            "ce_dataschema": SCHEMAS + event.TYPE,
            "ce_partitionkey": aggregate[1],
            "ce_sequence": str(upcoming[aggregate]),
            "ce_division": announcement.division,
            "content-type": "application/json",
        }
        if announcement.correlation_id is not None:
            headers["ce_correlationid"] = announcement.correlation_id
        if traceparent is not None:
            headers["ce_traceparent"] = traceparent
        payload = event.__pydantic_serializer__.to_json(event)
        records.append((*aggregate, payload, json.dumps(headers)))
    await driver.copy_records_to_table(
        "outbox", records=records, columns=("topic", "key", "payload", "headers")
    )
    await driver.execute("SELECT pg_notify($1, '')", CHANNEL)


async def _take_sequences(
    driver: asyncpg.Connection, announcements: Sequence[Announcement]
) -> Counter[tuple[str, str]]:
    """Advance each aggregate's sequence by its number of events; the answer is the last one used before."""
    counts = Counter((each.event.TOPIC.name, each.event.aggregate) for each in announcements)
    ordered = sorted(counts)
    topics, aggregates = [topic for topic, _ in ordered], [aggregate for _, aggregate in ordered]
    taken = await driver.fetch(_TAKE, topics, aggregates, [counts[pair] for pair in ordered])
    last: Counter[tuple[str, str]] = Counter()
    for row in taken:
        pair = (row["topic"], row["aggregate"])
        last[pair] = row["last"] - counts[pair]
    return last
