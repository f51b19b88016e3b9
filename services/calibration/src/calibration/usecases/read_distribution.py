"""How ratings are distributed beside the guideline, for a session, a division and the whole cycle."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from calibration.domain.checks import RatedPerson
from calibration.domain.guideline import RATINGS, Feasibility, Guideline, Unusualness
from calibration.domain.rules import check_feasibility, team_unusualness

LARGEST_TEAM = 500
"""Past this many people a group is judged by the feasible counts; the exact tail would take seconds to minutes."""


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


def distribute(ratings: Sequence[int], guideline: Guideline | None, *, team: bool = False) -> Distribution:
    """The distribution of these ratings; of a team of at most 500 people also how unusual each count is."""
    found = Counter(ratings)
    counts = {rating: found[rating] for rating in RATINGS}
    people = len(ratings)
    if guideline is None:
        return Distribution(people=people, counts=counts, version=None, feasibility=None, words=None)
    return Distribution(
        people=people,
        counts=counts,
        version=guideline.version,
        feasibility=check_feasibility(people, guideline),
        words={r: team_unusualness(r, counts[r], people, guideline) for r in RATINGS}
        if team and people <= LARGEST_TEAM
        else None,
    )


def distribute_people(
    people: Sequence[RatedPerson], guideline: Guideline | None, *, team: bool = False
) -> dict[str, Distribution]:
    """Their distribution as proposed and as it stands now."""
    proposed = [person.proposed_rating for person in people if person.proposed_rating is not None]
    return {
        "proposed": distribute(proposed, guideline, team=team),
        "current": distribute([person.rating for person in people], guideline, team=team),
    }
