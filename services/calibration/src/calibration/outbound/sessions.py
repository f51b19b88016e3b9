"""Loads sessions, their cases and the moves that wait for a supporter."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from calibration.domain.session import Adjustment, Case, CaseState, Session
from plumbline.runtime.database import raw

_SESSION = """
SELECT s.session_id, s.cycle_id, s.division, s.department, s.facilitator_id, s.state, s.version, s.revision,
       c.period_start, c.period_end, c.released_on
FROM session AS s JOIN cycle AS c USING (cycle_id)
WHERE s.session_id = $1 AND s.facilitator_id IS NOT NULL
"""
_LOCK = " FOR UPDATE OF s"
_CASES = """
SELECT person_id, manager_id, proposed, rating, state FROM rated_case
WHERE session_id = $1 AND ($2::text[] IS NULL OR person_id = ANY($2)) AND ($3::text IS NULL OR state = $3)
ORDER BY person_id
"""
_WAITING = """
SELECT adjustment_id, person_id, rating_from, rating_to, proposed_by FROM adjustment
WHERE session_id = $1 AND state = 'awaiting_support' ORDER BY place
"""
# The managers of the department's people, and whoever leads those managers that belong to it.
_PARTICIPATES = """
SELECT EXISTS (SELECT FROM rated_case WHERE session_id = $1 AND manager_id = $2)
    OR EXISTS (SELECT FROM directory AS d
               WHERE d.manager_id = $2 AND d.division = $3 AND d.department = $4
                 AND EXISTS (SELECT FROM rated_case AS c
                             WHERE c.session_id = $1 AND c.manager_id = d.person_id))
"""
_LIST = """
SELECT s.session_id, s.cycle_id, s.division, s.department, s.facilitator_id, s.state, s.version, s.revision,
       s.people, s.opened_at, s.finalized_at
FROM session AS s WHERE s.cycle_id = $1 AND s.facilitator_id IS NOT NULL ORDER BY s.division, s.department
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSummary:
    """A session without anything of its people."""

    session_id: UUID
    division: str
    department: str
    facilitator_id: str
    state: str
    people: int | None


async def find_session(tx: AsyncConnection, session_id: UUID, *, lock: bool = False) -> Session | None:
    """The planned session, locked until the transaction ends if asked; None while its cycle is not known."""
    row = await (await raw(tx)).fetchrow(_SESSION + (_LOCK if lock else ""), session_id)
    if row is None:
        return None
    return Session(
        session_id=uuid_of(row["session_id"]),
        cycle_id=uuid_of(row["cycle_id"]),
        division=row["division"],
        department=row["department"],
        facilitator_id=row["facilitator_id"],
        state=row["state"],
        version=row["version"],
        revision=row["revision"],
        period_start=row["period_start"],
        period_end=row["period_end"],
        released_on=row["released_on"],
    )


async def list_sessions(tx: AsyncConnection, cycle_id: UUID) -> list[SessionSummary]:
    """The sessions of a cycle by division and department."""
    rows = await (await raw(tx)).fetch(_LIST, cycle_id)
    return [
        SessionSummary(
            session_id=uuid_of(row["session_id"]),
            division=row["division"],
            department=row["department"],
            facilitator_id=row["facilitator_id"],
            state=row["state"],
            people=row["people"],
        )
        for row in rows
    ]


async def participates(tx: AsyncConnection, session: Session, person_id: str) -> bool:
    """Whether somebody is a manager of the session's people, or their head."""
    found = await (await raw(tx)).fetchval(
        _PARTICIPATES, session.session_id, person_id, session.division, session.department
    )
    return bool(found)


async def load_cases(
    tx: AsyncConnection,
    session_id: UUID,
    *,
    only: Collection[str] | None = None,
    state: CaseState | None = None,
) -> list[Case]:
    """The session's cases, or those of the named people or in this state, by person."""
    rows = await (await raw(tx)).fetch(_CASES, session_id, None if only is None else sorted(only), state)
    return [
        Case(
            person_id=row["person_id"],
            manager_id=row["manager_id"],
            proposed=row["proposed"],
            rating=row["rating"],
            state=cast("CaseState", row["state"]),
        )
        for row in rows
    ]


async def load_waiting(tx: AsyncConnection, session_id: UUID) -> list[Adjustment]:
    """The moves that wait for a supporter, in the order in which they were proposed."""
    rows = await (await raw(tx)).fetch(_WAITING, session_id)
    return [
        Adjustment(
            adjustment_id=uuid_of(row["adjustment_id"]),
            person_id=row["person_id"],
            rating_from=row["rating_from"],
            rating_to=row["rating_to"],
            proposed_by=row["proposed_by"],
        )
        for row in rows
    ]


def uuid_of(value: object) -> UUID:
    """The driver's own kind of UUID as the standard one."""
    return UUID(str(value))
