"""How objectives hang together from the company down to a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction


class Level(IntEnum):
    """The four levels of the cascade, the company first."""

    COMPANY = 0
    DIVISION = 1
    TEAM = 2
    INDIVIDUAL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CascadedObjective:
    """An objective's place: its level, its key results, and the key result above that it serves."""

    objective_id: str
    level: Level
    key_result_ids: tuple[str, ...] = ()
    parent_key_result_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Exact shares of 1; ``None`` where there is nothing of which to take a share."""

    objectives_with_path: Fraction | None
    company_key_results_with_child: Fraction | None


def parent_objectives(objectives: Sequence[CascadedObjective]) -> dict[str, str | None]:
    """For each objective the one above it, by the key result that it serves; none at the top or when unknown."""
    owner = {key_result: each.objective_id for each in objectives for key_result in each.key_result_ids}
    return {
        each.objective_id: owner.get(each.parent_key_result_id) if each.parent_key_result_id else None
        for each in objectives
    }


def find_cycle(parents: Mapping[str, str | None]) -> tuple[str, ...]:
    """The first ring of objectives that serve each other, from its smallest id; empty when acyclic."""
    settled: set[str] = set()
    for start in sorted(parents):
        path: list[str] = []
        at: str | None = start
        while at is not None and at not in settled and at not in path:
            path.append(at)
            at = parents.get(at)
        if at is not None and at in path:
            ring = path[path.index(at) :]
            first = ring.index(min(ring))
            return (*ring[first:], *ring[:first])
        settled.update(path)
    return ()


def skips_upwards(objectives: Sequence[CascadedObjective]) -> tuple[str, ...]:
    """Objectives that serve one of their own level or below it, which a cascade does not allow."""
    levels = {each.objective_id: each.level for each in objectives}
    parents = parent_objectives(objectives)
    return tuple(
        each.objective_id
        for each in objectives
        if (above := parents[each.objective_id]) is not None and levels[above] >= each.level
    )


def reaches_company(objective_id: str, parents: Mapping[str, str | None], company: frozenset[str]) -> bool:
    """Whether a path of parents leads from an objective to a company objective; a ring leads nowhere."""
    seen: set[str] = set()
    at: str | None = objective_id
    while at is not None and at not in seen:
        if at in company:
            return True
        seen.add(at)
        at = parents.get(at)
    return False


def share(part: int, whole: int) -> Fraction | None:
    """``part`` of ``whole`` as an exact share, or ``None`` of nothing."""
    return Fraction(part, whole) if whole else None


def coverage(objectives: Sequence[CascadedObjective]) -> Coverage:
    """How much of the cascade hangs together. Source: domain rules, Goals, "cascade".

    The share of objectives below the company that have a path to a company key result, and the share of the
    company's key results that at least one objective serves.
    """
    company = frozenset(each.objective_id for each in objectives if each.level is Level.COMPANY)
    parents = parent_objectives(objectives)
    below = [each.objective_id for each in objectives if each.level is not Level.COMPANY]
    served = {each.parent_key_result_id for each in objectives}
    company_results = [
        key for each in objectives if each.objective_id in company for key in each.key_result_ids
    ]
    return Coverage(
        objectives_with_path=share(
            sum(reaches_company(each, parents, company) for each in below), len(below)
        ),
        company_key_results_with_child=share(
            sum(key in served for key in company_results), len(company_results)
        ),
    )
