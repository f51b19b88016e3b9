"""Events to publish, written in the transaction of the state change that they announce."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

import asyncpg
import sqlalchemy as sa
from pydantic_core import from_json, to_json
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils import uuid7

from plumbline.contracts.event import Event
from plumbline.runtime.database import raw, runtime_metadata
from plumbline.runtime.telemetry import current_traceparent

CHANNEL = "plumbline_outbox"
SCHEMAS = "urn:plumbline:schema:"

# ``headers`` holds what the records of one transaction have in common, as JSON; what tells them apart has columns.
outbox = sa.Table(
    "outbox",
    runtime_metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True, cache=1), primary_key=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("headers", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text),
    sa.Column("sequence", sa.BigInteger),
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
    sa.Column("event_id", sa.Text),
    sa.Column("sequence", sa.BigInteger),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("quarantined_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Index("outbox_quarantine_key", "topic", "key"),
)

# Topics that the broker refuses for now, as the leading relay last found: for people, who can mend it.
held = sa.Table(
    "outbox_held",
    runtime_metadata,
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("held_since", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
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
SELECT $1, * FROM unnest($2::text[], $3::bigint[])
ON CONFLICT (topic, aggregate) DO UPDATE SET last = s.last + excluded.last
RETURNING aggregate, last
"""
# The usual case: one event each.
_TAKE_ONE = """
INSERT INTO outbox_sequence AS s (topic, aggregate, last)
SELECT $1, aggregate, 1 FROM unnest($2::text[]) AS aggregate
ON CONFLICT (topic, aggregate) DO UPDATE SET last = s.last + 1
RETURNING aggregate, last
"""
_COLUMNS = ("topic", "key", "payload", "headers", "event_id", "sequence")


class Written(NamedTuple):
    """An event whose JSON is written already, for many at once; a test of the writer holds it to its contract."""

    contract: type[Event]
    aggregate: str
    payload: bytes


class Announcement(NamedTuple):
    """An event to publish and the division that it belongs to; ``correlation_id`` ties a flow together: a cycle, an import."""

    event: Event | Written
    division: str
    correlation_id: str


async def announce(
    tx: AsyncConnection, announcements: Sequence[Announcement], *, source: str, now: datetime
) -> None:
    """Write events into the outbox in the open transaction, each with the next sequence of its aggregate.

    ``source`` is the producing service's name. Nothing is published before the caller commits.
    """
    if not announcements:
        return
    driver = await raw(tx)
    by_topic: dict[str, list[Announcement]] = {}
    for each in announcements:
        by_topic.setdefault(_contract(each.event).TOPIC.name, []).append(each)
    headers = _Headers(source=source, now=now)
    for topic in sorted(by_topic):
        keys = [each.event.aggregate for each in by_topic[topic]]
        last = await _take_sequences(driver, topic, keys)
        records: list[tuple[str, str, bytes, str, str, int]] = []
        for key, (event, division, correlation_id) in zip(keys, by_topic[topic], strict=True):
            last[key] = sequence = last[key] + 1
            shared = headers.of(_contract(event), division, correlation_id)
            records.append((topic, key, _payload(event), shared, str(uuid7()), sequence))
        await driver.copy_records_to_table("outbox", records=records, columns=_COLUMNS)
    await driver.execute("SELECT pg_notify($1, '')", CHANNEL)


def _contract(event: Event | Written) -> type[Event]:
    return event.contract if isinstance(event, Written) else type(event)


def _payload(event: Event | Written) -> bytes:
    return event.payload if isinstance(event, Written) else event.__pydantic_serializer__.to_json(event)


class _Headers:
    """The CloudEvents headers that the records of one call have in common, as JSON text, one for each kind of event."""

    def __init__(self, *, source: str, now: datetime) -> None:
        self._common = {"ce_source": f"plumbline/{source}", "ce_time": now.isoformat()}
        if (traceparent := current_traceparent()) is not None:
            self._common["ce_traceparent"] = traceparent
        self._shared: dict[tuple[type[Event], str, str], str] = {}

    def of(self, contract: type[Event], division: str, correlation_id: str) -> str:
        """What a record shares with those of its kind."""
        kind = (contract, division, correlation_id)
        shared = self._shared.get(kind)
        if shared is None:
            shared = self._shared[kind] = self._write_shared(*kind)
        return shared

    def _write_shared(self, contract: type[Event], division: str, correlation_id: str) -> str:
        headers = {"ce_type": contract.TYPE, "ce_division": division, "ce_correlationid": correlation_id}
        return to_json(self._common | headers).decode()


def complete_headers(
    shared: str, key: bytes, event_id: str | None, sequence: int | None
) -> list[tuple[str, bytes]]:
    """All CloudEvents headers of a record, given its outbox row."""
    headers = [*_shared_headers(shared), ("ce_subject", key), ("ce_partitionkey", key)]
    if event_id is not None:
        headers.append(("ce_id", event_id.encode()))
    if sequence is not None:
        headers.append(("ce_sequence", str(sequence).encode()))
    return headers


@lru_cache(maxsize=64)
def _shared_headers(text: str) -> tuple[tuple[str, bytes], ...]:
    stored: dict[str, str] = from_json(text)
    headers = {
        "ce_specversion": "1.0",
        "content-type": "application/json",
        "ce_dataschema": SCHEMAS + stored.get("ce_type", ""),
        **stored,
    }
    return tuple((name, value.encode()) for name, value in headers.items())


async def _take_sequences(driver: asyncpg.Connection, topic: str, keys: Sequence[str]) -> dict[str, int]:
    """Advance each aggregate's sequence by its number of events; the answer is the last one used before."""
    counts = Counter(keys)
    ordered = sorted(counts)
    if len(counts) == len(keys):
        return {key: last - 1 for key, last in await driver.fetch(_TAKE_ONE, topic, ordered)}
    taken = await driver.fetch(_TAKE, topic, ordered, [counts[key] for key in ordered])
    return {key: last - counts[key] for key, last in taken}
