"""What goals publishes: that goals were locked, checked, changed and graded, without their text."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from plumbline.contracts.event import Contract, DecimalText, Event
from plumbline.contracts.topics import GOALS, Topic

GoalLevel = Literal["company", "division", "team", "individual"]
Grade = Literal["exceeded", "met", "mostly_met", "partially_met", "not_met"]
Status = Literal["not_started", "on_track", "at_risk", "done"]


class GoalEvent(Event):
    """An event of one objective; ``person_id`` is its owner."""

    TOPIC: ClassVar[Topic] = GOALS
    KEY: ClassVar[str] = "objective_id"

    objective_id: UUID
    cycle_id: UUID
    person_id: str


class ObjectiveLockedV1(GoalEvent):
    """Both sides agreed and the objective became visible to the organization."""

    TYPE: ClassVar[str] = "pm.goals.objective-locked.v1"

    level: GoalLevel
    growth: bool
    parent_id: UUID | None = None
    key_results: int
    locked_on: date


class CheckInRecordedV1(GoalEvent):
    """A mid-cycle check-in on one key result; it carries no rating."""

    TYPE: ClassVar[str] = "pm.goals.check-in-recorded.v1"

    check_in_id: UUID
    key_result_id: UUID
    status: Status
    occurred_on: date


class KeyResultChangedV1(GoalEvent):
    """A locked key result was adjusted or replaced with the approvals that this needs."""

    TYPE: ClassVar[str] = "pm.goals.key-result-changed.v1"

    key_result_id: UUID
    change: Literal["adjusted", "replaced"]
    occurred_on: date


class KeyResultGradeV1(Contract):
    """A key result's score (exact decimal, 1 = target met) and the grade that the rule suggests."""

    key_result_id: UUID
    score: DecimalText
    suggested: Grade
    own: Grade | None = None


class ObjectiveGradedV1(GoalEvent):
    """The objective's results are in."""

    TYPE: ClassVar[str] = "pm.goals.objective-graded.v1"

    score: DecimalText
    key_results: tuple[KeyResultGradeV1, ...]
    graded_on: date
