"""Which sessions have all that they wait for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.database import raw

_COMPLETE = """
SELECT s.session_id, s.cycle_id, s.division, s.department, s.facilitator_id, s.people, s.digest
FROM session AS s
WHERE s.session_id = ANY($1::uuid[]) AND s.state = 'awaiting_inputs'
  AND s.people IS NOT NULL AND s.facilitator_id IS NOT NULL
  AND (SELECT count(*) FROM rated_case AS c WHERE c.session_id = s.session_id) >= s.people
ORDER BY s.session_id
"""
_PROPOSALS = "SELECT session_id, person_id, proposed FROM rated_case WHERE session_id = ANY($1::uuid[])"
_OPEN = """
UPDATE session SET state = 'open', opened_at = $2, version = 1 WHERE session_id = ANY($1::uuid[])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete:
    """A session of which as many proposals are in as its department has people."""

    session_id: UUID
    cycle_id: UUID
    division: str
    department: str
    facilitator_id: str
    people: int
    digest: str
    proposals: Sequence[tuple[str, str]]


async def find_complete(tx: AsyncConnection, session_ids: Collection[UUID]) -> list[Complete]:
    """Those of these sessions, locked by the caller, that may open if their digest agrees."""
    driver = await raw(tx)
    rows = await driver.fetch(_COMPLETE, sorted(session_ids))
    if not rows:
        return []
    proposals: dict[UUID, list[tuple[str, str]]] = {}
    for row in await driver.fetch(_PROPOSALS, [row["session_id"] for row in rows]):
        pair = (row["person_id"], str(row["proposed"]))
        proposals.setdefault(UUID(str(row["session_id"])), []).append(pair)
    return [
        Complete(
            session_id=UUID(str(row["session_id"])),
            cycle_id=UUID(str(row["cycle_id"])),
            division=row["division"],
            department=row["department"],
            facilitator_id=row["facilitator_id"],
            people=row["people"],
            digest=row["digest"],
            proposals=proposals.get(UUID(str(row["session_id"])), []),
        )
        for row in rows
    ]


async def save_opened(tx: AsyncConnection, session_ids: Sequence[UUID], *, at: datetime) -> None:
    """Open these sessions."""
    await (await raw(tx)).execute(_OPEN, list(session_ids), at)
