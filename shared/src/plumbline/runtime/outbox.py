"""Events to publish, written in the transaction of the state change that they announce."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import sqlalchemy as sa
from pydantic_core import to_json
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
    aggregates = [(each.event.TOPIC.name, each.event.aggregate) for each in announcements]
    upcoming = await _take_sequences(driver, aggregates)
    common = _common_headers(source=source, now=now)
    records: list[tuple[str, str, bytes, str]] = []
    for aggregate, announcement in zip(aggregates, announcements, strict=True):
        upcoming[aggregate] += 1
        headers = _headers(announcement, aggregate[1], upcoming[aggregate])
        payload = announcement.event.__pydantic_serializer__.to_json(announcement.event)
        records.append((*aggregate, payload, to_json(common | headers).decode()))
    await driver.copy_records_to_table(
        "outbox", records=records, columns=("topic", "key", "payload", "headers")
    )
    await driver.execute("SELECT pg_notify($1, '')", CHANNEL)


def _common_headers(*, source: str, now: datetime) -> dict[str, str]:
    """What all records of one call have in common."""
    headers = {
        "ce_specversion": "1.0",
        "ce_source": f"plumbline/{source}",
        "ce_time": now.isoformat(),
        "content-type": "application/json",
    }
    traceparent = current_traceparent()
    return headers if traceparent is None else {**headers, "ce_traceparent": traceparent}


def _headers(announcement: Announcement, aggregate: str, sequence: int) -> dict[str, str]:
    """What a record's headers say of its own event."""
    kind = announcement.event.TYPE
    headers = {
        "ce_id": str(uuid7()),
        "ce_type": kind,
        "ce_subject": aggregate,
        "ce_dataschema": SCHEMAS + kind,
        "ce_partitionkey": aggregate,
        "ce_sequence": str(sequence),
        "ce_division": announcement.division,
    }
    if announcement.correlation_id is not None:
        headers["ce_correlationid"] = announcement.correlation_id
    return headers


async def _take_sequences(
    driver: asyncpg.Connection, announced: Sequence[tuple[str, str]]
) -> Counter[tuple[str, str]]:
    """Advance each aggregate's sequence by its number of events; the answer is the last one used before."""
    counts = Counter(announced)
    ordered = sorted(counts)
    topics, aggregates = [topic for topic, _ in ordered], [aggregate for _, aggregate in ordered]
    taken = await driver.fetch(_TAKE, topics, aggregates, [counts[pair] for pair in ordered])
    last: Counter[tuple[str, str]] = Counter()
    for row in taken:
        pair = (row["topic"], row["aggregate"])
        last[pair] = row["last"] - counts[pair]
    return last
