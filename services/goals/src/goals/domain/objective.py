"""An objective's life: draft → proposed → agreed by both → locked → graded."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction

from goals.domain.events import (
    ActualRecorded,
    AdjustmentApplied,
    AdjustmentApproved,
    AdjustmentProposed,
    CheckInRecorded,
    InterventionPlanned,
    ObjectiveAgreed,
    ObjectiveDrafted,
    ObjectiveFact,
    ObjectiveGraded,
    ObjectiveLocked,
    ObjectiveProposed,
    Side,
)
from goals.domain.rules.adjustment import AdjustmentKind, Approver
from goals.domain.rules.grading import Grade, GradedResult, MeasuredResult, ResultKind
from goals.domain.rules.smart import Direction, KeyResultDraft, ObjectiveDraft


class Stage(StrEnum):
    """Where in its life an objective is."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    AGREED = "agreed"
    LOCKED = "locked"
    GRADED = "graded"

    @property
    def visible_to_organization(self) -> bool:
        """Locked goals, and graded ones after them, are seen by everybody in the organization."""
        return self in {Stage.LOCKED, Stage.GRADED}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAdjustment:
    """A change that waits for approvals."""

    adjustment_id: str
    kind: AdjustmentKind
    replacement: ObjectiveDraft
    has_skip_level: bool
    approved: frozenset[Approver] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Actual:
    """What came out of a key result so far, in its metric's unit."""

    actual: Fraction
    done_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """An objective as its facts left it; ``history`` holds what replacements and adjustments took away."""

    objective_id: str
    manager_id: str
    content: ObjectiveDraft
    stage: Stage = Stage.DRAFT
    agreed: frozenset[Side] = frozenset()
    adjustment: OpenAdjustment | None = None
    history: tuple[ObjectiveDraft, ...] = ()
    check_ins: tuple[CheckInRecorded, ...] = ()
    needs_plan: frozenset[str] = frozenset()
    actuals: Mapping[str, Actual] = field(default_factory=dict[str, Actual])
    suggested: Mapping[str, GradedResult] = field(default_factory=dict[str, GradedResult])
    own: Mapping[str, Grade] = field(default_factory=dict[str, Grade])

    @property
    def key_results(self) -> Mapping[str, KeyResultDraft]:
        """The key results by id."""
        return {each.key_result_id: each for each in self.content.key_results}


def kind_of(key_result: KeyResultDraft) -> ResultKind:
    """How a key result is measured."""
    if key_result.binary:
        return ResultKind.BINARY
    return ResultKind.AVAILABILITY if key_result.availability else ResultKind.NUMERIC


def measured(key_result: KeyResultDraft, actual: Actual | None) -> MeasuredResult:
    """A key result as the grading rule takes it; one without any actual stands at its baseline."""
    baseline = key_result.baseline if key_result.baseline is not None else Fraction(0)
    target = key_result.target if key_result.target is not None else Fraction(1)
    return MeasuredResult(
        kind=kind_of(key_result),
        baseline=baseline,
        target=target,
        strict=key_result.strict,
        higher_is_better=key_result.direction is not Direction.LOWER,
        actual=actual.actual if actual else baseline,
        due_on=None if key_result.continuous else key_result.due_on,
        done_on=actual.done_on if actual else None,
    )


def evolve(objective: Objective | None, fact: ObjectiveFact) -> Objective:
    """The objective after one fact.

    Raises:
        ValueError: the first fact is not that it was drafted.
    """
    if isinstance(fact, ObjectiveDrafted):
        return Objective(objective_id=fact.objective_id, manager_id=fact.manager_id, content=fact.draft)
    if objective is None:
        raise ValueError("an objective's first fact is that it was drafted")
    match fact:
        case ObjectiveProposed():
            return replace(objective, stage=Stage.PROPOSED, agreed=frozenset({Side.EMPLOYEE}))
        case ObjectiveAgreed():
            return after_agreement(objective, fact.side)
        case ObjectiveLocked():
            return replace(objective, stage=Stage.LOCKED)
        case ObjectiveGraded():
            return replace(objective, stage=Stage.GRADED, suggested=fact.suggested, own=fact.own)
        case AdjustmentProposed() | AdjustmentApproved() | AdjustmentApplied():
            return after_adjustment(objective, fact)
        case _:
            return after_progress(objective, fact)


def after_agreement(objective: Objective, side: Side) -> Objective:
    """Agreed once both sides did."""
    agreed = objective.agreed | {side}
    return replace(
        objective, agreed=agreed, stage=Stage.AGREED if agreed == frozenset(Side) else objective.stage
    )


def after_adjustment(
    objective: Objective, fact: AdjustmentProposed | AdjustmentApproved | AdjustmentApplied
) -> Objective:
    """A change is opened, gains an approval, or takes effect and puts the old content into history."""
    if isinstance(fact, AdjustmentProposed):
        opened = OpenAdjustment(
            adjustment_id=fact.adjustment_id,
            kind=fact.kind,
            replacement=fact.replacement,
            has_skip_level=fact.has_skip_level,
        )
        return replace(objective, adjustment=opened)
    if isinstance(fact, AdjustmentApplied):
        history = (*objective.history, objective.content)
        kept = {each.key_result_id for each in fact.replacement.key_results}
        return replace(
            objective,
            content=fact.replacement,
            history=history,
            adjustment=None,
            actuals={key: value for key, value in objective.actuals.items() if key in kept},
            needs_plan=objective.needs_plan & kept,
        )
    if objective.adjustment is None:
        return objective
    approved = objective.adjustment.approved | {fact.approver}
    return replace(objective, adjustment=replace(objective.adjustment, approved=approved))


def after_progress(
    objective: Objective, fact: CheckInRecorded | InterventionPlanned | ActualRecorded
) -> Objective:
    """A check-in, an intervention plan or an actual is kept."""
    match fact:
        case CheckInRecorded():
            settled = {each.key_result_id for each in fact.lines}
            needs = (objective.needs_plan - settled) | set(fact.intervention_needed)
            return replace(objective, check_ins=(*objective.check_ins, fact), needs_plan=frozenset(needs))
        case InterventionPlanned():
            return replace(objective, needs_plan=objective.needs_plan - {fact.key_result_id})
        case ActualRecorded():
            actual = Actual(actual=fact.actual, done_on=fact.done_on)
            return replace(objective, actuals={**objective.actuals, fact.key_result_id: actual})
