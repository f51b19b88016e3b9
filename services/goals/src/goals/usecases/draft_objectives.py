"""Keeps drafted objectives, one or a whole company's, that are free of mechanical errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from http import HTTPStatus
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import AsyncConnection

from goals.domain.decisions import draft_objective
from goals.domain.errors import Rejected
from goals.domain.goal import Cycle, Goal, KeyResult
from goals.domain.objective import evolve
from goals.domain.rules.calendar import due_date_of_week
from goals.domain.rules.smart import (
    Finding,
    ObjectiveKind,
    Severity,
    person_has_delivery_and_growth,
    smart_findings,
)
from goals.outbound.goals import find_taken, insert_goals
from goals.outbound.tables import key_results, objectives
from goals.usecases.loading import decide_all, record_changes, running_cycle
from goals.usecases.place_objectives import find_above, known_key_results, place_in_cascade
from plumbline.runtime.access import Action, Resource, State
from plumbline.runtime.directory import DirectoryPerson, find_people, relations_to_many
from plumbline.runtime.http import require
from plumbline.runtime.invalid_fields import FieldError
from plumbline.runtime.problems import ProblemError

GOAL_SETTING = "goal_setting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """The objectives as they were kept, and what the rules point out without refusing it."""

    goals: Sequence[Goal]
    warnings: Sequence[FieldError]


async def draft_objectives(
    tx: AsyncConnection,
    cycle_id: UUID,
    drafts: Sequence[Goal],
    *,
    due_weeks: Mapping[str, int],
    by: str,
    now: datetime,
) -> Drafted:
    """Keep these objectives, all or none. ``due_weeks`` names weeks of the cycle for key results without a date.

    Raises:
        Rejected: an id is taken, somebody has no other side to agree with, or the cascade has a ring.
        ProblemError: mechanical errors (422, naming field and fix of each), or no right to draft for an owner.
    """
    owners = {each.owner_id for each in drafts}
    for held in (await relations_to_many(tx, by, owners)).values():
        require(held, action=Action.WRITE, resource=Resource.GOAL, state=State.DRAFT)
    cycle = await running_cycle(tx, cycle_id)
    people = await find_people(tx, owners)
    days = due_dates(drafts, due_weeks, cycle=cycle)
    dated = [with_due_dates(each, days) for each in drafts]
    await require_new(tx, dated)
    above = await find_above(tx, dated, cycle_id=cycle_id)
    placed = place_in_cascade(dated, above)
    warnings = require_smart(placed, cycle=cycle, known=known_key_results(placed, above))
    goals = take_sides(placed, people, cycle=cycle, now=now)
    warnings += await person_warnings(tx, goals, cycle=cycle)
    await insert_goals(tx, goals, by=by, now=now)
    ids = [UUID(goal.objective_id) for goal in goals]
    await record_changes(tx, ids, by=by, action=Action.WRITE, purpose="draft", now=now)
    return Drafted(goals=goals, warnings=warnings)


def due_dates(goals: Sequence[Goal], due_weeks: Mapping[str, int], *, cycle: Cycle) -> dict[str, date]:
    """The weeks of the cycle turned into dates, by key result.

    Raises:
        Rejected: one is no week, at its place in the list.
        ProblemError: several are.
    """
    weeks = [
        (place, each.key_result_id)
        for place, each in places_of_key_results(goals)
        if each.key_result_id in due_weeks
    ]
    return dict(
        decide_all(
            weeks,
            lambda key: [due_date_of_week(quarter_starts_on=cycle.starts_on, week=due_weeks[key])],
        )
    )


def places_of_key_results(goals: Sequence[Goal]) -> list[tuple[str, KeyResult]]:
    """Each key result with its place in the request."""
    return [
        (f"objectives.{index}.key_results.{number}", each)
        for index, goal in enumerate(goals)
        for number, each in enumerate(goal.key_results)
    ]


def with_due_dates(goal: Goal, days: Mapping[str, date]) -> Goal:
    """The objective with these due dates of its key results."""
    if days.keys().isdisjoint(each.key_result_id for each in goal.key_results):
        return goal
    dated = tuple(
        replace(each, draft=replace(each.draft, due_on=days.get(each.key_result_id, each.draft.due_on)))
        for each in goal.key_results
    )
    content = replace(goal.objective.content, key_results=tuple(each.draft for each in dated))
    return replace(goal, key_results=dated, objective=replace(goal.objective, content=content))


async def require_new(tx: AsyncConnection, goals: Sequence[Goal]) -> None:
    """No id stands twice in the list, or in the tables already.

    Raises:
        Rejected: one does, at its place in the list.
        ProblemError: several do.
    """
    own = [(f"objectives.{index}", goal.objective_id) for index, goal in enumerate(goals)]
    below = [(place, each.key_result_id) for place, each in places_of_key_results(goals)]
    for field, named, table in (("objective_id", own, objectives), ("key_result_id", below, key_results)):
        taken = {str(each) for each in await find_taken(tx, table, [UUID(key) for _, key in named])}

        def take(key: str, *, field: str = field, taken: set[str] = taken) -> tuple[()]:
            if key in taken:
                raise Rejected(
                    field=field,
                    message="the id is taken",
                    fix="leave the id out, or send a new one",
                    status="conflict",
                )
            taken.add(key)
            return ()

        decide_all(named, take)


def require_smart(goals: Sequence[Goal], *, cycle: Cycle, known: frozenset[str]) -> list[FieldError]:
    """The warnings of the mechanical part of SMART.

    Raises:
        ProblemError: 422 with every error, each naming its field and fix.
    """
    errors: list[FieldError] = []
    warnings: list[FieldError] = []
    for index, goal in enumerate(goals):
        places = {goal.objective_id: f"objectives.{index}"} | {
            each.key_result_id: f"objectives.{index}.key_results.{number}"
            for number, each in enumerate(goal.key_results)
        }
        content = goal.objective.content
        for finding in smart_findings(
            content, starts_on=cycle.starts_on, ends_on=cycle.ends_on, known_key_results=known
        ):
            found = errors if finding.severity is Severity.ERROR else warnings
            found.append(to_field_error(finding, place=places[finding.subject]))
    if errors:
        raise ProblemError(
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            code="not_smart",
            message=f"{len(errors)} fields keep these objectives from being measured.",
            fix="Correct each field that is listed, and send the list again.",
            errors=errors,
        )
    return warnings


def to_field_error(finding: Finding, *, place: str) -> FieldError:
    """A finding as the client's field."""
    return FieldError(field=f"{place}.{finding.field}", message=finding.message, fix=finding.fix)


