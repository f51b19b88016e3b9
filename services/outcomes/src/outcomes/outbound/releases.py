"""Releases the ratings of a session when all of its chunks are here and agree with the announced digest."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.database import raw

# The digest is over the sorted lines "person:revision:rating", sorted as bytes.
_COMPLETE = """
SELECT c.session_id, c.revision, c.people = r.people AND c.digest = r.digest AS right
FROM (
    SELECT session_id, revision, min(people) AS people, min(digest) AS digest FROM rating_chunk
    WHERE (session_id, revision) IN (SELECT * FROM unnest($1::uuid[], $2::int[]))
    GROUP BY session_id, revision HAVING count(*) = min(chunks)
) AS c
JOIN LATERAL (
    SELECT count(*) AS people, encode(sha256(convert_to(string_agg(
        person_id || ':' || revision || ':' || rating, E'\n' ORDER BY person_id COLLATE "C", revision
    ), 'UTF8')), 'hex') AS digest
    FROM waiting_rating
    WHERE cycle_id = ANY($3::uuid[]) AND session_id = c.session_id AND session_revision = c.revision
) AS r ON true
"""
_RELEASE = """
UPDATE rating_chunk SET released = true
WHERE (session_id, revision) IN (SELECT * FROM unnest($1::uuid[], $2::int[]))
"""
_FINALIZE_SESSIONS = """
UPDATE session AS s SET finalized_on = c.finalized_on
FROM (
    SELECT DISTINCT session_id, finalized_on FROM rating_chunk
    WHERE (session_id, revision) IN (SELECT * FROM unnest($1::uuid[], $2::int[]))
) AS c
WHERE s.session_id = c.session_id AND s.finalized_on IS NULL
"""


async def release_complete(
    tx: AsyncConnection, revisions: Sequence[tuple[UUID, int]], cycle_ids: Sequence[UUID]
) -> list[UUID]:
    """Release the ratings of the sessions whose chunks are all there; returns sessions whose digest differs.

    ``cycle_ids`` are the sessions' cycles.
    """
    driver = await raw(tx)
    sessions, numbers = [session for session, _ in revisions], [number for _, number in revisions]
    complete = await driver.fetch(_COMPLETE, sessions, numbers, cycle_ids)
    right = [(row["session_id"], row["revision"]) for row in complete if row["right"]]
    if right:
        sessions, numbers = [session for session, _ in right], [number for _, number in right]
        await driver.execute(_RELEASE, sessions, numbers)
        await driver.execute(_FINALIZE_SESSIONS, sessions, numbers)
    return [row["session_id"] for row in complete if not row["right"]]
