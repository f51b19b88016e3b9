"""Turns what happened into the versioned events that the other services read."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import get_args

from calibration.domain.session import Session
from calibration.outbound.openings import Complete
from plumbline.contracts.calibration import (
    CHUNK_LIMIT,
    CheckState,
    FinalRatingV1,
    RatingsFinalizedV1,
    SessionFinalizedV1,
    SessionOpenedV1,
    chunk_key,
    ratings_digest,
)
from plumbline.contracts.event import Rating
from plumbline.runtime.outbox import Announcement

SOURCE = "calibration"
_RATINGS: tuple[Rating, ...] = get_args(Rating)


def session_opened(complete: Complete) -> Announcement:
    """A session may begin."""
    event = SessionOpenedV1(
        session_id=complete.session_id,
        cycle_id=complete.cycle_id,
        division=complete.division,
        department=complete.department,
        facilitator_id=complete.facilitator_id,
        people=complete.people,
    )
    return Announcement(event=event, division=complete.division, correlation_id=str(complete.cycle_id))


def ratings_finalized(
    session: Session, ratings: Sequence[tuple[str, int, int]], *, revision: int, on: date
) -> list[Announcement]:
    """One revision's (person, revision, rating) in chunks of at most 500, in the order of people's ids."""
    finals = [
        FinalRatingV1(person_id=person, rating=_RATINGS[rating - 1], revision=of_person)
        for person, of_person, rating in sorted(ratings)
    ]
    digest = digest_of(ratings)
    parts = [finals[start : start + CHUNK_LIMIT] for start in range(0, len(finals), CHUNK_LIMIT)]
    return [
        Announcement(
            event=RatingsFinalizedV1(
                chunk_key=chunk_key(session.session_id, revision, number),
                session_id=session.session_id,
                cycle_id=session.cycle_id,
                division=session.division,
                department=session.department,
                revision=revision,
                chunk=number,
                chunks=len(parts),
                people=len(finals),
                digest=digest,
                finalized_on=on,
                ratings=tuple(part),
            ),
            division=session.division,
            correlation_id=str(session.cycle_id),
        )
        for number, part in enumerate(parts, start=1)
    ]


def session_finalized(
    session: Session,
    ratings: Sequence[tuple[str, int, int]],
    *,
    revision: int,
    on: date,
    checks: Mapping[str, CheckState],
) -> Announcement:
    """The summary for those who need no ratings."""
    event = SessionFinalizedV1(
        session_id=session.session_id,
        cycle_id=session.cycle_id,
        division=session.division,
        department=session.department,
        revision=revision,
        people=len(ratings),
        digest=digest_of(ratings),
        finalized_on=on,
        checks=dict(checks),
    )
    return Announcement(event=event, division=session.division, correlation_id=str(session.cycle_id))


def digest_of(ratings: Sequence[tuple[str, int, int]]) -> str:
    """The contract's digest over (person, revision, rating)."""
    return ratings_digest([(person, revision, str(rating)) for person, revision, rating in ratings])
