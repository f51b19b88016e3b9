"""Loads, saves and announces documented concerns."""

from collections.abc import Collection, Sequence
from dataclasses import astuple, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from feedback.domain.concern_steps import DocumentedConcern
from feedback.settings import SERVICE
from plumbline.contracts.feedback import ConcernChangedV1
from plumbline.runtime.database import raw
from plumbline.runtime.outbox import Announcement, announce

_COLUMNS = tuple(field.name for field in fields(DocumentedConcern))
_LOAD = f"SELECT {', '.join(_COLUMNS)} FROM concern WHERE concern_id = $1 FOR UPDATE"
_LATER = (
    "delivered_on",
    "acknowledged_on",
    "refusal_witnessed_on",
    "refusal_witnessed_by",
    "resource_offered_on",
    "resource",
)
_UPDATE = f"""
UPDATE concern SET {", ".join(f"{name} = ${place}" for place, name in enumerate(_LATER, start=2))}
WHERE concern_id = $1
"""
# Those that the viewer has to do with; what of them may be seen is decided afterwards.
_LIST = f"""
SELECT {", ".join(f"c.{name}" for name in _COLUMNS)} FROM concern AS c JOIN directory AS d USING (person_id)
WHERE c.cycle_id = $1
  AND ($3::bool OR c.division = ANY($4::text[]) OR c.person_id = $2 OR d.manager_id = $2)
ORDER BY c.person_id, c.occurred_on, c.concern_id
"""


async def insert_concerns(tx: AsyncConnection, concerns: Sequence[DocumentedConcern]) -> None:
    """Store new concerns with COPY."""
    driver = await raw(tx)
    # Row-level security takes no COPY, so the rows pass through a table of this transaction.
    await driver.execute("CREATE TEMPORARY TABLE incoming_concern (LIKE concern) ON COMMIT DROP")
    records = [astuple(each) for each in concerns]
    await driver.copy_records_to_table("incoming_concern", records=records, columns=_COLUMNS)
    names = ", ".join(_COLUMNS)
    await driver.execute(f"INSERT INTO concern ({names}) SELECT {names} FROM incoming_concern")


async def lock_concern(tx: AsyncConnection, concern_id: UUID) -> DocumentedConcern | None:
    """The concern, held until the transaction ends; None when there is none that the role sees."""
    row = await (await raw(tx)).fetchrow(_LOAD, concern_id)
    return None if row is None else _read({**row})


async def update_concern(tx: AsyncConnection, concern: DocumentedConcern) -> None:
    """Store what happened to the concern since it was recorded."""
    later = [getattr(concern, name) for name in _LATER]
    await (await raw(tx)).execute(_UPDATE, concern.concern_id, *later)


async def list_concerns(
    tx: AsyncConnection, cycle_id: UUID, *, viewer: str, everywhere: bool, divisions: Collection[str]
) -> list[DocumentedConcern]:
    """The concerns of a cycle that the viewer has to do with."""
    rows = await (await raw(tx)).fetch(_LIST, cycle_id, viewer, everywhere, list(divisions))
    return [_read({**row}) for row in rows]


async def announce_concerns(
    tx: AsyncConnection, concerns: Sequence[DocumentedConcern], *, now: datetime
) -> None:
    """Say how these concerns now stand: days and the gap's code, no text, no author."""
    announcements = [
        Announcement(
            event=ConcernChangedV1(
                concern_id=each.concern_id,
                cycle_id=each.cycle_id,
                person_id=each.person_id,
                gap=each.gap,
                occurred_on=each.occurred_on,
                recorded_on=each.recorded_on,
                delivered_on=each.delivered_on,
                acknowledged_on=each.acknowledged_on,
                refusal_witnessed_on=each.refusal_witnessed_on,
                resource_offered_on=each.resource_offered_on,
            ),
            division=each.division,
            correlation_id=str(each.cycle_id),
        )
        for each in concerns
    ]
    await announce(tx, announcements, source=SERVICE.name, now=now)


def _read(row: dict[str, Any]) -> DocumentedConcern:
    return DocumentedConcern(**row)
