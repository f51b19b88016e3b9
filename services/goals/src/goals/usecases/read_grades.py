"""People's grades of a cycle with the score that their objectives roll up to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from goals.domain.rules.rollup import WeightedGoal, roll_up, weights_sum_to_all
from goals.outbound import readers
from goals.usecases.queries import record_reads, require_cycle
from plumbline.runtime.access import Action, Resource, may
from plumbline.runtime.directory import relations, relations_to_many
from plumbline.runtime.http import require


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveGrades:
    """An objective's graded key results; ``score`` is None until it is graded."""

    objective_id: UUID
    title: str
    level: str
    weight_percent: Fraction | None
    score: Fraction | None
    key_results: Sequence[readers.GradeRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonGrades:
    """One person's objectives; ``score`` is None until every individual one is graded."""

    person_id: str
    score: Fraction | None
    objectives: Sequence[ObjectiveGrades]


async def read_grades(
    tx: AsyncConnection,
    cycle_id: UUID,
    *,
    viewer: str,
    owner: str | None,
    after: str,
    limit: int,
    now: datetime,
) -> tuple[list[PersonGrades], str | None]:
    """A page of those whose grades the viewer may see, and after whom the next page starts, if there is one."""
    await require_cycle(tx, cycle_id, viewer=viewer)
    if owner is not None:
        held = await relations(tx, viewer, owner)
        require(held, action=Action.READ, resource=Resource.GOAL_GRADE)
    page = await readers.list_graded_owners(tx, cycle_id, owner=owner, after=after, limit=limit)
    stand = await relations_to_many(tx, viewer, page)
    seen = [each for each in page if may(stand[each], action=Action.READ, resource=Resource.GOAL_GRADE)]
    others = [each for each in seen if each != viewer]
    await record_reads(tx, others, [Resource.GOAL_GRADE], viewer=viewer, now=now)
    graded = await readers.list_grades(tx, cycle_id, owners=seen)
    found: dict[str, list[ObjectiveGrades]] = {each: [] for each in seen}
    for person, objective_id, title, level, weight in await readers.list_weights(tx, cycle_id, owners=seen):
        own = graded.get(objective_id, [])
        found[person].append(
            ObjectiveGrades(
                objective_id=objective_id,
                title=title,
                level=level,
                weight_percent=None if weight is None else Fraction(weight),
                score=mean([Fraction(each.score) for each in own]),
                key_results=own,
            )
        )
    people = [
        PersonGrades(person_id=each, score=person_score(found[each]), objectives=found[each]) for each in seen
    ]
    return people, page[-1] if len(page) == limit else None


def mean(scores: Sequence[Fraction]) -> Fraction | None:
    """The mean of an objective's key results, which weigh the same; None of nothing."""
    return sum(scores, Fraction(0)) / len(scores) if scores else None


def person_score(found: Sequence[ObjectiveGrades]) -> Fraction | None:
    """The weighted score of a person's individual objectives; None while one is not graded."""
    weighted = [
        WeightedGoal(
            goal_id=str(each.objective_id),
            weight_percent=each.weight_percent or Fraction(0),
            score=each.score,
        )
        for each in found
        if each.level == "individual"
    ]
    if not weighted or any(each.score is None for each in weighted) or not weights_sum_to_all(weighted):
        return None
    return roll_up(weighted).score
