"""Keeps the chunks of finalized ratings, and the ratings once a revision is complete."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.contracts.calibration import RatingsFinalizedV1, SessionFinalizedV1
from plumbline.runtime.database import raw

_ADD_CHUNK = """
INSERT INTO rating_chunks (session_id, revision, chunk, cycle_id, division, chunks, people, digest,
                           finalized_on, person_ids, ratings, revisions)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT DO NOTHING
"""
_LOCK = "SELECT FROM planned_sessions WHERE session_id = ANY($1::uuid[]) ORDER BY session_id FOR UPDATE"
_COMPLETE = """
SELECT c.* FROM rating_chunks AS c
WHERE (c.session_id, c.revision) IN (
    SELECT n.session_id, n.revision FROM unnest($1::uuid[], $2::int[]) AS n (session_id, revision)
    JOIN rating_chunks AS have USING (session_id, revision)
    GROUP BY n.session_id, n.revision HAVING count(*) = max(have.chunks)
)
ORDER BY c.session_id, c.revision, c.chunk
"""
_STORE = """
INSERT INTO final_ratings AS f (cycle_id, person_id, division, session_id, rating, revision, finalized_on)
SELECT DISTINCT ON (cycle_id, person_id) cycle_id, person_id, division, session_id, rating, revision, finalized_on
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::int[], $6::int[], $7::date[])
  AS n (cycle_id, person_id, division, session_id, rating, revision, finalized_on)
ORDER BY cycle_id, person_id, revision DESC
ON CONFLICT (cycle_id, person_id) DO UPDATE
SET division = excluded.division, session_id = excluded.session_id, rating = excluded.rating,
    revision = excluded.revision, finalized_on = excluded.finalized_on
WHERE excluded.revision > f.revision
"""
_FINALIZE = """
UPDATE planned_sessions AS s SET finalized_revision = n.revision, finalized_on = n.finalized_on
FROM (SELECT DISTINCT ON (session_id) * FROM unnest($1::uuid[], $2::int[], $3::date[])
      AS u (session_id, revision, finalized_on) ORDER BY session_id, revision DESC) AS n
WHERE s.session_id = n.session_id AND coalesce(s.finalized_revision, 0) < n.revision
"""
_KNOWN = "SELECT session_id FROM planned_sessions WHERE session_id = ANY($1::uuid[])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """One stored chunk of a revision that has all of its chunks."""

    session_id: UUID
    session_revision: int
    cycle_id: UUID
    division: str
    people: int
    digest: str
    finalized_on: date
    ratings: tuple[tuple[str, int, str], ...]


async def known_sessions(tx: AsyncConnection, session_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of these sessions that this service has planned."""
    rows = await (await raw(tx)).fetch(_KNOWN, sorted(session_ids))
    return frozenset(UUID(str(row["session_id"])) for row in rows)


async def add_chunks(tx: AsyncConnection, events: Sequence[RatingsFinalizedV1]) -> None:
    """Keep these chunks, one at a time in the same order for everybody, under their sessions' locks."""
    driver = await raw(tx)
    await driver.fetch(_LOCK, sorted({each.session_id for each in events}))
    await driver.executemany(_ADD_CHUNK, [_chunk_row(each) for each in events])


async def complete_chunks(tx: AsyncConnection, events: Sequence[RatingsFinalizedV1]) -> list[Chunk]:
    """All chunks of those revisions, among the ones of these events, that have all of theirs."""
    pairs = sorted({(each.session_id, each.revision) for each in events})
    rows = await (await raw(tx)).fetch(
        _COMPLETE, [session for session, _ in pairs], [revision for _, revision in pairs]
    )
    return [
        Chunk(
            session_id=UUID(str(row["session_id"])),
            session_revision=row["revision"],
            cycle_id=UUID(str(row["cycle_id"])),
            division=row["division"],
            people=row["people"],
            digest=row["digest"],
            finalized_on=row["finalized_on"],
            ratings=tuple(zip(row["person_ids"], row["revisions"], row["ratings"], strict=True)),
        )
        for row in rows
    ]


async def store_ratings(tx: AsyncConnection, chunks: Sequence[Chunk]) -> None:
    """Store the ratings of complete revisions; a person's later revision replaces the earlier one."""
    flat = [(chunk, *rating) for chunk in chunks for rating in chunk.ratings]
    await (await raw(tx)).execute(
        _STORE,
        [chunk.cycle_id for chunk, *_ in flat],
        [person for _, person, _, _ in flat],
        [chunk.division for chunk, *_ in flat],
        [chunk.session_id for chunk, *_ in flat],
        [int(rating) for _, _, _, rating in flat],
        [revision for _, _, revision, _ in flat],
        [chunk.finalized_on for chunk, *_ in flat],
    )


async def mark_finalized(tx: AsyncConnection, events: Sequence[SessionFinalizedV1]) -> None:
    """Keep the newest revision in which each session was finalized."""
    await (await raw(tx)).execute(
        _FINALIZE,
        [each.session_id for each in events],
        [each.revision for each in events],
        [each.finalized_on for each in events],
    )


def _chunk_row(event: RatingsFinalizedV1) -> tuple[object, ...]:
    return (
        event.session_id,
        event.revision,
        event.chunk,
        event.cycle_id,
        event.division,
        event.chunks,
        event.people,
        event.digest,
        event.finalized_on,
        [each.person_id for each in event.ratings],
        [each.rating for each in event.ratings],
        [each.revision for each in event.ratings],
    )
