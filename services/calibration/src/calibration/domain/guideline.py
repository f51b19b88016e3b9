"""The rating guideline: how many of a group each rating may take, and whether a team's share is unusual."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from calibration.domain.statistics.binomial import binomial_lower_tail, binomial_upper_tail

RATINGS = (5, 4, 3, 2, 1)
UNUSUAL_AT = Fraction(1, 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guideline:
    """The share of people that each rating should take: rating → (low, high), both between 0 and 1.

    ``version`` names the policy that it comes from.
    """

    version: str
    shares: Mapping[int, tuple[Fraction, Fraction]]

    def upper_share(self, *ratings: int) -> Fraction:
        """The most that these ratings together may take, never above 1."""
        return min(Fraction(1), sum((self.shares[rating][1] for rating in ratings), Fraction(0)))


def percent(low: int, high: int) -> tuple[Fraction, Fraction]:
    """A range of whole percents as shares."""
    return Fraction(low, 100), Fraction(high, 100)


DEFAULT_GUIDELINE = Guideline(
    version="default-1",
    shares={5: percent(5, 10), 4: percent(20, 30), 3: percent(50, 60), 2: percent(10, 15), 1: percent(0, 5)},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feasibility:
    """The feasible counts of a group: rating → (fewest, most) people; ``reason`` says why none exist."""

    people: int
    counts: Mapping[int, tuple[int, int]]
    feasible: bool
    reason: str | None


def feasible_counts(people: int, guideline: Guideline) -> dict[int, tuple[int, int]]:
    """For each rating ceil(low × people) … floor(high × people), in people; the first above the second is empty."""
    return {
        rating: (math.ceil(low * people), math.floor(high * people))
        for rating, (low, high) in sorted(guideline.shares.items(), reverse=True)
    }


def check_feasibility(people: int, guideline: Guideline) -> Feasibility:
    """A group is feasible only if every range is non-empty and its size lies between the sums of the ends."""
    counts = feasible_counts(people, guideline)
    reason = find_obstacle(people, counts)
    return Feasibility(people=people, counts=counts, feasible=reason is None, reason=reason)


def find_obstacle(people: int, counts: Mapping[int, tuple[int, int]]) -> str | None:
    """Why no distribution of ``people`` can follow these counts; None when one can."""
    empty = [str(rating) for rating, (fewest, most) in counts.items() if fewest > most]
    if empty:
        return f"no whole number of {people} people lies in the range of rating {', '.join(empty)}"
    fewest, most = (sum(ends) for ends in zip(*counts.values(), strict=True))
    if not fewest <= people <= most:
        return f"the ranges add up to {fewest} to {most} people, and there are {people}"
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusualness:
    """How often a group that follows the guideline would have a count at least as far out."""

    tail: Fraction
    word: Literal["unusual", "not unusual"]


def team_unusualness(rating: int, count: int, people: int, guideline: Guideline) -> Unusualness:
    """The binomial tail of a team's count at the guideline's generous bound.

    Above the range the bound is its upper end and the tail P(X ≥ count), below it the lower end and P(X ≤ count),
    inside it 1. Unusual from 5 % down. A team is never forced into the guideline: this is only a word beside it.
    """
    low, high = guideline.shares[rating]
    share = Fraction(count, people) if people else low
    tail = Fraction(1)
    if share > high:
        tail = binomial_upper_tail(count, people, high)
    elif share < low:
        tail = binomial_lower_tail(count, people, low)
    return Unusualness(tail=tail, word="unusual" if tail <= UNUSUAL_AT else "not unusual")
