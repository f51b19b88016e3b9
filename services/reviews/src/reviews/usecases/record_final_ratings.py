"""Takes over what calibration finalized: ratings chunk by chunk, and which sessions are settled."""

from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.contracts.calibration import RatingsFinalizedV1, SessionFinalizedV1, ratings_digest
from plumbline.runtime.inbox import Refusal, Refused
from plumbline.runtime.message import Received
from reviews.outbound.final_ratings import (
    Chunk,
    add_chunks,
    complete_chunks,
    known_sessions,
    mark_finalized,
    store_ratings,
)


async def record_final_ratings(tx: AsyncConnection, batch: Sequence[Received[RatingsFinalizedV1]]) -> None:
    """Keep the chunks; the ratings count once all chunks of a revision are here and their digest agrees.

    Raises:
        Refused: a session is not planned here, or a complete revision does not add up to its digest.
    """
    await _refuse_unknown(tx, batch)
    events = [received.event for received in batch]
    await add_chunks(tx, events)
    complete = await complete_chunks(tx, events)
    wrong = {_revision(group) for group in _by_revision(complete) if not _adds_up(group)}
    if wrong:
        raise Refused(
            [
                Refusal(received=each, reason="the chunks do not add up to their digest")
                for each in batch
                if (each.event.session_id, each.event.revision) in wrong
            ]
        )
    if complete:
        await store_ratings(tx, complete)


async def record_finalized_sessions(
    tx: AsyncConnection, batch: Sequence[Received[SessionFinalizedV1]]
) -> None:
    """Note which sessions are final.

    Raises:
        Refused: a session is not planned here.
    """
    await _refuse_unknown(tx, batch)
    await mark_finalized(tx, [received.event for received in batch])


async def _refuse_unknown(
    tx: AsyncConnection, batch: Sequence[Received[RatingsFinalizedV1] | Received[SessionFinalizedV1]]
) -> None:
    known = await known_sessions(tx, {received.event.session_id for received in batch})
    refused = [each for each in batch if each.event.session_id not in known]
    if refused:
        raise Refused([Refusal(received=each, reason="no cycle planned this session") for each in refused])


def _by_revision(chunks: Sequence[Chunk]) -> list[list[Chunk]]:
    return [list(group) for _, group in groupby(chunks, key=lambda chunk: _revision([chunk]))]


def _revision(chunks: Sequence[Chunk]) -> tuple[UUID, int]:
    return chunks[0].session_id, chunks[0].session_revision


def _adds_up(chunks: Sequence[Chunk]) -> bool:
    ratings = [rating for chunk in chunks for rating in chunk.ratings]
    first = chunks[0]
    return len(ratings) == first.people and ratings_digest(ratings) == first.digest
