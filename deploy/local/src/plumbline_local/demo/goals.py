"""Goals through a quarter: agreed and locked, checked and changed in the middle, graded at the end."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from plumbline_local.demo.apis import pieces, together
from plumbline_local.demo.casting import JANE, Cast
from plumbline_local.demo.objectives import KeyResult, Objective, cascade
from plumbline_local.demo.quarters import Quarter
from plumbline_local.demo.roster import Roster
from plumbline_local.demo.stage import Bar, Stage

# What becomes of key results in the middle of a quarter, in percent; the rest stays on track.
AT_RISK, REPLACED, ADJUSTED = 5, 10, 25
_MOST_IN_ONE = 5_000
_LAST_WEEK = 13
# What somebody with a rating reaches of a target, in percent of the way.
_REACHED = {5: (110, 125), 4: (100, 115), 3: (85, 105), 2: (45, 80), 1: (10, 50)}


async def set_goals(
    stage: Stage, roster: Roster, quarter: Quarter, chance: random.Random, bar: Bar
) -> list[Objective]:
    """Owners draft and propose, managers agree, the coordinator locks; answers everybody's own objectives."""
    levels = cascade(roster, quarter, chance)
    everything = [objective for level in levels for objective in level]
    at = quarter.goal_setting
    bar.expect(2 * len(everything))

    async def draft(owner: str, own: Sequence[Objective]) -> None:
        body = {"objectives": [each.body(quarter) for each in own]}
        await stage.apis.post("goals", f"/cycles/{quarter.cycle_id}/objectives", body, person=owner, at=at)
        bar.done(len(own))

    async def propose(owner: str, own: Sequence[Objective]) -> None:
        await stage.apis.post("goals", "/objectives/propose", _ids(own), person=owner, at=at)
        bar.done(len(own))

    async def agree(manager: str, own: Sequence[Objective]) -> None:
        body = {**_ids(own), "smart_confirmed": True}
        await stage.apis.post("goals", "/objectives/agree", body, person=manager, at=at)

    for level in levels:
        await together(draft(*group) for group in _by_owner(level))
    await together(propose(*group) for group in _by_owner(everything))
    await together(agree(*group) for group in _by_manager(everything))
    for piece in pieces(everything, _MOST_IN_ONE):
        coordinator = roster.holder("coordinator")
        await stage.apis.post("goals", "/objectives/lock", _ids(piece), person=coordinator, at=at)
    return levels[-1]


def _ids(objectives: Iterable[Objective]) -> dict[str, Any]:
    return {"objective_ids": [str(each.objective_id) for each in objectives]}


def _by_owner(objectives: Iterable[Objective]) -> list[tuple[str, list[Objective]]]:
    found: dict[str, list[Objective]] = {}
    for each in objectives:
        found.setdefault(each.owner.person_id, []).append(each)
    return list(found.items())


def _by_manager(objectives: Iterable[Objective]) -> list[tuple[str, list[Objective]]]:
    found: dict[str, list[Objective]] = {}
    for each in objectives:
        found.setdefault(each.owner.manager_id or "", []).append(each)
    return list(found.items())


