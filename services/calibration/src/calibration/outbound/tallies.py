"""How many people of a group were proposed and have which rating, counted by the database."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from calibration.domain.own_case import Reader
from plumbline.runtime.database import raw

_TALLY = """
SELECT c.division, c.proposed, c.rating, count(*) AS people
FROM rated_case AS c JOIN session AS s USING (session_id)
WHERE ($1::uuid IS NULL OR c.session_id = $1) AND c.cycle_id = $2 AND ($3::text[] IS NULL OR c.division = ANY($3))
  AND s.state IN ('open', 'final')
  AND NOT (c.person_id = $4 AND NOT ($5::bool AND s.state = 'final'))
GROUP BY c.division, c.proposed, c.rating
"""

Tally = Mapping[tuple[int, int], int]
"""(proposed rating, rating as it stands) → people."""


async def count_ratings(
    tx: AsyncConnection,
    cycle_id: UUID,
    *,
    reader: Reader,
    session_id: UUID | None = None,
    divisions: Sequence[str] | None = None,
) -> dict[str, Tally]:
    """The ratings of one session, of divisions or of the whole cycle by division, without the reader's own until its release."""
    rows = await (await raw(tx)).fetch(
        _TALLY, session_id, cycle_id, divisions, reader.person_id, reader.released
    )
    found: dict[str, dict[tuple[int, int], int]] = {}
    for row in rows:
        found.setdefault(row["division"], {})[row["proposed"], row["rating"]] = row["people"]
    return dict(found)
