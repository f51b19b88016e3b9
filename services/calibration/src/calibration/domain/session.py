"""A calibration session and the cases in it."""

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

SessionState = Literal["awaiting_inputs", "open", "final"]
CaseState = Literal["open", "discussed", "confirmed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A department's session; ``version`` grows with each change, ``revision`` with each finalizing.

    ``released_on`` is the day on which the cycle's results were released.
    """

    session_id: UUID
    cycle_id: UUID
    division: str
    department: str
    facilitator_id: str
    state: SessionState
    version: int
    revision: int
    period_start: date
    period_end: date
    released_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One person's proposed rating and the rating as it stands in the session, both 1 to 5.

    ``discussed`` means that an adjustment changed it, ``confirmed`` that somebody left it as it is.
    """

    person_id: str
    manager_id: str
    proposed: int
    rating: int
    state: CaseState = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """A move that waits for its supporter."""

    adjustment_id: UUID
    person_id: str
    rating_from: int
    rating_to: int
    proposed_by: str
