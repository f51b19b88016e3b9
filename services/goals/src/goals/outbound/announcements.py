"""Facts about objectives as the contracts that others read; no text of anybody goes out."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Literal
from uuid import UUID

from goals.domain.events import Status
from goals.domain.goal import Goal
from goals.domain.rules.grading import Grade, GradedResult
from goals.domain.rules.smart import ObjectiveKind
from plumbline.contracts.goals import (
    CheckInRecordedV1,
    KeyResultChangedV1,
    KeyResultGradeV1,
    ObjectiveGradedV1,
    ObjectiveLockedV1,
)
from plumbline.contracts.goals import Grade as GradeCode
from plumbline.runtime.outbox import Announcement

GRADE_CODES: Mapping[Grade, GradeCode] = {
    Grade.EXCEEDED: "exceeded",
    Grade.MET: "met",
    Grade.MOSTLY_MET: "mostly_met",
    Grade.PARTIALLY_MET: "partially_met",
    Grade.NOT_MET: "not_met",
}
GRADES: Mapping[str, Grade] = {code: grade for grade, code in GRADE_CODES.items()}
_PLACES = Decimal("0.000001")


def to_score(score: Fraction) -> Decimal:
    """A score with six decimals, half-even, as it goes out; grades were taken from the exact one."""
    return (Decimal(score.numerator) / Decimal(score.denominator)).quantize(_PLACES)


def objective_locked(goal: Goal, *, now: datetime) -> Announcement:
    """An objective became visible to the organization."""
    content = goal.objective.content
    event = ObjectiveLockedV1(
        objective_id=UUID(goal.objective_id),
        cycle_id=goal.cycle_id,
        person_id=content.owner_id,
        level=goal.level,
        growth=content.kind is ObjectiveKind.GROWTH,
        parent_id=None if goal.parent_objective_id is None else UUID(goal.parent_objective_id),
        key_results=len(goal.key_results),
        locked_on=now.date(),
    )
    return Announcement(event=event, division=goal.division, correlation_id=str(goal.cycle_id))


def check_in_recorded(
    goal: Goal, *, check_in_id: UUID, key_result_id: UUID, status: Status, now: datetime
) -> Announcement:
    """Both talked about a key result."""
    event = CheckInRecordedV1(
        objective_id=UUID(goal.objective_id),
        cycle_id=goal.cycle_id,
        person_id=goal.owner_id,
        check_in_id=check_in_id,
        key_result_id=key_result_id,
        status=status.value,
        occurred_on=now.date(),
    )
    return Announcement(event=event, division=goal.division, correlation_id=str(goal.cycle_id))


def key_result_changed(
    goal: Goal, *, key_result_id: UUID, change: Literal["adjusted", "replaced"], on: date
) -> Announcement:
    """A locked key result changed with every approval."""
    event = KeyResultChangedV1(
        objective_id=UUID(goal.objective_id),
        cycle_id=goal.cycle_id,
        person_id=goal.owner_id,
        key_result_id=key_result_id,
        change=change,
        occurred_on=on,
    )
    return Announcement(event=event, division=goal.division, correlation_id=str(goal.cycle_id))


def objective_graded(
    goal: Goal,
    *,
    score: Fraction,
    suggested: Mapping[str, GradedResult],
    own: Mapping[str, Grade],
    on: date,
) -> Announcement:
    """The objective's results are in."""
    event = ObjectiveGradedV1(
        objective_id=UUID(goal.objective_id),
        cycle_id=goal.cycle_id,
        person_id=goal.owner_id,
        score=to_score(score),
        key_results=tuple(
            KeyResultGradeV1(
                key_result_id=UUID(key),
                score=to_score(result.score),
                suggested=GRADE_CODES[result.grade],
                own=GRADE_CODES[own[key]],
            )
            for key, result in suggested.items()
        ),
        graded_on=on,
    )
    return Announcement(event=event, division=goal.division, correlation_id=str(goal.cycle_id))
