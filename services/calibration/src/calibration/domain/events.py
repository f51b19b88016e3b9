"""What happened in a calibration session."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

AdjustmentState = Literal["applied", "awaiting_support", "superseded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingAdjusted:
    """Somebody moved a rating; it counts now, or once somebody else supports it."""

    adjustment_id: UUID
    person_id: str
    rating_from: int
    rating_to: int
    rationale: str
    evidence: tuple[str, ...]
    own_report: bool
    proposed_by: str
    state: AdjustmentState


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentSupported:
    """A second person supported a move, which counts from now on."""

    adjustment_id: UUID
    person_id: str
    rating_to: int
    supported_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CasesConfirmed:
    """These ratings stay as they are; ``left_out`` are those that the one who asked may not confirm."""

    person_ids: Sequence[str]
    left_out: Sequence[str]
    confirmed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFinalized:
    """The ratings are final; ``revision`` is the session's new one."""

    revision: int
    finalized_by: str
