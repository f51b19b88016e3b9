"""How many people of each session were proposed and have which rating, counted by the database."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from calibration.domain.own_case import Reader
from calibration.domain.small_groups import Tally
from calibration.outbound.sessions import uuid_of
from plumbline.runtime.database import raw

_TALLY = """
SELECT c.session_id, c.proposed, c.rating, count(*) AS people
FROM rated_case AS c JOIN session AS s USING (session_id)
WHERE c.cycle_id = $1 AND c.division = ANY($2::text[]) AND s.state IN ('open', 'final')
  AND NOT (c.person_id = $3 AND NOT ($4::bool AND s.state = 'final'))
GROUP BY c.session_id, c.proposed, c.rating
"""


async def count_ratings(
    tx: AsyncConnection, cycle_id: UUID, *, reader: Reader, divisions: Sequence[str]
) -> dict[UUID, Tally]:
    """The ratings of these divisions by session, without the reader's own until its release."""
    rows = await (await raw(tx)).fetch(_TALLY, cycle_id, list(divisions), reader.person_id, reader.released)
    found: dict[UUID, dict[tuple[int, int], int]] = {}
    for row in rows:
        found.setdefault(uuid_of(row["session_id"]), {})[row["proposed"], row["rating"]] = row["people"]
    return dict(found)
