"""Goals at both ends of a quarter: agreed and locked, recorded and graded."""

import random
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from plumbline_local.demo.apis import pieces, together
from plumbline_local.demo.casting import JANE, Cast
from plumbline_local.demo.objectives import KeyResult, Objective, cascade
from plumbline_local.demo.quarters import Quarter
from plumbline_local.demo.roster import Roster
from plumbline_local.demo.stage import Bar, Stage

_MOST_IN_ONE = 5_000
# What somebody with a rating reaches of a target, in percent of the way.
_REACHED = {5: (110, 125), 4: (100, 115), 3: (85, 105), 2: (45, 80), 1: (10, 50)}


async def set_goals(
    stage: Stage, roster: Roster, quarter: Quarter, chance: random.Random, bar: Bar
) -> list[Objective]:
    """Owners draft and propose, managers agree, the coordinator locks all but the own; answers everybody's individual ones.

    In a large organization managers write the drafts of their reports into one list each.
    """
    levels = cascade(roster, quarter, chance)
    everything = [objective for level in levels for objective in level]
    at = quarter.goal_setting
    bar.expect(2 * len(everything))

    async def draft(author: str, own: Sequence[Objective]) -> None:
        body = {"objectives": [each.body(quarter) for each in own]}
        await stage.apis.post("goals", f"/cycles/{quarter.cycle_id}/objectives", body, person=author, at=at)
        bar.done(len(own))

    async def propose(owner: str, own: Sequence[Objective]) -> None:
        await stage.apis.post("goals", "/objectives/propose", ids_of(own), person=owner, at=at)
        bar.done(len(own))

    async def agree(manager: str, own: Sequence[Objective]) -> None:
        body = {**ids_of(own), "smart_confirmed": True}
        await stage.apis.post("goals", "/objectives/agree", body, person=manager, at=at)

    for level in levels:
        by_author = by_manager if roster.large and level is levels[-1] else by_owner
        await together(draft(*group) for group in by_author(level))
    await together(propose(*group) for group in by_owner(everything))
    await together(agree(*group) for group in by_manager(everything))
    for locker, group in by_locker(roster, everything):
        for piece in pieces(group, _MOST_IN_ONE):
            await stage.apis.post("goals", "/objectives/lock", ids_of(piece), person=locker, at=at)
    return levels[-1]


def ids_of(objectives: Iterable[Objective]) -> dict[str, Any]:
    """As the goals api takes a list of objectives."""
    return {"objective_ids": [str(each.objective_id) for each in objectives]}


def by_owner(objectives: Iterable[Objective]) -> list[tuple[str, list[Objective]]]:
    """Each owner with the own objectives."""
    found: dict[str, list[Objective]] = {}
    for each in objectives:
        found.setdefault(each.owner.person_id, []).append(each)
    return list(found.items())


def by_manager(objectives: Iterable[Objective]) -> list[tuple[str, list[Objective]]]:
    """Each manager with the objectives of all reports."""
    found: dict[str, list[Objective]] = {}
    for each in objectives:
        found.setdefault(each.owner.manager_id or "", []).append(each)
    return list(found.items())


def by_locker(roster: Roster, objectives: Iterable[Objective]) -> list[tuple[str, list[Objective]]]:
    """The coordinator with everybody else's objectives; the coordinator's own are the manager's to lock."""
    coordinator = roster.holder("coordinator")
    found: dict[str, list[Objective]] = {}
    for each in objectives:
        is_own = each.owner.person_id == coordinator
        found.setdefault(each.owner.manager_id or "" if is_own else coordinator, []).append(each)
    return list(found.items())


async def grade_goals(
    stage: Stage, quarter: Quarter, own: Sequence[Objective], cast: Cast, chance: random.Random, bar: Bar
) -> None:
    """Everybody records results with an own grade; managers grade."""
    at = quarter.review
    results = {
        owner: [
            _result(quarter, each, cast, objective, chance)
            for objective in group
            for each in objective.key_results
        ]
        for owner, group in by_owner(own)
    }
    bar.expect(len(results))

    async def record(owner: str) -> None:
        await stage.apis.post("goals", "/results", {"results": results[owner]}, person=owner, at=at)
        bar.done()

    await together(record(owner) for owner in results)
    await together(
        stage.apis.post("goals", "/objectives/grade", ids_of(group), person=manager, at=at)
        for manager, group in by_manager(own)
    )


# Jane's results as she wrote them: (actual, week in which it was done, own grade).
_JANES = {
    "Design and get approval for multi-tenant schema": ("1", 2, "met"),
    "Implement tenant isolation with zero downtime": ("1", 7, "mostly_met"),
    "Load test proves 10x current capacity": ("12", 9, "exceeded"),
    "Lead 3 architecture review sessions": ("4", 10, "exceeded"),
    "Mentor 1 junior engineer through their first major feature": ("1", 11, "met"),
    "Write and publish 1 internal tech blog post": ("1", 11, "met"),
}


def _result(
    quarter: Quarter, key_result: KeyResult, cast: Cast, objective: Objective, chance: random.Random
) -> dict[str, Any]:
    if objective.owner.person_id == JANE:
        actual, week, grade = _JANES[key_result.title]
    else:
        part = cast.part(objective.owner.person_id)
        reached = chance.randint(*_REACHED[part.settled if part else 3])
        actual, grade = _actual(key_result, reached), _grade(reached, binary=not key_result.target)
        week = key_result.week
    done = min(quarter.week(week), quarter.review.date())
    return {
        "key_result_id": str(key_result.key_result_id),
        "actual": actual,
        "done_date": str(done),
        "own_grade": grade,
    }


def _actual(key_result: KeyResult, reached: int) -> str:
    """The value that lies so many percent of the way from the baseline to the target."""
    if not key_result.target:
        return "1" if reached >= 50 else "0"
    way = Decimal(key_result.target) - Decimal(key_result.baseline)
    return str(max(Decimal(0), Decimal(key_result.baseline) + way * reached / 100))


def _grade(reached: int, *, binary: bool) -> str:
    if binary:
        return "met" if reached >= 50 else "not_met"
    steps = ((110, "exceeded"), (100, "met"), (70, "mostly_met"), (40, "partially_met"))
    return next((grade for least, grade in steps if reached >= least), "not_met")
