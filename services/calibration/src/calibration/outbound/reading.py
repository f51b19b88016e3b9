"""What the pages show of a session's cases and moves."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from calibration.domain.own_case import Reader
from calibration.domain.session import Session
from plumbline.runtime.database import raw

_CASES = """
SELECT c.person_id, c.manager_id, c.proposed, c.rating, c.state, c.settled_by, c.final, c.revision,
       d.team, d.level, d.job_family, x.difficulty, x.team_maturity, x.conditions, x.recorded_by,
       (SELECT avg(a.score) FROM attainment AS a
        WHERE a.cycle_id = c.cycle_id AND a.person_id = c.person_id) AS attainment
FROM rated_case AS c LEFT JOIN directory AS d USING (person_id)
LEFT JOIN context AS x ON x.session_id = c.session_id AND x.person_id = c.person_id
WHERE c.session_id = $1 AND c.person_id <> $2 ORDER BY c.person_id
"""
_MOVES = """
SELECT adjustment_id, person_id, rating_from, rating_to, rationale, evidence, own_report, proposed_by, proposed_at,
       supported_by, state
FROM adjustment WHERE session_id = $1 AND person_id <> $2 ORDER BY place
"""
_BUSINESS = """
SELECT avg(c.rating) FILTER (WHERE c.session_id = $2) AS rating,
       avg(a.score) FILTER (WHERE c.session_id = $2) AS attainment,
       avg(c.rating) AS all_rating, avg(a.score) AS all_attainment
FROM rated_case AS c JOIN session AS s USING (session_id)
LEFT JOIN (SELECT person_id, avg(score) AS score FROM attainment WHERE cycle_id = $1 GROUP BY person_id) AS a
  USING (person_id)
WHERE c.cycle_id = $1 AND c.session_id = ANY($3::uuid[]) AND s.state IN ('open', 'final')
  AND NOT (c.person_id = $4 AND NOT ($5::bool AND s.state = 'final'))
"""


_CHANGES = """
SELECT version, what, people, changed_by, changed_at FROM session_change
WHERE session_id = $1 AND version > $2 ORDER BY version
"""
# Who justified which flag is the facilitator's to see, and what was said of the own case nobody's: such changes have
# a version, and look alike.
_NOT_TOLD = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessResults:
    """The group's mean rating beside its goal attainment (1 = target met), and the division's; None: no data."""

    mean_rating: Decimal | None
    mean_attainment: Decimal | None
    division_mean_rating: Decimal | None
    division_mean_attainment: Decimal | None


async def list_case_rows(tx: AsyncConnection, session: Session, *, leave_out: str) -> list[Mapping[str, Any]]:
    """The session's cases with role, level, goal attainment and what the manager recorded."""
    rows = await (await raw(tx)).fetch(_CASES, session.session_id, leave_out)
    return [dict(row) for row in rows]


async def list_moves(tx: AsyncConnection, session_id: UUID, *, leave_out: str) -> list[Mapping[str, Any]]:
    """The session's moves in the order in which they were proposed."""
    rows = await (await raw(tx)).fetch(_MOVES, session_id, leave_out)
    return [{**dict(row), "evidence": json.loads(row["evidence"])} for row in rows]


async def list_changes_after(
    tx: AsyncConnection, session: Session, version: int, *, viewer: str
) -> list[dict[str, object]]:
    """What happened in the session after a version, as somebody may know it who reads its cases; the own one is left out."""
    rows = await (await raw(tx)).fetch(_CHANGES, session.session_id, version)
    return [_tell(dict(row), [person for person in row["people"] if person != viewer]) for row in rows]


def _tell(row: Mapping[str, Any], people: Sequence[str]) -> dict[str, object]:
    told = {
        "what": row["what"],
        "people": people,
        "by": row["changed_by"],
        "at": row["changed_at"].isoformat(),
    }
    return {"version": row["version"], **(told if people else {"what": _NOT_TOLD})}


async def read_business_results(
    tx: AsyncConnection, session: Session, *, reader: Reader, counted: Sequence[UUID]
) -> BusinessResults:
    """What the session's ratings stand beside; without the reader's own case until its release.

    The division's means are over the ``counted`` sessions.
    """
    row = await (await raw(tx)).fetchrow(
        _BUSINESS,
        session.cycle_id,
        session.session_id,
        counted,
        reader.person_id,
        reader.released,
    )
    found: Mapping[str, Any] = {} if row is None else dict(row)
    return BusinessResults(
        mean_rating=found.get("rating"),
        mean_attainment=found.get("attainment"),
        division_mean_rating=found.get("all_rating"),
        division_mean_attainment=found.get("all_attainment"),
    )