async def check_goals(
    stage: Stage, roster: Roster, quarter: Quarter, own: Sequence[Objective], chance: random.Random, bar: Bar
) -> list[Objective]:
    """The mid-cycle talks, then what they change; answers the objectives as they are afterwards."""
    free = [each for objective in own if objective.owner.person_id != JANE for each in objective.key_results]
    everything = sum(len(objective.key_results) for objective in own)
    chance.shuffle(free)
    risky, replaced, adjusted = (everything * share // 100 for share in (AT_RISK, REPLACED, ADJUSTED))
    fates = [AT_RISK] * risky + [REPLACED] * replaced + [ADJUSTED] * adjusted
    fate = {each.key_result_id: what for each, what in zip(free, fates, strict=False)}
    at_risk = {key for key, what in fate.items() if what == AT_RISK}
    bar.expect(everything)
    await together(_talk(stage, quarter, manager, group, at_risk) for manager, group in _by_manager(own))
    bar.done(everything - replaced - adjusted)
    return await together(_change(stage, roster, quarter, each, fate, bar) for each in own)


async def _talk(
    stage: Stage, quarter: Quarter, manager: str, own: Sequence[Objective], at_risk: set[UUID]
) -> None:
    """A manager's talks with all reports."""
    talks = [
        {
            "person_id": owner,
            "key_results": [_line(each, at_risk) for objective in group for each in objective.key_results],
            "answers": {
                "going_well": "The design was approved in week 2.",
                "blocking": "A dependency on the platform team.",
                "to_adjust": "Only what is written beside the key results.",
                "support_needed": "An hour a week with the platform team.",
            },
            "manager_actions": ["Ask the platform team for a date."],
            "employee_actions": ["Write down what the dependency needs."],
        }
        for owner, group in _by_owner(own)
    ]
    body = {"cycle_id": str(quarter.cycle_id), "people": talks}
    await stage.apis.post("goals", "/check-ins", body, person=manager, at=quarter.mid_cycle)


def _line(key_result: KeyResult, at_risk: set[UUID]) -> dict[str, Any]:
    line: dict[str, Any] = {"key_result_id": str(key_result.key_result_id), "note": "Talked through."}
    if key_result.key_result_id in at_risk:
        plan = "Two days a week with the platform team until week 10; the manager moves other work."
        return {**line, "status": "at_risk", "confidence": "medium", "intervention_plan": plan}
    return {**line, "status": "on_track", "confidence": "high"}


async def _change(
    stage: Stage, roster: Roster, quarter: Quarter, objective: Objective, fate: dict[UUID, int], bar: Bar
) -> Objective:
    """The changes of one objective, one after the other, because only one may be open at a time."""
    kept: list[KeyResult] = []
    for each in objective.key_results:
        what = fate.get(each.key_result_id)
        if what == ADJUSTED:
            kept.append(await _adjust(stage, quarter, objective, each))
        elif what == REPLACED:
            kept.append(await _replace(stage, roster, quarter, objective, each))
        else:
            kept.append(each)
            continue
        bar.done()
    return replace(objective, key_results=tuple(kept))


async def _adjust(stage: Stage, quarter: Quarter, objective: Objective, old: KeyResult) -> KeyResult:
    """It gets until the quarter's last week; the manager approves."""
    body = {"rationale": "The dependency came three weeks later than planned.", "due_week": _LAST_WEEK}
    path, person = f"/key-results/{old.key_result_id}/adjust", objective.owner.person_id
    at = quarter.mid_cycle + timedelta(days=1)
    answer = await stage.apis.post("goals", path, body, person=person, at=at)
    await _approve(stage, objective, answer, objective.owner.manager_id or "", at)
    return replace(old, week=_LAST_WEEK)


async def _replace(
    stage: Stage, roster: Roster, quarter: Quarter, objective: Objective, old: KeyResult
) -> KeyResult:
    """It makes way for a new priority; manager and skip-level approve."""
    new = KeyResult(
        key_result_id=uuid5(old.key_result_id, "replaced"),
        title="Close the findings of the security review",
        week=12,
        metric="findings",
        unit="findings",
        baseline="9",
        target="0",
    )
    rationale = "The security review for the enterprise tier comes first."
    body = {"rationale": rationale, "replacement": new.body(quarter)}
    path, at = f"/key-results/{old.key_result_id}/replace", quarter.mid_cycle + timedelta(days=1)
    owner = objective.owner
    answer = await stage.apis.post("goals", path, body, person=owner.person_id, at=at)
    await _approve(stage, objective, answer, owner.manager_id or "", at)
    above = roster.skip_level(owner) or roster.partner(owner.division)
    await _approve(stage, objective, answer, above, at)
    return new


async def _approve(
    stage: Stage, objective: Objective, change: dict[str, Any], person: str, at: datetime
) -> None:
    path = f"/objectives/{objective.objective_id}/adjustments/{change['adjustment_id']}/approve"
    await stage.apis.post("goals", path, person=person, at=at)


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
        for owner, group in _by_owner(own)
    }
    bar.expect(len(results))

    async def record(owner: str) -> None:
        await stage.apis.post("goals", "/results", {"results": results[owner]}, person=owner, at=at)
        bar.done()

    await together(record(owner) for owner in results)
    await together(
        stage.apis.post("goals", "/objectives/grade", _ids(group), person=manager, at=at)
        for manager, group in _by_manager(own)
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
