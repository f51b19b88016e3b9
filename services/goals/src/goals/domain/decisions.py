"""Each command on an objective becomes facts, or is rejected with its field and fix."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from fractions import Fraction

from goals.domain.adjusting import require_stage
from goals.domain.errors import Rejected
from goals.domain.events import (
    ActualRecorded,
    Answers,
    CheckInLine,
    CheckInRecorded,
    InterventionPlanned,
    ObjectiveAgreed,
    ObjectiveDrafted,
    ObjectiveGraded,
    ObjectiveLocked,
    ObjectiveProposed,
    Side,
    Status,
)
from goals.domain.objective import Objective, Stage, measured
from goals.domain.rules.attainment import is_percentage
from goals.domain.rules.grading import DEFAULT_GRADING, Grade, GradingPolicy, grade_of_result
from goals.domain.rules.smart import KeyResultDraft, ObjectiveDraft, Severity, smart_findings


def draft_objective(draft: ObjectiveDraft, *, manager_id: str, now: datetime) -> ObjectiveDrafted:
    """Anything may be drafted, gaps included, as long as two different people can agree on it."""
    if not manager_id or manager_id == draft.owner_id:
        raise Rejected(
            field="manager_id",
            message="the owner has no other side to agree with",
            fix="name the owner's manager",
        )
    return ObjectiveDrafted(objective_id=draft.objective_id, at=now, draft=draft, manager_id=manager_id)


def propose_objective(
    objective: Objective,
    *,
    by: str,
    starts_on: date,
    ends_on: date,
    known_key_results: Collection[str],
    now: datetime,
) -> ObjectiveProposed:
    """The owner proposes an objective that is free of mechanical errors; the cycle's dates include both ends."""
    require_stage(objective, Stage.DRAFT)
    if by != objective.content.owner_id:
        raise Rejected(field="by", message="somebody else owns it", fix="let its owner propose it")
    if not objective.content.key_results:
        raise Rejected(field="key_results", message="it has none", fix="add at least one key result")
    findings = smart_findings(
        objective.content, starts_on=starts_on, ends_on=ends_on, known_key_results=known_key_results
    )
    for finding in findings:
        if finding.severity is Severity.ERROR:
            where = f"{finding.subject}.{finding.field}"
            raise Rejected(field=where, message=finding.message, fix=finding.fix)
    return ObjectiveProposed(objective_id=objective.objective_id, at=now, by=by)


def agree_on_objective(
    objective: Objective, *, by: str, manager_ticked_the_rest: bool, now: datetime
) -> ObjectiveAgreed:
    """The manager agrees; the owner did by proposing. Achievable, relevant and ambitious are the manager's tick."""
    require_stage(objective, Stage.PROPOSED)
    if by != objective.manager_id:
        raise Rejected(field="by", message="the owner agreed by proposing", fix="let the manager agree")
    if not manager_ticked_the_rest:
        raise Rejected(
            field="manager_ticked_the_rest",
            message="achievable, relevant and ambitious are not confirmed",
            fix="tick the box, or talk with the owner first",
        )
    return ObjectiveAgreed(objective_id=objective.objective_id, at=now, side=Side.MANAGER)


def lock_objective(objective: Objective, *, now: datetime) -> ObjectiveLocked:
    """Only what both sides agreed on is locked."""
    require_stage(objective, Stage.AGREED)
    return ObjectiveLocked(objective_id=objective.objective_id, at=now)


def record_check_in(
    objective: Objective, *, lines: tuple[CheckInLine, ...], answers: Answers, now: datetime
) -> CheckInRecorded:
    """A check-in names each key result at most once and carries no rating; at risk asks for a plan."""
    require_stage(objective, Stage.LOCKED)
    named = [line.key_result_id for line in lines]
    for key_result_id in named:
        require_key_result(objective, key_result_id)
    if len(set(named)) != len(named):
        raise Rejected(field="lines", message="a key result stands there twice", fix="name each once")
    at_risk = tuple(line.key_result_id for line in lines if line.status is Status.AT_RISK)
    return CheckInRecorded(
        objective_id=objective.objective_id, at=now, lines=lines, answers=answers, intervention_needed=at_risk
    )


def plan_intervention(
    objective: Objective, *, key_result_id: str, plan: str, now: datetime
) -> InterventionPlanned:
    """The plan that a key result at risk asks for says something."""
    require_stage(objective, Stage.LOCKED)
    require_key_result(objective, key_result_id)
    if not plan.strip():
        raise Rejected(field="plan", message="the plan is empty", fix="write what changes, and by when")
    return InterventionPlanned(
        objective_id=objective.objective_id, at=now, key_result_id=key_result_id, plan=plan
    )


def record_actual(
    objective: Objective, *, key_result_id: str, actual: Fraction, done_on: date | None, now: datetime
) -> ActualRecorded:
    """An actual of a locked objective, in the metric's unit; done cannot lie in the future."""
    require_stage(objective, Stage.LOCKED)
    require_key_result(objective, key_result_id)
    require_possible_actual(objective.key_results[key_result_id], actual)
    if done_on is not None and done_on > now.date():
        raise Rejected(field="done_on", message=f"{done_on} has not come yet", fix="give today or earlier")
    return ActualRecorded(
        objective_id=objective.objective_id,
        at=now,
        key_result_id=key_result_id,
        actual=actual,
        done_on=done_on,
    )


def require_possible_actual(key_result: KeyResultDraft, actual: Fraction) -> None:
    """A binary key result is done or not, an availability a percentage."""
    if key_result.binary and actual not in (0, 1):
        raise Rejected(field="actual", message="a binary key result is done or not", fix="give 0 or 1")
    if key_result.availability and not is_percentage(actual):
        raise Rejected(
            field="actual", message="an availability is a percentage", fix="give one from 0 to 100"
        )


def grade_objective(
    objective: Objective,
    *,
    own: Mapping[str, Grade],
    cycle_ends_on: date,
    now: datetime,
    policy: GradingPolicy = DEFAULT_GRADING,
) -> ObjectiveGraded:
    """The rule's grades beside the person's own, which cover exactly the objective's key results."""
    require_stage(objective, Stage.LOCKED)
    if objective.adjustment is not None:
        raise Rejected(
            field="adjustment",
            message="a change is still open",
            fix="have it approved first",
            status="conflict",
        )
    if set(own) != set(objective.key_results):
        raise Rejected(
            field="own", message="key results and own grades differ", fix="grade each key result once"
        )
    suggested = {
        key: grade_of_result(
            measured(key_result, objective.actuals.get(key)), cycle_ends_on=cycle_ends_on, policy=policy
        )
        for key, key_result in objective.key_results.items()
    }
    return ObjectiveGraded(objective_id=objective.objective_id, at=now, suggested=suggested, own=dict(own))


def require_key_result(objective: Objective, key_result_id: str) -> None:
    """The objective has this key result."""
    if key_result_id not in objective.key_results:
        raise Rejected(
            field="key_result_id",
            message=f"{key_result_id} is not one of this objective's",
            fix=f"name one of {', '.join(sorted(objective.key_results))}",
        )
