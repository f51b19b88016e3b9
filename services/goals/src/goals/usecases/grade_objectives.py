"""Grades objectives: the rule's suggestion beside the person's own grade, and the score that rolls up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from goals.domain.decisions import grade_objective
from goals.domain.events import ObjectiveGraded
from goals.domain.goal import Goal
from goals.domain.objective import Stage
from goals.domain.rules.grading import GradedResult
from goals.domain.rules.rollup import ALL_WEIGHTS, WeightedGoal, roll_up
from goals.outbound.announcements import GRADES, objective_graded
from goals.outbound.goals import advance_goals
from goals.outbound.progress import insert_grades, load_own_grades
from goals.usecases.advance_objectives import numbered
from goals.usecases.loading import SOURCE, decide_all, open_goals, record_changes
from plumbline.runtime.access import Action
from plumbline.runtime.outbox import announce


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """An objective with its grades and its score as a share of 1."""

    goal: Goal
    fact: ObjectiveGraded
    score: Fraction


async def grade_objectives(
    tx: AsyncConnection, objective_ids: Sequence[UUID], *, by: str, now: datetime
) -> list[Graded]:
    """Grade these objectives from their recorded results, all or none.

    Raises:
        Rejected: one is not locked, has a change that waits for approvals, or lacks an own grade.
    """
    opened = await open_goals(tx, objective_ids, viewer=by, action=Action.DECIDE)
    own = await load_own_grades(tx, objective_ids)

    def decide(goal: Goal) -> list[ObjectiveGraded]:
        given = {key: GRADES[own[key]] for key in goal.objective.key_results if key in own}
        ends_on = opened.cycle_of(goal).ends_on
        return [grade_objective(goal.objective, own=given, cycle_ends_on=ends_on, now=now)]

    facts = decide_all(numbered(objective_ids, opened), decide)
    graded = [Graded(goal=goal, fact=fact, score=objective_score(fact.suggested)) for goal, fact in facts]
    await insert_grades(tx, facts, now=now)
    await advance_goals(tx, objective_ids, stage=Stage.GRADED, by=by, now=now)
    await record_changes(tx, objective_ids, by=by, action=Action.DECIDE, purpose="grade", now=now)
    events = [
        objective_graded(
            each.goal, score=each.score, suggested=each.fact.suggested, own=each.fact.own, on=now.date()
        )
        for each in graded
    ]
    await announce(tx, events, source=SOURCE, now=now)
    return graded


def objective_score(suggested: Mapping[str, GradedResult]) -> Fraction:
    """An objective's score: its key results weigh the same, because they carry no weights of their own."""
    weight = ALL_WEIGHTS / len(suggested)
    goals = [
        WeightedGoal(goal_id=key, weight_percent=weight, score=result.score)
        for key, result in suggested.items()
    ]
    return roll_up(goals).score
