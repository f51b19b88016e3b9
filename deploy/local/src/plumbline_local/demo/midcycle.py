"""The middle of a quarter: talks about every key result, then what they change, with everybody's agreement."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid5

from plumbline_local.demo.apis import together
from plumbline_local.demo.casting import JANE
from plumbline_local.demo.goals import by_manager, by_owner
from plumbline_local.demo.objectives import KeyResult, Objective
from plumbline_local.demo.quarters import Quarter
from plumbline_local.demo.roster import Roster
from plumbline_local.demo.stage import Bar, Stage

T = TypeVar("T")
# What becomes of key results, in percent; the rest stays on track.
AT_RISK, REPLACED, ADJUSTED = 5, 10, 25
_LAST_WEEK = 13


async def check_goals(
    stage: Stage, roster: Roster, quarter: Quarter, own: Sequence[Objective], chance: random.Random, bar: Bar
) -> list[Objective]:
    """The mid-cycle talks, then what they change; answers the objectives as they are afterwards."""
    everything = sum(len(objective.key_results) for objective in own)
    risky, replaced, adjusted = (everything * share // 100 for share in (AT_RISK, REPLACED, ADJUSTED))
    fates = [REPLACED] * replaced + [ADJUSTED] * adjusted + [AT_RISK] * risky
    fate = {key: what for key, what in zip(_in_turn(own, chance), fates, strict=False)}
    at_risk = {key for key, what in fate.items() if what == AT_RISK}
    bar.expect(everything)
    await together(_talk(stage, quarter, manager, group, at_risk) for manager, group in by_manager(own))
    bar.done(everything - replaced - adjusted)
    rounds = _rounds(own, fate, quarter)
    for changes in rounds:
        await _change(stage, roster, quarter, changes, bar)
    after = {each.old.key_result_id: each.new for changes in rounds for each in changes}
    return [
        replace(each, key_results=tuple(after.get(old.key_result_id, old) for old in each.key_results))
        for each in own
    ]


def _in_turn(own: Sequence[Objective], chance: random.Random) -> list[UUID]:
    """Everybody's key results but Jane's in an order of chance, one of each objective before any second one."""
    free = [objective for objective in own if objective.owner.person_id != JANE]
    chance.shuffle(free)
    drawn = [chance.sample(objective.key_results, len(objective.key_results)) for objective in free]
    most = max((len(each) for each in drawn), default=0)
    return [each[turn].key_result_id for turn in range(most) for each in drawn if turn < len(each)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """A key result of an objective, and what it becomes."""

    objective: Objective
    old: KeyResult
    new: KeyResult

    def body(self, quarter: Quarter) -> dict[str, Any]:
        """As the goals api takes it."""
        common = {"key_result_id": str(self.old.key_result_id)}
        if self.old.key_result_id != self.new.key_result_id:
            rationale = "The security review for the enterprise tier comes first."
            return {**common, "rationale": rationale, "replacement": self.new.body(quarter)}
        rationale = "The dependency came three weeks later than planned."
        return {**common, "rationale": rationale, "due_week": self.new.week}


def _rounds(own: Sequence[Objective], fate: dict[UUID, int], quarter: Quarter) -> list[list[_Change]]:
    """What changes, one key result of each objective a round, because only one change of one may be open."""
    rounds: list[list[_Change]] = []
    for objective in own:
        changed = [
            each for each in objective.key_results if fate.get(each.key_result_id) in (REPLACED, ADJUSTED)
        ]
        for turn, old in enumerate(changed):
            if turn == len(rounds):
                rounds.append([])
            new = _replacement(old) if fate[old.key_result_id] == REPLACED else replace(old, week=_LAST_WEEK)
            rounds[turn].append(_Change(objective=objective, old=old, new=new))
    return rounds


def _replacement(old: KeyResult) -> KeyResult:
    """A new priority in its place."""
    return KeyResult(
        key_result_id=uuid5(old.key_result_id, "replaced"),
        title="Close the findings of the security review",
        week=12,
        metric="findings",
        unit="findings",
        baseline="9",
        target="0",
    )


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
        for owner, group in by_owner(own)
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
    stage: Stage, roster: Roster, quarter: Quarter, changes: Sequence[_Change], bar: Bar
) -> None:
    """Owners propose their changes in a list each; managers approve, and of replacements their managers."""
    at = quarter.mid_cycle + timedelta(days=1)
    owner_of = {str(each.objective.objective_id): each.objective.owner for each in changes}

    async def propose(owner: str, mine: Sequence[_Change]) -> list[dict[str, Any]]:
        body = {"changes": [each.body(quarter) for each in mine]}
        answer = await stage.apis.post("goals", "/changes", body, person=owner, at=at)
        return answer["changes"]

    async def approve(person: str, waiting: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        named = [{key: each[key] for key in ("objective_id", "adjustment_id")} for each in waiting]
        answer = await stage.apis.post(
            "goals", "/changes/approve", {"approvals": named}, person=person, at=at
        )
        return answer["changes"]

    def asked(change: dict[str, Any]) -> str:
        """Who gives the approval that comes next."""
        owner = owner_of[change["objective_id"]]
        sides = {"manager": owner.manager_id, "skip_level": roster.skip_level(owner)}
        asked = sides.get(change["approvals_missing"][0]) or roster.partner_for(owner)
        return asked or roster.partner(owner.division)

    mine = _grouped((each.objective.owner.person_id, each) for each in changes)
    answers = await together(propose(owner, group) for owner, group in mine.items())
    open_ = [change for answer in answers for change in answer]
    while waiting := [change for change in open_ if change["approvals_missing"]]:
        groups = _grouped((asked(change), change) for change in waiting)
        answers = await together(approve(person, group) for person, group in groups.items())
        open_ = [change for answer in answers for change in answer]
    bar.done(len(changes))


def _grouped(pairs: Iterable[tuple[str, T]]) -> dict[str, list[T]]:
    found: dict[str, list[T]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found
