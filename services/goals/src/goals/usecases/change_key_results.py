"""Adjusts or replaces locked key results: proposed with a rationale, in effect with the last approval."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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
from goals.outbound.adjustments import Change, content_with, insert_changes
from goals.outbound.goals import GoalRow, find_objectives_of, find_taken
from goals.outbound.tables import key_results
from goals.usecases.approve_changes import Changed, Step, approver_of, take_steps, with_approval
from goals.usecases.loading import Opened, decide_all, open_goals, require_version
from plumbline.runtime.access import Action, Relation, Resource, State, may
from plumbline.runtime.directory import WORKING, find_people
from plumbline.runtime.problems import not_found

PROPOSED = "change proposed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change that somebody asks for: ``replacement`` in the key result's place, or ``edit`` of it."""

    key_result_id: UUID
    rationale: str
    edit: Edit
    replacement: KeyResult | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A proposal with the objective that it changes, and what else decides on it."""

    proposal: Proposal
    goal: Goal
    cycle: Cycle
    relations: frozenset[Relation]
    has_skip_level: bool
    taken: bool


async def propose_changes(
    tx: AsyncConnection, proposals: Sequence[Proposal], *, by: str, now: datetime
) -> list[Changed]:
    """Propose these changes, all or none; whoever proposes agrees by it, the other side has to.

    A replacement needs the skip-level or the HR partner too.

    Raises:
        Rejected: nothing changes, a rationale is empty, another change of the objective is open or in the
            list, the result would not be measurable, a replacement's id is taken, or the cycle's last
            14 days have begun and the caller is not HR.
    """
    objective_of = await _find_objectives(tx, proposals)
    _require_one_each(proposals, objective_of)
    opened = await _open(tx, objective_of, by=by)
    places = [(f"changes.{index}", each) for index, each in enumerate(proposals)]
    return await _propose(tx, opened, objective_of, places, by=by, now=now)


async def propose_change(
    tx: AsyncConnection, proposal: Proposal, *, by: str, expected: int | None, now: datetime
) -> Changed:
    """``propose_changes`` of one, at the version that the caller saw (None: any)."""
    objective_of = await _find_objectives(tx, [proposal])
    opened = await _open(tx, objective_of, by=by)
    await require_version(tx, next(iter(opened.goals.values())), expected=expected)
    [changed] = await _propose(tx, opened, objective_of, [("", proposal)], by=by, now=now)
    return changed


async def _find_objectives(tx: AsyncConnection, proposals: Sequence[Proposal]) -> dict[UUID, UUID]:
    wanted = {each.key_result_id for each in proposals}
    found = {key: each[0] for key, each in (await find_objectives_of(tx, wanted)).items()}
    if set(found) != wanted:
        raise not_found("key result")
    return found


def _require_one_each(proposals: Sequence[Proposal], objective_of: Mapping[UUID, UUID]) -> None:
    seen: set[UUID] = set()
    for index, each in enumerate(proposals):
        if objective_of[each.key_result_id] in seen:
            raise Rejected(
                field=f"changes.{index}.key_result_id",
                message="another change of its objective is in the list",
                fix="send it when that one is settled",
                status="conflict",
            )
        seen.add(objective_of[each.key_result_id])


async def _open(tx: AsyncConnection, objective_of: Mapping[UUID, UUID], *, by: str) -> Opened:
    ids = set(objective_of.values())
    opened = await open_goals(tx, ids, viewer=by, action=Action.WRITE, allow=_hr_may_propose)
    if any(str(key) not in opened.goals[goal].objective.key_results for key, goal in objective_of.items()):
        raise not_found("key result")  # it was replaced while this command waited for its turn
    return opened


def _hr_may_propose(_row: GoalRow, relations: frozenset[Relation]) -> bool:
    """HR changes goals in the last 14 days, when nobody else does; the table lets HR approve such a change."""
    held = relations & {Relation.HR_PARTNER}
    return may(held, action=Action.APPROVE, resource=Resource.GOAL, state=State.LOCKED)


async def _propose(
    tx: AsyncConnection,
    opened: Opened,
    objective_of: Mapping[UUID, UUID],
    places: Sequence[tuple[str, Proposal]],
    *,
    by: str,
    now: datetime,
) -> list[Changed]:
    proposals = [each for _, each in places]
    above = await _with_skip_level(tx, opened.goals.values())
    taken = await _taken_ids(tx, proposals)

    def decide(proposal: Proposal) -> list[Step]:
        goal = opened.goals[objective_of[proposal.key_result_id]]
        asked = _Asked(
            proposal=proposal,
            goal=goal,
            cycle=opened.cycle_of(goal),
            relations=opened.relations[UUID(goal.objective_id)],
            has_skip_level=goal.objective_id in above,
            taken=proposal.replacement is not None and proposal.replacement.key_result_id in taken,
        )
        return [_decide(asked, by=by, now=now)]

    steps = [step for _, step in decide_all(places, decide)]
    await insert_changes(tx, [(each.goal, each.change) for each in steps])
    return await take_steps(tx, steps, by=by, now=now)


def _decide(asked: _Asked, *, by: str, now: datetime) -> Step:
    """The change as proposed, with the approval of whoever proposes it if that one is asked for."""
    goal, change = asked.goal, _draft_change(asked, by=by, now=now)
    fact = propose_adjustment(
        goal.objective,
        adjustment_id=str(change.adjustment_id),
        kind=change.kind,
        rationale=change.rationale,
        replacement=content_with(goal.objective.content, change),
        has_skip_level=change.has_skip_level,
        by_hr=Relation.HR_PARTNER in asked.relations,
        cycle_ends_on=asked.cycle.ends_on,
        now=now,
    )
    _require_measurable(goal, change, cycle=asked.cycle)
    opened = replace(goal, objective=evolve(goal.objective, fact))
    side = approver_of(asked.relations, change)
    if side is None:
        return Step(goal=opened, change=change, what=PROPOSED)
    return with_approval(opened, change, side, by=by, now=now, what=PROPOSED)


def _draft_change(asked: _Asked, *, by: str, now: datetime) -> Change:
    before, after = _before_and_after(asked)
    replaces = asked.proposal.replacement is not None
    return Change(
        adjustment_id=uuid7(),
        key_result_id=asked.proposal.key_result_id,
        kind=AdjustmentKind.REPLACE if replaces else kind_of_change(before, after),
        rationale=asked.proposal.rationale,
        has_skip_level=asked.has_skip_level,
        before=before,
        replacement=after,
        approvals={},
        proposed_by=by,
        proposed_at=now,
    )


def _before_and_after(asked: _Asked) -> tuple[KeyResult, KeyResult]:
    proposal = asked.proposal
    before = next(
        each for each in asked.goal.key_results if each.key_result_id == str(proposal.key_result_id)
    )
    if proposal.replacement is None:
        return before, edited(before, proposal.edit, cycle=asked.cycle)
    if asked.taken:
        raise Rejected(
            field="key_result_id", message="the id is taken", fix="leave it out", status="conflict"
        )
    return before, edited(proposal.replacement, proposal.edit, cycle=asked.cycle, may_be_same=True)


def _require_measurable(goal: Goal, change: Change, *, cycle: Cycle) -> None:
    content = content_with(goal.objective.content, change)
    parent = content.parent_key_result_id
    known = frozenset({parent} if parent else ())
    for finding in smart_findings(
        content, starts_on=cycle.starts_on, ends_on=cycle.ends_on, known_key_results=known
    ):
        if finding.severity is Severity.ERROR:
            raise Rejected(field=finding.field, message=finding.message, fix=finding.fix)


async def _taken_ids(tx: AsyncConnection, proposals: Sequence[Proposal]) -> set[str]:
    """The replacements' ids that a key result has already, or that stand in the list twice."""
    ids = [each.replacement.key_result_id for each in proposals if each.replacement is not None]
    if not ids:
        return set()
    stored = await find_taken(tx, key_results, [UUID(each) for each in ids])
    return {str(each) for each in stored} | {key for key, count in Counter(ids).items() if count > 1}


async def _with_skip_level(tx: AsyncConnection, goals: Iterable[Goal]) -> set[str]:
    """The objectives whose owner's manager has a manager who works here and is somebody else than the owner."""
    everything = list(goals)
    managers = await find_people(tx, {goal.objective.manager_id for goal in everything})
    above = await find_people(tx, {each.manager_id for each in managers.values() if each.manager_id})
    working = {key for key, each in above.items() if each.status in WORKING}
    return {
        goal.objective_id
        for goal in everything
        if (manager := managers.get(goal.objective.manager_id)) is not None
        and manager.manager_id in working - {goal.owner_id}
    }
