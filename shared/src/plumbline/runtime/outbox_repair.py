"""What an outbox cannot send, as an operator sees it, and how a quarantined row is tried again."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.access import Action
from plumbline.runtime.database import raw
from plumbline.runtime.operators import Operator
from plumbline.runtime.outbox import CHANNEL

_QUARANTINED = """
SELECT q.id, q.topic, q.key, q.sequence, q.reason, q.quarantined_at,
       (SELECT count(*) FROM outbox AS o WHERE o.topic = q.topic AND o.key = q.key AND o.id > q.id) AS behind
FROM outbox_quarantine AS q ORDER BY q.id
"""
_HELD = """
SELECT h.topic, h.reason, h.held_since, count(*) AS rows
FROM outbox_held AS h JOIN outbox AS o USING (topic) GROUP BY h.topic ORDER BY h.topic
"""
# With its old id it stands before the rows that waited behind it.
_RELEASE = """
WITH moved AS (
    DELETE FROM outbox_quarantine WHERE id = $1 RETURNING id, topic, key, payload, headers, event_id, sequence
)
INSERT INTO outbox (id, topic, key, payload, headers, event_id, sequence) OVERRIDING SYSTEM VALUE
SELECT * FROM moved RETURNING topic, key
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedRow:
    """An event that can never be sent as it is; ``behind`` counts the later ones of its topic and key, which wait."""

    id: int
    topic: str
    key: str
    sequence: int | None
    reason: str
    quarantined_at: datetime
    behind: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldTopic:
    """A topic that the broker refuses, why and since when, and how many events of it wait; the relay goes on trying."""

    topic: str
    reason: str
    held_since: datetime
    rows: int


async def list_quarantined(tx: AsyncConnection) -> list[QuarantinedRow]:
    """Every quarantined row, oldest first, without its payload."""
    return [QuarantinedRow(**row) for row in await (await raw(tx)).fetch(_QUARANTINED)]


async def list_held(tx: AsyncConnection) -> list[HeldTopic]:
    """Every topic of which events wait because the broker refuses it."""
    return [HeldTopic(**row) for row in await (await raw(tx)).fetch(_HELD)]


async def release(tx: AsyncConnection, row_id: int, *, by: Operator) -> None:
    """Put a quarantined row back before those that wait behind it; the relay sends it, or quarantines it again.

    An entry of the audit log says who did.

    Raises:
        LookupError: no row of that id is quarantined.
    """
    driver = await raw(tx)
    row = await driver.fetchrow(_RELEASE, row_id)
    if row is None:
        raise LookupError(f"no quarantined row {row_id}; `plumbline quarantine list` shows them")
    about = f"release: quarantined event {row_id} of {row['topic']}"
    await by.note(tx, subject=row["key"], action=Action.DECIDE, purpose=about)
    await driver.execute("SELECT pg_notify($1, '')", CHANNEL)
