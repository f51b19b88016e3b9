"""Read-only views of objectives, each held to its readers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from goals.domain.goal import Goal, KeyResult
from goals.domain.rules.cascade import Coverage, coverage
from goals.outbound import readers
from goals.outbound.adjustments import Change, list_changes
from goals.outbound.cycles import find_cycles
from goals.outbound.goals import GoalRow, load_goals
from goals.outbound.selecting import among
from goals.outbound.tables import objectives
from goals.usecases.loading import SOURCE, relations_to_rows, state_of
from plumbline.runtime import audit
from plumbline.runtime.access import Action, Relation, Resource, State, may
from plumbline.runtime.directory import find_person, partner_divisions, standing
from plumbline.runtime.http import require
from plumbline.runtime.problems import forbidden, not_found
from plumbline.runtime.security import limit_to_divisions

ORGANIZATION = frozenset({Relation.COORDINATOR, Relation.AUDITOR})


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """An objective with all of it that the viewer may see; what one may not see is None."""

    goal: Goal
    replaced: Sequence[tuple[KeyResult, UUID]]
    steps: Sequence[Mapping[str, Any]]
    changes: Sequence[Change] | None
    check_ins: Sequence[Mapping[str, Any]] | None
    grades: Sequence[readers.GradeRow] | None


async def list_goals(
    tx: AsyncConnection, cycle_id: UUID, *, viewer: str, owner: str | None, after: UUID | None, limit: int
) -> tuple[list[Goal], UUID | None]:
    """A page of the cycle's objectives that the viewer may see, and where the next page starts, if there is one."""
    await require_cycle(tx, cycle_id, viewer=viewer)
    where = objectives.c.cycle_id == cycle_id
    if owner is not None:
        where &= objectives.c.owner_id == owner
    if after is not None:
        where &= objectives.c.objective_id > after
    goals = await load_goals(tx, where, limit=limit)
    held = await relations_to_rows(tx, viewer, [to_row(goal) for goal in goals.values()])
    seen = [goal for key, goal in goals.items() if may_read(goal, held[key])]
    return seen, list(goals)[-1] if len(goals) == limit else None


def to_row(goal: Goal) -> GoalRow:
    """What access to the objective is decided on."""
    return GoalRow(
        objective_id=UUID(goal.objective_id),
        owner_id=goal.owner_id,
        agrees_with_id=goal.agrees_with_id,
        division=goal.division,
        stage=goal.objective.stage,
    )


def may_read(goal: Goal, relations: frozenset[Relation]) -> bool:
    """Locked objectives are the organization's to see, drafts are not."""
    state = state_of(goal.objective.stage, Resource.GOAL)
    return may(relations, action=Action.READ, resource=Resource.GOAL, state=state)


async def read_goal(tx: AsyncConnection, objective_id: UUID, *, viewer: str, now: datetime) -> History:
    """One objective with its history; reads of somebody else's check-ins or grades go to the audit log."""
    goals = await load_goals(tx, among(objectives.c.objective_id, [objective_id]))
    goal = goals.get(objective_id)
    if goal is None:
        raise not_found("goal")
    held = (await relations_to_rows(tx, viewer, [to_row(goal)]))[objective_id]
    if not may_read(goal, held):
        raise forbidden()
    talks = may(held, action=Action.READ, resource=Resource.CHECK_IN, state=State.OPEN)
    approves = may(held, action=Action.APPROVE, resource=Resource.GOAL, state=State.LOCKED)
    grades = may(held, action=Action.READ, resource=Resource.GOAL_GRADE)
    if talks or approves or grades:
        await limit_to_divisions(tx, {goal.division})
    seen = {Resource.CHECK_IN: talks, Resource.GOAL_GRADE: grades}
    if viewer != goal.owner_id:
        await record_reads(tx, [goal.owner_id], [each for each in seen if seen[each]], viewer=viewer, now=now)
    graded = await readers.list_grades(tx, goal.cycle_id, owners=[goal.owner_id]) if grades else {}
    return History(
        goal=goal,
        replaced=await readers.list_replaced(tx, objective_id),
        steps=await readers.list_steps(tx, objective_id),
        changes=await list_changes(tx, objective_id) if talks or approves else None,
        check_ins=await readers.list_check_ins(tx, objective_id) if talks else None,
        grades=graded.get(objective_id, []) if grades else None,
    )


async def read_cascade(tx: AsyncConnection, cycle_id: UUID, *, viewer: str) -> tuple[int, Coverage]:
    """How many objectives the cycle has, and how much of its cascade hangs together; numbers only."""
    await require_cycle(tx, cycle_id, viewer=viewer)
    graph = await readers.load_cascade(tx, cycle_id)
    return len(graph), coverage(graph)


async def read_mid_cycle(
    tx: AsyncConnection, cycle_id: UUID, *, viewer: str, levels: Sequence[str]
) -> dict[str, int]:
    """Key results by what became of them: all for coordinator and auditor, an HR partner's own divisions else."""
    await require_cycle(tx, cycle_id, viewer=viewer)
    held = await standing(tx, viewer, None)
    if not may(held, action=Action.READ, resource=Resource.CHECK_IN, state=State.OPEN):
        require(held, action=Action.READ, resource=Resource.COMPLETION)
    person = await find_person(tx, viewer)
    partner_of = frozenset[str]() if person is None else partner_divisions(person)
    divisions = None if held & ORGANIZATION else partner_of
    return await readers.count_mid_cycle(tx, cycle_id, levels=levels, divisions=divisions)


async def require_cycle(tx: AsyncConnection, cycle_id: UUID, *, viewer: str) -> None:
    """404 when the cycle has not arrived, 403 for somebody who does not work here."""
    held = await standing(tx, viewer, None)
    require(held, action=Action.READ, resource=Resource.CYCLE, state=State.OPEN)
    if cycle_id not in await find_cycles(tx, [cycle_id]):
        raise not_found("cycle")


async def record_reads(
    tx: AsyncConnection,
    people: Sequence[str],
    resources: Sequence[Resource],
    *,
    viewer: str,
    now: datetime,
) -> None:
    """Write into the audit log what of these people the viewer read."""
    entries = [
        audit.AuditEntry(who=viewer, action=Action.READ, resource=resource, subject=person, purpose="read")
        for resource in resources
        for person in people
    ]
    await audit.record(tx, entries, service=SOURCE, now=now)
