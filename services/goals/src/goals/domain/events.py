"""What happened to an objective."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

from goals.domain.rules.adjustment import AdjustmentKind, Approver
from goals.domain.rules.grading import Grade, GradedResult
from goals.domain.rules.smart import ObjectiveDraft


class Side(StrEnum):
    """The two who agree on an objective."""

    EMPLOYEE = "employee"
    MANAGER = "manager"


class Status(StrEnum):
    """Where a key result stands at a check-in."""

    NOT_STARTED = "not_started"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    DONE = "done"


class Confidence(StrEnum):
    """How sure its owner is that a key result will be reached."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInLine:
    """A key result at a check-in. It has no field for a rating."""

    key_result_id: str
    status: Status
    confidence: Confidence
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The four questions of a check-in and the actions of both sides."""

    going_well: str = ""
    blocking: str = ""
    to_adjust: str = ""
    support_needed: str = ""
    manager_actions: tuple[str, ...] = ()
    employee_actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened to one objective at one time."""

    objective_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveDrafted(Fact):
    """Somebody wrote an objective; ``manager_id`` is the other side of the agreement."""

    draft: ObjectiveDraft
    manager_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveProposed(Fact):
    """The owner asked for agreement; the manager's checkbox covers what no machine can check."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveAgreed(Fact):
    """One side agreed."""

    side: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveLocked(Fact):
    """The objective became visible to the organization; baselines are frozen from here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInRecorded(Fact):
    """Both talked; ``intervention_needed`` names the key results at risk that have no plan yet."""

    lines: tuple[CheckInLine, ...]
    answers: Answers
    intervention_needed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InterventionPlanned(Fact):
    """Somebody wrote the plan that a key result at risk asks for."""

    key_result_id: str
    plan: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentProposed(Fact):
    """A change of scope, timeline or the whole goal was asked for."""

    adjustment_id: str
    kind: AdjustmentKind
    rationale: str
    replacement: ObjectiveDraft
    has_skip_level: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentApproved(Fact):
    """One of those whose agreement is needed gave it."""

    adjustment_id: str
    approver: Approver


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentApplied(Fact):
    """The last approval came and the objective changed; what it was before stays in its history."""

    adjustment_id: str
    kind: AdjustmentKind
    replacement: ObjectiveDraft


@dataclass(frozen=True, slots=True, kw_only=True)
class ActualRecorded(Fact):
    """An actual came in for a key result, in its metric's unit; for a binary one 1 is done."""

    key_result_id: str
    actual: Fraction
    done_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveGraded(Fact):
    """The suggested grades by rule beside the person's own."""

    suggested: Mapping[str, GradedResult]
    own: Mapping[str, Grade]


ObjectiveFact = (
    ObjectiveDrafted
    | ObjectiveProposed
    | ObjectiveAgreed
    | ObjectiveLocked
    | CheckInRecorded
    | InterventionPlanned
    | AdjustmentProposed
    | AdjustmentApproved
    | AdjustmentApplied
    | ActualRecorded
    | ObjectiveGraded
)