def take_sides(
    goals: Sequence[Goal], people: Mapping[str, DirectoryPerson], *, cycle: Cycle, now: datetime
) -> list[Goal]:
    """The objectives as drafted by both sides: the owner, and the manager or who was named in that place."""

    def decide(goal: Goal) -> list[Goal]:
        owner = people.get(goal.owner_id)
        if owner is None or owner.division not in cycle.divisions:
            raise Rejected(
                field="owner_id", message="the owner takes no part in the cycle", fix="name somebody who does"
            )
        other = owner.manager_id or goal.agrees_with_id
        if other is None:
            raise Rejected(
                field="agrees_with_id",
                message="the owner has no manager to agree with",
                fix="name the person who agrees in the manager's place",
            )
        fact = draft_objective(goal.objective.content, manager_id=other, now=now)
        named = None if owner.manager_id else goal.agrees_with_id
        return [replace(goal, objective=evolve(None, fact), division=owner.division, agrees_with_id=named)]

    places = [(f"objectives.{index}", goal) for index, goal in enumerate(goals)]
    return [kept for _, kept in decide_all(places, decide)]


async def person_warnings(tx: AsyncConnection, goals: Sequence[Goal], *, cycle: Cycle) -> list[FieldError]:
    """What is unusual about the owners' goals as a whole: only delivery, only growth, or late."""
    owners = {goal.owner_id for goal in goals if goal.level == "individual"}
    query = sa.select(objectives.c.owner_id, objectives.c.growth).where(
        objectives.c.cycle_id == cycle.cycle_id,
        objectives.c.level == "individual",
        objectives.c.owner_id == sa.any_(sa.literal(sorted(owners), pg.ARRAY(sa.Text))),
    )
    kinds: dict[str, set[ObjectiveKind]] = {owner: set() for owner in owners}
    for owner, growth in (await tx.execute(query.distinct())).all():
        kinds.get(owner, set()).add(ObjectiveKind.GROWTH if growth else ObjectiveKind.DELIVERY)
    for goal in goals:
        kinds.get(goal.owner_id, set()).add(goal.objective.content.kind)
    found = [
        to_field_error(finding, place=owner)
        for owner in sorted(owners)
        for finding in person_has_delivery_and_growth(owner, sorted(kinds[owner]))
    ]
    if GOAL_SETTING in cycle.closed_phases:
        fix = "have them agreed and locked soon"
        found.append(FieldError(field="cycle_id", message="goal setting is closed", fix=fix))
    return found
