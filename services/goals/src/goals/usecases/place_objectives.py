"""Puts new objectives under the key results that they serve."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from goals.domain.errors import Rejected
from goals.domain.goal import LEVELS, Goal, LevelName
from goals.domain.rules.cascade import CascadedObjective, find_cycle, parent_objectives, skips_upwards
from goals.outbound.goals import find_objectives_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Above:
    """What the new objectives may serve: key result → (its objective, that one's level)."""

    parents: Mapping[str, tuple[str, LevelName]]


async def find_above(tx: AsyncConnection, goals: Sequence[Goal], *, cycle_id: UUID) -> Above:
    """The key results of this cycle, stored or in the list, that these objectives name as their parents."""
    wanted = {UUID(name) for goal in goals if (name := goal.objective.content.parent_key_result_id)}
    stored = await find_objectives_of(tx, wanted)
    parents: dict[str, tuple[str, LevelName]] = {
        str(key): (str(objective_id), level)
        for key, (objective_id, of_cycle, level) in stored.items()
        if of_cycle == cycle_id
    }
    listed: dict[str, tuple[str, LevelName]] = {
        each.key_result_id: (goal.objective_id, goal.level) for goal in goals for each in goal.key_results
    }
    return Above(parents={**parents, **listed})


def known_key_results(goals: Iterable[Goal], above: Above) -> frozenset[str]:
    """The key results that exist as parents."""
    return frozenset(above.parents) | {each.key_result_id for goal in goals for each in goal.key_results}


def place_in_cascade(goals: Sequence[Goal], above: Above) -> list[Goal]:
    """The objectives with the objective above each.

    Raises:
        Rejected: they serve each other in a ring, or one serves its own level or one below it.
    """
    listed = {goal.objective_id for goal in goals}
    cascaded = [
        CascadedObjective(
            objective_id=goal.objective_id,
            level=LEVELS[goal.level],
            key_result_ids=tuple(each.key_result_id for each in goal.key_results),
            parent_key_result_id=goal.objective.content.parent_key_result_id,
        )
        for goal in goals
    ]
    stored: dict[str, CascadedObjective] = {}
    for key, (objective_id, level) in above.parents.items():
        if objective_id not in listed:
            seen = stored.get(objective_id)
            keys = (*(seen.key_result_ids if seen else ()), key)
            stored[objective_id] = CascadedObjective(
                objective_id=objective_id, level=LEVELS[level], key_result_ids=keys
            )
    graph = [*cascaded, *stored.values()]
    parents = parent_objectives(graph)
    ring, upwards = find_cycle(parents), skips_upwards(graph)
    if ring or upwards:
        raise Rejected(
            field="parent_key_result_id",
            message="objectives serve each other in a ring" if ring else "one serves its own level or below",
            fix="name a key result of an objective at a level above",
        )
    return [replace(goal, parent_objective_id=parents[goal.objective_id]) for goal in goals]
