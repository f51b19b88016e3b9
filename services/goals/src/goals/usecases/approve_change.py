"""Approves a change of a locked key result; the last approval that it needs brings it into effect."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from goals.domain.adjusting import approve_adjustment
from goals.domain.errors import Rejected
from goals.domain.goal import Goal
from goals.domain.rules.adjustment import AdjustmentKind, Approver, approvals_missing
from goals.outbound.adjustments import Change, apply_change, find_change, keep_approvals
from goals.outbound.announcements import key_result_changed
from goals.outbound.goals import note_change
from goals.usecases.loading import SOURCE, open_goals, record_changes
from plumbline.runtime.access import Action, Relation
from plumbline.runtime.http import check_version
from plumbline.runtime.outbox import announce
from plumbline.runtime.problems import not_found

APPROVERS: Mapping[Relation, Approver] = {
    Relation.SELF: Approver.EMPLOYEE,
    Relation.MANAGER: Approver.MANAGER,
    Relation.SKIP_LEVEL: Approver.SKIP_LEVEL,
    Relation.HR_PARTNER: Approver.HR_PARTNER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A change after a command: what is still missing, and the objective's next version."""

    change: Change
    objective_id: str
    missing: tuple[Approver, ...]
    version: int


async def approve_change(
    tx: AsyncConnection,
    objective_id: UUID,
    adjustment_id: UUID,
    *,
    by: str,
    expected: int | None,
    now: datetime,
) -> Changed:
    """Give the approval that is the caller's to give; the last one applies the change.

    Raises:
        Rejected: the change is not open, or the caller gave an approval already or is not asked.
    """
    opened = await open_goals(tx, [objective_id], viewer=by, action=Action.APPROVE)
    goal = opened.goals[objective_id]
    change = await find_change(tx, objective_id, adjustment_id)
    if change is None:
        raise not_found("adjustment")
    check_version(expected=expected, current=goal.version)
    if by in change.approvals.values():  # nobody gives two, so that four eyes stay four
        raise Rejected(
            field="approver", message="you approved already", fix="let the others", status="conflict"
        )
    relations = opened.relations[objective_id]
    approver = approver_of(relations, change) or next(
        APPROVERS[each] for each in APPROVERS if each in relations
    )
    return await give_approval(tx, goal, change, approver=approver, by=by, now=now)


def approver_of(relations: frozenset[Relation], change: Change) -> Approver | None:
    """The approval that is still missing and is these relations' to give."""
    missing = approvals_missing(
        change.kind, has_skip_level=change.has_skip_level, given=frozenset(change.approvals)
    )
    held = [APPROVERS[each] for each in APPROVERS if each in relations]
    return next((each for each in held if each in missing), None)


async def give_approval(
    tx: AsyncConnection,
    goal: Goal,
    change: Change,
    *,
    approver: Approver,
    by: str,
    now: datetime,
    what: str = "change approved",
) -> Changed:
    """Note the approval, and apply the change if it was the last."""
    facts = approve_adjustment(
        goal.objective, adjustment_id=str(change.adjustment_id), approver=approver, now=now
    )
    approved = replace(change, approvals={**change.approvals, approver: by})
    if len(facts) == 1:
        return await keep_change(tx, goal, approved, by=by, now=now, what=what)
    applied = replace(approved, applied_at=now)
    await apply_change(tx, goal, applied, now=now)
    replaced = change.kind is AdjustmentKind.REPLACE
    event = key_result_changed(
        goal,
        key_result_id=change.key_result_id,
        change="replaced" if replaced else "adjusted",
        on=now.date(),
    )
    await announce(tx, [event], source=SOURCE, now=now)
    what = "key result replaced" if replaced else "key result adjusted"
    return await keep_change(tx, goal, applied, by=by, now=now, what=what)


async def keep_change(
    tx: AsyncConnection, goal: Goal, change: Change, *, by: str, now: datetime, what: str
) -> Changed:
    """Keep the change as it stands now, with the objective's next version."""
    await keep_approvals(tx, change, applied_at=change.applied_at)
    objective_id = UUID(goal.objective_id)
    await note_change(tx, [objective_id], what=what, by=by, now=now)
    await record_changes(tx, [objective_id], by=by, action=Action.WRITE, purpose=what, now=now)
    missing = approvals_missing(
        change.kind, has_skip_level=change.has_skip_level, given=frozenset(change.approvals)
    )
    return Changed(change=change, objective_id=goal.objective_id, missing=missing, version=goal.version + 1)
