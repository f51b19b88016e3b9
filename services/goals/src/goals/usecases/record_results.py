"""Records what came out of key results, and the person's own grade beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from goals.domain.decisions import record_actual
from goals.domain.errors import Rejected
from goals.domain.goal import Goal
from goals.outbound.goals import find_objectives_of
from goals.outbound.progress import ResultRow, store_results
from goals.usecases.loading import decide_all, open_goals, record_changes
from plumbline.runtime.access import Action, Relation, Resource
from plumbline.runtime.problems import not_found


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A key result's actual in its metric's unit; ``own`` is the person's own grade as the contract names it."""

    key_result_id: UUID
    actual: Fraction
    done_on: date | None
    own: str | None


async def record_results(tx: AsyncConnection, results: Sequence[Result], *, by: str, now: datetime) -> None:
    """Keep these actuals, all or none; a later one replaces an earlier one until the objective is graded.

    Raises:
        Rejected: a key result is named twice, its objective is not locked, or the actual cannot be.
    """
    named = {each.key_result_id for each in results}
    if len(named) != len(results):
        raise Rejected(field="results", message="a key result stands there twice", fix="name each once")
    objective_of = {key: found[0] for key, found in (await find_objectives_of(tx, named)).items()}
    if set(objective_of) != named:
        raise not_found("key result")
    opened = await open_goals(
        tx,
        sorted(set(objective_of.values())),
        viewer=by,
        action=Action.WRITE,
        resource=Resource.GOAL_GRADE,
    )
    goals = {key: opened.goals[objective_id] for key, objective_id in objective_of.items()}
    places = [(f"results.{index}", each) for index, each in enumerate(results)]

    def decide(result: Result) -> list[ResultRow]:
        goal = goals[result.key_result_id]
        require_own_grade_by_owner(result, relations=opened.relations[objective_of[result.key_result_id]])
        return [decide_result(goal, result, now=now)]

    facts = decide_all(places, decide)
    await store_results(tx, [row for _, row in facts], by=by, now=now)
    await record_changes(
        tx,
        list(opened.goals),
        by=by,
        action=Action.WRITE,
        purpose="results",
        now=now,
        resource=Resource.GOAL_GRADE,
    )


def require_own_grade_by_owner(result: Result, *, relations: frozenset[Relation]) -> None:
    """Nobody gives somebody else's own grade.

    Raises:
        Rejected: somebody does.
    """
    if result.own is not None and Relation.SELF not in relations:
        raise Rejected(field="own_grade", message="it is the owner's to give", fix="leave it out")


def decide_result(goal: Goal, result: Result, *, now: datetime) -> ResultRow:
    """One actual as the rules let it in."""
    fact = record_actual(
        goal.objective,
        key_result_id=str(result.key_result_id),
        actual=result.actual,
        done_on=result.done_on,
        now=now,
    )
    return ResultRow(
        goal=goal,
        key_result_id=result.key_result_id,
        actual=fact.actual,
        done_on=fact.done_on,
        own=result.own,
    )
