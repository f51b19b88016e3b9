"""Approves changes of locked key results; the last approval that one needs brings it into effect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from goals.domain.adjusting import approve_adjustment
from goals.domain.errors import Rejected
from goals.domain.goal import Goal
from goals.domain.rules.adjustment import AdjustmentKind, Approver, approvals_missing
from goals.outbound.adjustments import Change, apply_changes, find_changes, keep_approvals
from goals.outbound.announcements import key_result_changed
from goals.outbound.goals import note_change
from goals.usecases.loading import SOURCE, Opened, decide_all, open_goals, record_changes, require_version
from plumbline.runtime.access import Action, Relation
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A change as a command leaves it, and what the objective's history says of that."""

    goal: Goal
    change: Change
    what: str


async def approve_changes(
    tx: AsyncConnection, changes: Sequence[tuple[UUID, UUID]], *, by: str, now: datetime
) -> list[Changed]:
    """Give the approvals that are the caller's to give, all or none; the last one of a change applies it.

    ``changes`` are (objective, adjustment); each objective stands there once, as only one change of it is open.

    Raises:
        Rejected: a change is not open, or the caller gave an approval already or is not asked.
    """
    opened = await open_goals(
        tx, [objective_id for objective_id, _ in changes], viewer=by, action=Action.APPROVE
    )
    places = [(f"approvals.{index}", each) for index, each in enumerate(changes)]
    return await _approve(tx, opened, places, by=by, now=now)


async def approve_change(
    tx: AsyncConnection,
    objective_id: UUID,
    adjustment_id: UUID,
    *,
    by: str,
    expected: int | None,
    now: datetime,
) -> Changed:
    """``approve_changes`` of one, at the version that the caller saw (None: any)."""
    opened = await open_goals(tx, [objective_id], viewer=by, action=Action.APPROVE)
    await require_version(tx, opened.goals[objective_id], expected=expected)
    [changed] = await _approve(tx, opened, [("", (objective_id, adjustment_id))], by=by, now=now)
    return changed


async def _approve(
    tx: AsyncConnection,
    opened: Opened,
    places: Sequence[tuple[str, tuple[UUID, UUID]]],
    *,
    by: str,
    now: datetime,
) -> list[Changed]:
    found = await find_changes(tx, [adjustment_id for _, (_, adjustment_id) in places])
    if any(adjustment not in found or found[adjustment][0] != goal for _, (goal, adjustment) in places):
        raise not_found("adjustment")

    def decide(item: tuple[UUID, UUID]) -> list[Step]:
        objective_id, adjustment_id = item
        change = found[adjustment_id][1]
        if by in change.approvals.values():  # nobody gives two, so that four eyes stay four
            raise Rejected(
                field="approver", message="you approved already", fix="let the others", status="conflict"
            )
        relations = opened.relations[objective_id]
        side = approver_of(relations, change) or next(
            APPROVERS[each] for each in APPROVERS if each in relations
        )
        return [with_approval(opened.goals[objective_id], change, side, by=by, now=now)]

    steps = [step for _, step in decide_all(places, decide)]
    await keep_approvals(tx, [each.change for each in steps])
    return await take_steps(tx, steps, by=by, now=now)


def approver_of(relations: frozenset[Relation], change: Change) -> Approver | None:
    """The approval that is still missing and is these relations' to give."""
    missing = _missing(change)
    held = [APPROVERS[each] for each in APPROVERS if each in relations]
    return next((each for each in held if each in missing), None)


def _missing(change: Change) -> tuple[Approver, ...]:
    return approvals_missing(
        change.kind, has_skip_level=change.has_skip_level, given=frozenset(change.approvals)
    )


def with_approval(
    goal: Goal, change: Change, approver: Approver, *, by: str, now: datetime, what: str = "change approved"
) -> Step:
    """The change with one more approval, in effect if it was the last."""
    facts = approve_adjustment(
        goal.objective, adjustment_id=str(change.adjustment_id), approver=approver, now=now
    )
    approved = replace(change, approvals={**change.approvals, approver: by})
    if len(facts) == 1:
        return Step(goal=goal, change=approved, what=what)
    what = "key result replaced" if change.kind is AdjustmentKind.REPLACE else "key result adjusted"
    return Step(goal=goal, change=replace(approved, applied_at=now), what=what)


async def take_steps(tx: AsyncConnection, steps: Sequence[Step], *, by: str, now: datetime) -> list[Changed]:
    """Apply and announce the changes that are in effect, and note all of them with the objectives' versions."""
    applied = [each for each in steps if each.change.applied_at is not None]
    await apply_changes(tx, [(each.goal, each.change) for each in applied], now=now)
    await announce(
        tx,
        [
            key_result_changed(
                each.goal,
                key_result_id=each.change.key_result_id,
                change="replaced" if each.change.kind is AdjustmentKind.REPLACE else "adjusted",
                on=now.date(),
            )
            for each in applied
        ],
        source=SOURCE,
        now=now,
    )
    for what in sorted({each.what for each in steps}):
        ids = [UUID(each.goal.objective_id) for each in steps if each.what == what]
        await note_change(tx, ids, what=what, by=by, now=now)
        await record_changes(tx, ids, by=by, action=Action.WRITE, purpose=what, now=now)
    return [_describe(each) for each in steps]


def _describe(step: Step) -> Changed:
    return Changed(
        change=step.change,
        objective_id=step.goal.objective_id,
        missing=_missing(step.change),
        version=step.goal.version + 1,
    )
