"""How ratings are distributed beside the guideline, for a session, a division and the whole cycle."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from calibration.domain.guideline import RATINGS, Feasibility, Guideline, Unusualness
from calibration.domain.rules import check_feasibility, team_unusualness
from calibration.outbound.tallies import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """How many people have each rating, what the guideline would allow, and how far out each count is.

    ``feasibility`` is None for a group whose divisions have different guidelines; ``words`` are for a team only.
    """

    people: int
    counts: dict[int, int]
    version: str | None
    feasibility: Feasibility | None
    words: dict[int, Unusualness] | None


def distribute(
    counted: Mapping[int, int], guideline: Guideline | None, *, team: bool = False
) -> Distribution:
    """The distribution of so many people by rating; of a team also how unusual each count is."""
    counts = {rating: counted.get(rating, 0) for rating in RATINGS}
    people = sum(counts.values())
    if guideline is None:
        return Distribution(people=people, counts=counts, version=None, feasibility=None, words=None)
    return Distribution(
        people=people,
        counts=counts,
        version=guideline.version,
        feasibility=check_feasibility(people, guideline),
        words={r: team_unusualness(r, counts[r], people, guideline) for r in RATINGS} if team else None,
    )


def distribute_both(
    tallies: Iterable[Tally], guideline: Guideline | None, *, team: bool = False
) -> dict[str, Distribution]:
    """The distribution as proposed and as it stands now."""
    proposed, current = Counter[int](), Counter[int]()
    for tally in tallies:
        for (before, now), people in tally.items():
            proposed[before] += people
            current[now] += people
    return {
        "proposed": distribute(proposed, guideline, team=team),
        "current": distribute(current, guideline, team=team),
    }
