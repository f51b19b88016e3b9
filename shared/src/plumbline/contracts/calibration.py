"""What calibration publishes: finalized ratings in chunks, and a summary for those who need no ratings."""

from datetime import date
from hashlib import sha256
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from plumbline.contracts.event import Contract, Event, Rating
from plumbline.contracts.topics import CALIBRATION, Topic

CHUNK_LIMIT = 500
CheckState = Literal["clear", "flag", "justified", "insufficient_data"]


class CalibrationEvent(Event):
    """An event of the calibration service."""

    TOPIC: ClassVar[Topic] = CALIBRATION


class FinalRatingV1(Contract):
    """One person's calibrated rating; ``revision`` starts at 1 and grows with each upheld appeal."""

    person_id: str
    rating: Rating
    revision: int


class SessionOpenedV1(CalibrationEvent):
    """A department's session may begin: all of its proposed ratings are in."""

    TYPE: ClassVar[str] = "pm.calibration.session-opened.v1"
    KEY: ClassVar[str] = "session_id"

    session_id: UUID
    cycle_id: UUID
    division: str
    department: str
    facilitator_id: str
    people: int


class RatingsFinalizedV1(CalibrationEvent):
    """A chunk of at most 500 finalized ratings; complete when all chunks are there and the digest agrees.

    ``chunk`` counts from 1 to ``chunks``; ``people`` and ``digest`` are of the whole revision.
    """

    TYPE: ClassVar[str] = "pm.calibration.ratings-finalized.v1"
    KEY: ClassVar[str] = "chunk_key"

    chunk_key: str
    session_id: UUID
    cycle_id: UUID
    division: str
    department: str
    revision: int
    chunk: int
    chunks: int
    people: int
    digest: str
    finalized_on: date
    ratings: tuple[FinalRatingV1, ...]


class SessionFinalizedV1(CalibrationEvent):
    """A session is final; the counts by rating and the checks' states, without any person's rating."""

    TYPE: ClassVar[str] = "pm.calibration.session-finalized.v1"
    KEY: ClassVar[str] = "session_id"

    session_id: UUID
    cycle_id: UUID
    division: str
    department: str
    revision: int
    people: int
    digest: str
    finalized_on: date
    checks: dict[str, CheckState] = Field(default_factory=dict[str, CheckState])


def chunk_key(session_id: UUID, revision: int, chunk: int) -> str:
    """The aggregate id of one chunk: ``session/revision/chunk``."""
    return f"{session_id}/{revision}/{chunk}"


def ratings_digest(ratings: list[tuple[str, int, str]]) -> str:
    """SHA-256 over the sorted ``person:revision:rating`` lines of (person, revision, rating)."""
    lines = [f"{person}:{revision}:{rating}" for person, revision, rating in sorted(ratings)]
    return sha256("\n".join(lines).encode()).hexdigest()
