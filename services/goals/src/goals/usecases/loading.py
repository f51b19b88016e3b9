"""What every command on objectives does first: check the right to each of them, then load and hold them all."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from goals.domain.errors import Rejected
from goals.domain.goal import Cycle, Goal
from goals.domain.objective import Stage
from goals.outbound.cycles import find_cycles
from goals.outbound.goals import GoalRow, load_goals, lock_rows
from goals.outbound.readers import list_steps_after
from goals.outbound.selecting import among
from goals.outbound.tables import objectives
from plumbline.runtime import audit
from plumbline.runtime.access import Action, Relation, Resource, State
from plumbline.runtime.directory import find_people, relations_to_many
from plumbline.runtime.http import check_version, require
from plumbline.runtime.invalid_fields import FieldError
from plumbline.runtime.problems import ProblemError, not_found
from plumbline.runtime.security import limit_to_divisions

SOURCE = "goals"
Item = TypeVar("Item")
Fact = TypeVar("Fact")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Objectives that are held for a change, their cycles, and how the caller stands to each."""

    goals: dict[UUID, Goal]
    cycles: dict[UUID, Cycle]
    relations: dict[UUID, frozenset[Relation]]

    def cycle_of(self, goal: Goal) -> Cycle:
        """The cycle of one of them."""
        return self.cycles[goal.cycle_id]


async def open_goals(
    tx: AsyncConnection,
    objective_ids: Collection[UUID],
    *,
    viewer: str,
    action: Action,
    resource: Resource = Resource.GOAL,
    allow: Callable[[GoalRow, frozenset[Relation]], bool] | None = None,
) -> Opened:
    """Hold and load these objectives; 404 when one does not exist, 403 when one may not be changed so.

    ``allow`` adds a case that the caller decided by the policy under another name.

    Raises:
        Rejected: an objective is named twice, or its cycle is over.
    """
    if len(set(objective_ids)) != len(objective_ids):
        raise Rejected(field="objective_ids", message="one is named twice", fix="name each once")
    rows = await lock_rows(tx, objective_ids)
    if len(rows) != len(objective_ids):
        raise not_found("goal")
    held = await relations_to_rows(tx, viewer, rows)
    for row in rows:
        if allow is None or not allow(row, held[row.objective_id]):
            state = state_of(row.stage, resource)
            require(held[row.objective_id], action=action, resource=resource, state=state)
    await limit_to_divisions(tx, {row.division for row in rows})
    goals = await load_goals(tx, among(objectives.c.objective_id, [row.objective_id for row in rows]))
    cycles = await find_cycles(tx, sorted({goal.cycle_id for goal in goals.values()}))
    require_running(cycles.values())
    return Opened(goals=goals, cycles=cycles, relations=held)


async def require_version(tx: AsyncConnection, goal: Goal, *, expected: int | None) -> None:
    """409 with what happened since when the caller saw another version (None: any)."""
    if expected is not None and expected != goal.version:
        changed = await list_steps_after(tx, UUID(goal.objective_id), expected)
        check_version(expected=expected, current=goal.version, changed=changed)


async def relations_to_rows(
    tx: AsyncConnection, viewer: str, rows: Sequence[GoalRow]
) -> dict[UUID, frozenset[Relation]]:
    """How the viewer stands to each objective; who was named for an owner without a manager is as that manager."""
    held = await relations_to_many(tx, viewer, {row.owner_id for row in rows})
    named = {row.owner_id for row in rows if row.agrees_with_id == viewer}
    people = await find_people(tx, named) if named else {}
    found: dict[UUID, frozenset[Relation]] = {}
    for row in rows:
        relations, owner = held[row.owner_id], people.get(row.owner_id)
        stands_in = row.agrees_with_id == viewer and owner is not None and owner.manager_id is None
        found[row.objective_id] = relations | {Relation.MANAGER} if stands_in and relations else relations
    return found


def state_of(stage: Stage, resource: Resource) -> State:
    """The state by which the access table knows an objective, its check-ins or its grades."""
    if resource is Resource.CHECK_IN:
        return State.OPEN
    if resource is Resource.GOAL_GRADE:
        return State.ALWAYS
    return State.LOCKED if stage.visible_to_organization else State.DRAFT


def require_running(cycles: Iterable[Cycle]) -> None:
    """The goals of a closed cycle no longer change.

    Raises:
        Rejected: one of the cycles is over.
    """
    if any(each.closed for each in cycles):
        raise Rejected(
            field="cycle_id",
            message="the cycle is closed",
            fix="take an objective of a running cycle",
            status="conflict",
        )


async def running_cycle(tx: AsyncConnection, cycle_id: UUID) -> Cycle:
    """The cycle; 404 when it has not arrived here.

    Raises:
        Rejected: it is over.
    """
    found = (await find_cycles(tx, [cycle_id])).get(cycle_id)
    if found is None:
        raise not_found("cycle")
    require_running([found])
    return found


def decide_all(
    items: Iterable[tuple[str, Item]], decide: Callable[[Item], Sequence[Fact]]
) -> list[tuple[Item, Fact]]:
    """Decide every item, or refuse the whole list and name each one that a rule refuses.

    ``items`` are (place in the request, item); the answer pairs each fact with its item.
    """
    facts: list[tuple[Item, Fact]] = []
    refused: list[tuple[str, Rejected]] = []
    for place, item in items:
        try:
            facts.extend((item, fact) for fact in decide(item))
        except Rejected as error:
            refused.append((place, error))
    if refused:
        raise refusal_of(refused)
    return facts


def refusal_of(refused: Sequence[tuple[str, Rejected]]) -> Exception:
    """One refusal as it is; several as one problem that lists them."""
    if len(refused) == 1:
        place, error = refused[0]
        return Rejected(
            field=at(place, error.field), message=error.message, fix=error.fix, status=error.status
        )
    only_conflicts = all(error.status == "conflict" for _, error in refused)
    return ProblemError(
        status=HTTPStatus.CONFLICT if only_conflicts else HTTPStatus.UNPROCESSABLE_ENTITY,
        code="conflict" if only_conflicts else "invalid",
        message=f"{len(refused)} items are refused, so nothing was changed.",
        errors=[
            FieldError(field=at(place, error.field), message=error.message, fix=error.fix)
            for place, error in refused
        ],
    )


def at(place: str, field: str) -> str:
    """A field of an item of the request; the request itself is the place ""."""
    return f"{place}.{field}" if place else field


async def record_changes(
    tx: AsyncConnection,
    objective_ids: Iterable[UUID],
    *,
    by: str,
    action: Action,
    purpose: str,
    now: datetime,
    resource: Resource = Resource.GOAL,
) -> None:
    """Write into the audit log that these objectives were changed."""
    entries = [
        audit.AuditEntry(who=by, action=action, resource=resource, subject=str(each), purpose=purpose)
        for each in objective_ids
    ]
    await audit.record(tx, entries, service=SOURCE, now=now)
