"""Changes of a locked objective in the middle of a cycle, and the approvals that they need."""

from datetime import date, datetime

from goals.domain.errors import Rejected
from goals.domain.events import AdjustmentApplied, AdjustmentApproved, AdjustmentProposed
from goals.domain.objective import Objective, Stage
from goals.domain.rules.adjustment import (
    AdjustmentKind,
    Approver,
    adjustment_is_frozen,
    approvals_missing,
    approvals_needed,
)
from goals.domain.rules.smart import ObjectiveDraft


def require_stage(objective: Objective, stage: Stage) -> None:
    """The objective is at the stage that the command needs."""
    if objective.stage is not stage:
        raise Rejected(
            field="stage",
            message=f"the objective is {objective.stage.value}",
            fix=f"this needs one that is {stage.value}",
            status="conflict",
        )


def propose_adjustment(
    objective: Objective,
    *,
    adjustment_id: str,
    kind: AdjustmentKind,
    rationale: str,
    replacement: ObjectiveDraft,
    has_skip_level: bool,
    by_hr: bool,
    cycle_ends_on: date,
    now: datetime,
) -> AdjustmentProposed:
    """One change at a time, with a rationale, and none in the last 14 days except by HR.

    Baselines of key results that stay are frozen since the lock, so that a change cannot move them.
    """
    require_stage(objective, Stage.LOCKED)
    if not rationale.strip():
        raise Rejected(field="rationale", message="it is empty", fix="write why the goal changes")
    require_time_for_a_change(objective, by_hr=by_hr, cycle_ends_on=cycle_ends_on, today=now.date())
    if kind is not AdjustmentKind.REPLACE:
        require_frozen_baselines(objective, replacement)
    return AdjustmentProposed(
        objective_id=objective.objective_id,
        at=now,
        adjustment_id=adjustment_id,
        kind=kind,
        rationale=rationale,
        replacement=replacement,
        has_skip_level=has_skip_level,
    )


def require_time_for_a_change(objective: Objective, *, by_hr: bool, cycle_ends_on: date, today: date) -> None:
    """No other change is open, and the cycle's last 14 days have not begun or it is HR who asks."""
    if objective.adjustment is not None:
        raise Rejected(
            field="adjustment_id",
            message="another change is open",
            fix="settle that one first",
            status="conflict",
        )
    if not by_hr and adjustment_is_frozen(today=today, cycle_ends_on=cycle_ends_on):
        raise Rejected(
            field="now",
            message="the cycle's last 14 days have begun",
            fix="ask HR to make the change",
            status="conflict",
        )


def require_frozen_baselines(objective: Objective, replacement: ObjectiveDraft) -> None:
    """A key result that stays keeps the baseline with which it was locked."""
    for key_result in replacement.key_results:
        locked = objective.key_results.get(key_result.key_result_id)
        if locked is not None and locked.baseline != key_result.baseline:
            raise Rejected(
                field=f"{key_result.key_result_id}.baseline",
                message="the baseline is frozen since the goal was locked",
                fix=f"keep {locked.baseline}, or replace the goal",
            )


def approve_adjustment(
    objective: Objective, *, adjustment_id: str, approver: Approver, now: datetime
) -> tuple[AdjustmentApproved, *tuple[AdjustmentApplied, ...]]:
    """An approval that is needed and not given yet; the last one applies the change."""
    open_ = objective.adjustment
    if open_ is None or open_.adjustment_id != adjustment_id:
        raise Rejected(field="adjustment_id", message="no such change is open", fix="propose it first")
    needed = approvals_needed(open_.kind, has_skip_level=open_.has_skip_level)
    missing = approvals_missing(open_.kind, has_skip_level=open_.has_skip_level, given=open_.approved)
    if approver not in missing:
        message = "gave it already" if approver in needed else "is not asked for this change"
        waiting = ", ".join(each.value for each in missing)
        raise Rejected(
            field="approver",
            message=f"{approver.value} {message}",
            fix=f"still open: {waiting}",
            status="conflict",
        )
    approved = AdjustmentApproved(
        objective_id=objective.objective_id, at=now, adjustment_id=adjustment_id, approver=approver
    )
    if missing != (approver,):
        return (approved,)
    applied = AdjustmentApplied(
        objective_id=objective.objective_id,
        at=now,
        adjustment_id=adjustment_id,
        kind=open_.kind,
        replacement=open_.replacement,
    )
    return (approved, applied)
