"""Notes in the audit log everybody whose pay a command about something else decided: one entry a person."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime import audit
from plumbline.runtime.access import Action, Resource
from plumbline.runtime.database import raw

_AWARDED = """
SELECT person_id FROM award
WHERE cycle_id = $1 AND pool_id = ANY($2::uuid[]) AND award IS NOT NULL AND state <> 'superseded'
ORDER BY person_id
"""
_LEFT_OUT = """
SELECT d.person_id FROM session AS s
JOIN directory AS d ON d.division = s.division AND d.department = s.department AND d.status <> 'left'
WHERE s.session_id = $1 ORDER BY d.person_id
"""


async def note_awarded(
    tx: AsyncConnection, cycle_id: UUID, pool_ids: Sequence[UUID], *, who: str, why: str, now: datetime
) -> None:
    """Whose awards were computed because a command completed these pools."""
    if pool_ids:
        rows = await (await raw(tx)).fetch(_AWARDED, cycle_id, list(pool_ids))
        people = [row["person_id"] for row in rows]
        await _note(tx, people, Resource.AWARD, who=who, purpose=f"pool awarded: {why}", now=now)


async def note_left_out(tx: AsyncConnection, session_id: UUID, *, who: str, now: datetime) -> None:
    """Who works in the department whose session was left out of its pools."""
    people = [row["person_id"] for row in await (await raw(tx)).fetch(_LEFT_OUT, session_id)]
    await _note(tx, people, Resource.POOL, who=who, purpose="session excluded", now=now)


async def _note(
    tx: AsyncConnection, people: Sequence[str], resource: Resource, *, who: str, purpose: str, now: datetime
) -> None:
    entries = [
        audit.AuditEntry(who=who, action=Action.DECIDE, resource=resource, subject=each, purpose=purpose)
        for each in people
    ]
    await audit.record(tx, entries, service="outcomes", now=now)
