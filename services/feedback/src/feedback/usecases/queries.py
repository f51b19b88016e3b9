"""Read-only views of rounds, notes, concerns and surveys."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.database import raw

# Those that the viewer has to do with: as the person, the manager, a rater, or by a role in the division.
_ROUNDS = """
SELECT r.round_id, r.person_id, r.division, r.state, r.published_on,
       EXISTS (SELECT FROM rater AS a WHERE a.round_id = r.round_id AND a.rater_id = $2 AND a.approved) AS is_rater
FROM feedback_round AS r JOIN directory AS d USING (person_id)
WHERE r.cycle_id = $1
  AND ($3::bool OR r.division = ANY($4::text[]) OR r.person_id = $2 OR d.manager_id = $2
       OR EXISTS (SELECT FROM rater AS a WHERE a.round_id = r.round_id AND a.rater_id = $2 AND a.approved))
ORDER BY r.person_id
"""
_COUNTS = """
SELECT r.division, r.state, count(*) AS rounds, count(*) FILTER (WHERE r.reciprocal) AS reciprocal,
       COALESCE(sum(a.asked), 0) AS asked, COALESCE(sum(COALESCE(r.responses, n.given)), 0) AS responses
FROM feedback_round AS r
LEFT JOIN (SELECT round_id, count(*) FILTER (WHERE approved) AS asked FROM rater GROUP BY round_id) AS a
    USING (round_id)
LEFT JOIN (SELECT round_id, count(*) AS given FROM answer GROUP BY round_id) AS n USING (round_id)
WHERE r.cycle_id = $1 AND ($2::bool OR r.division = ANY($3::text[]))
GROUP BY r.division, r.state ORDER BY r.division, r.state
"""
_GIVEN = "SELECT count(*) FROM answer WHERE round_id = $1"


async def list_rounds(
    tx: AsyncConnection, cycle_id: UUID, *, viewer: str, everywhere: bool, divisions: Collection[str]
) -> list[dict[str, Any]]:
    """The rounds of a cycle that the viewer has to do with."""
    rows = await (await raw(tx)).fetch(_ROUNDS, cycle_id, viewer, everywhere, list(divisions))
    return [{**row} for row in rows]


async def count_responses(
    tx: AsyncConnection, cycle_id: UUID, *, everywhere: bool, divisions: Collection[str]
) -> list[dict[str, Any]]:
    """Rounds, raters asked and answers given, by division and state of the round."""
    rows = await (await raw(tx)).fetch(_COUNTS, cycle_id, everywhere, list(divisions))
    return [
        {name: int(value) if name == "asked" or name == "responses" else value for name, value in row.items()}
        for row in rows
    ]


async def count_given(tx: AsyncConnection, round_id: UUID) -> int:
    """How many forms an open round has."""
    return int(await (await raw(tx)).fetchval(_GIVEN, round_id))
