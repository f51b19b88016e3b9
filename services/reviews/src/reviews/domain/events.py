"""What happened to a cycle."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from reviews.domain.rules.planning import CyclePlan, Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened to one cycle at one time."""

    cycle_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleDrafted(Fact):
    """Somebody planned a cycle, or planned a draft anew."""

    plan: CyclePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleApproved(Fact):
    """The coordinator approved the plan; forms and policies are frozen at these versions (policies by digest)."""

    coordinator_id: str
    template_versions: Mapping[str, int]
    policy_digests: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseOpened(Fact):
    """A phase began."""

    phase: Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseClosed(Fact):
    """A phase ended."""

    phase: Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineExtended(Fact):
    """A division got more time for a phase."""

    phase: Phase
    division_id: str
    extended_to: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSettled(Fact):
    """A planned calibration session was finalized (no reason), or excluded by name with its reason."""

    session_id: str
    excluded_because: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsReleased(Fact):
    """Employees may see their calibrated results."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleClosed(Fact):
    """Nothing changes in this cycle any more, appeals aside."""


CycleFact = (
    CycleDrafted
    | CycleApproved
    | PhaseOpened
    | PhaseClosed
    | DeadlineExtended
    | SessionSettled
    | ResultsReleased
    | CycleClosed
)
