"""Adjusts or replaces a locked key result: proposed with a rationale, in effect with the last approval."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from goals.domain.adjusting import propose_adjustment
from goals.domain.editing import Edit, edited, kind_of_change
from goals.domain.errors import Rejected
from goals.domain.goal import Cycle, Goal, KeyResult
from goals.domain.objective import evolve
from goals.domain.rules.adjustment import AdjustmentKind
from goals.domain.rules.smart import Severity, smart_findings
from goals.outbound.adjustments import (
    Change,
    content_with,
    insert_change,
)
from goals.outbound.goals import GoalRow, find_objectives_of, find_taken
from goals.outbound.tables import key_results
from goals.usecases.approve_change import Changed, approver_of, give_approval, keep_change
from goals.usecases.loading import Opened, open_goals
from plumbline.runtime.access import Action, Relation, Resource, State, may
from plumbline.runtime.directory import WORKING, find_person
from plumbline.runtime.http import check_version
from plumbline.runtime.problems import not_found


async def adjust_key_result(
    tx: AsyncConnection,
    key_result_id: UUID,
    edit: Edit,
    *,
    rationale: str,
    by: str,
    expected: int | None,
    now: datetime,
) -> Changed:
    """Propose another scope or due date; whoever proposes agrees by it, the other side has to.

    Raises:
        Rejected: nothing changes, the rationale is empty, another change is open, the result would not be
            measurable, or the cycle's last 14 days have begun and the caller is not HR.
    """
    opened, goal = await _open(tx, key_result_id, by=by, expected=expected)
    before = _key_result(goal, key_result_id)
    after = edited(before, edit, cycle=opened.cycle_of(goal))
    kind = kind_of_change(before, after)
    return await _propose(
        tx, opened, goal, kind=kind, before=before, after=after, rationale=rationale, by=by, now=now
    )


async def replace_key_result(
    tx: AsyncConnection,
    key_result_id: UUID,
    replacement: KeyResult,
    *,
    due_week: int | None,
    rationale: str,
    by: str,
    expected: int | None,
    now: datetime,
) -> Changed:
    """Propose another key result in this one's place; skip-level or HR partner approves too.

    Raises:
        Rejected: as for an adjustment, or the replacement's id is taken.
    """
    opened, goal = await _open(tx, key_result_id, by=by, expected=expected)
    if await find_taken(tx, key_results, [UUID(replacement.key_result_id)]):
        raise Rejected(
            field="key_result_id", message="the id is taken", fix="leave it out", status="conflict"
        )
    after = edited(replacement, Edit(due_week=due_week), cycle=opened.cycle_of(goal), may_be_same=True)
    before = _key_result(goal, key_result_id)
    kind = AdjustmentKind.REPLACE
    return await _propose(
        tx, opened, goal, kind=kind, before=before, after=after, rationale=rationale, by=by, now=now
    )


def _key_result(goal: Goal, key_result_id: UUID) -> KeyResult:
    return next(each for each in goal.key_results if each.key_result_id == str(key_result_id))


async def _open(
    tx: AsyncConnection, key_result_id: UUID, *, by: str, expected: int | None
) -> tuple[Opened, Goal]:
    found = (await find_objectives_of(tx, [key_result_id])).get(key_result_id)
    if found is None:
        raise not_found("key result")
    opened = await open_goals(tx, [found[0]], viewer=by, action=Action.WRITE, allow=_hr_may_propose)
    goal = opened.goals[found[0]]
    check_version(expected=expected, current=goal.version)
    if str(key_result_id) not in goal.objective.key_results:
        raise not_found("key result")
    return opened, goal


def _hr_may_propose(_row: GoalRow, relations: frozenset[Relation]) -> bool:
    """HR changes goals in the last 14 days, when nobody else does; the table lets HR approve such a change."""
    held = relations & {Relation.HR_PARTNER}
    return may(held, action=Action.APPROVE, resource=Resource.GOAL, state=State.LOCKED)


async def _propose(
    tx: AsyncConnection,
    opened: Opened,
    goal: Goal,
    *,
    kind: AdjustmentKind,
    before: KeyResult,
    after: KeyResult,
    rationale: str,
    by: str,
    now: datetime,
) -> Changed:
    relations = opened.relations[UUID(goal.objective_id)]
    change = Change(
        adjustment_id=uuid7(),
        key_result_id=UUID(before.key_result_id),
        kind=kind,
        rationale=rationale,
        has_skip_level=await _has_skip_level(tx, goal),
        before=before,
        replacement=after,
        approvals={},
        proposed_by=by,
        proposed_at=now,
    )
    cycle = opened.cycle_of(goal)
    fact = propose_adjustment(
        goal.objective,
        adjustment_id=str(change.adjustment_id),
        kind=kind,
        rationale=rationale,
        replacement=content_with(goal.objective.content, change),
        has_skip_level=change.has_skip_level,
        by_hr=Relation.HR_PARTNER in relations,
        cycle_ends_on=cycle.ends_on,
        now=now,
    )
    _require_measurable(goal, change, cycle=cycle)
    await insert_change(tx, goal, change)
    opened_goal = replace(goal, objective=evolve(goal.objective, fact))
    side = approver_of(relations, change)
    if side is None:
        return await keep_change(tx, opened_goal, change, by=by, now=now, what="change proposed")
    return await give_approval(tx, opened_goal, change, approver=side, by=by, now=now, what="change proposed")


def _require_measurable(goal: Goal, change: Change, *, cycle: Cycle) -> None:
    content = content_with(goal.objective.content, change)
    parent = content.parent_key_result_id
    known = frozenset({parent} if parent else ())
    for finding in smart_findings(
        content, starts_on=cycle.starts_on, ends_on=cycle.ends_on, known_key_results=known
    ):
        if finding.severity is Severity.ERROR:
            raise Rejected(field=finding.field, message=finding.message, fix=finding.fix)


async def _has_skip_level(tx: AsyncConnection, goal: Goal) -> bool:
    manager = await find_person(tx, goal.objective.manager_id)
    above = None if manager is None or not manager.manager_id else await find_person(tx, manager.manager_id)
    return above is not None and above.status in WORKING and above.person_id != goal.owner_id
