"""Turns what happened into the versioned events that the other services read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Finals:
    """One revision's (person, revision, rating) in the order of people's ids, and the contract's digest of them."""

    revision: int
    on: date
    ratings: Sequence[tuple[str, int, Rating]]
    digest: str


def finals_of(ratings: Iterable[tuple[str, int, int]], *, revision: int, on: date) -> Finals:
    """These ratings in order, with their digest."""
    ordered: list[tuple[str, int, Rating]] = [
        (person, of_person, _RATINGS[rating - 1]) for person, of_person, rating in sorted(ratings)
    ]
    return Finals(revision=revision, on=on, ratings=ordered, digest=ratings_digest([*ordered]))


def ratings_finalized(session: Session, finals: Finals) -> list[Announcement]:
    """One revision's ratings in chunks of at most 500."""
    everybody = finals.ratings
    parts = [everybody[start : start + CHUNK_LIMIT] for start in range(0, len(everybody), CHUNK_LIMIT)]
    return [
        Announcement(
            event=RatingsFinalizedV1(
                chunk_key=chunk_key(session.session_id, finals.revision, number),
                session_id=session.session_id,
                cycle_id=session.cycle_id,
                division=session.division,
                department=session.department,
                revision=finals.revision,
                chunk=number,
                chunks=len(parts),
                people=len(everybody),
                digest=finals.digest,
                finalized_on=finals.on,
                ratings=tuple(
                    FinalRatingV1(person_id=person, rating=rating, revision=revision)
                    for person, revision, rating in part
                ),
            ),
            division=session.division,
            correlation_id=str(session.cycle_id),
        )
        for number, part in enumerate(parts, start=1)
    ]


def session_finalized(session: Session, finals: Finals, *, checks: Mapping[str, CheckState]) -> Announcement:
    """The summary for those who need no ratings."""
    event = SessionFinalizedV1(
        session_id=session.session_id,
        cycle_id=session.cycle_id,
        division=session.division,
        department=session.department,
        revision=finals.revision,
        people=len(finals.ratings),
        digest=finals.digest,
        finalized_on=finals.on,
        checks=dict(checks),
    )
    return Announcement(event=event, division=session.division, correlation_id=str(session.cycle_id))
