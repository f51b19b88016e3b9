"""Fisher's exact test of a 2×2 table, in integers at every size."""

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from calibration.domain.statistics.numbers import TestOutcome, share_not_above


@dataclass(frozen=True, kw_only=True)
class TwoByTwo:
    """Two groups and one outcome: ``hits`` of ``people`` in group 1 and in group 2."""

    hits_1: int
    people_1: int
    hits_2: int
    people_2: int

    @property
    def hits(self) -> int:
        """How many have the outcome, both groups together."""
        return self.hits_1 + self.hits_2

    @property
    def people(self) -> int:
        """How many people there are, both groups together."""
        return self.people_1 + self.people_2

    @property
    def lowest(self) -> int:
        """The fewest hits that group 1 can have with these margins."""
        return max(0, self.hits - self.people_2)

    @cached_property
    def weights(self) -> tuple[int, ...]:
        """In how many ways group 1 gets ``lowest``, ``lowest`` + 1, … hits with these margins.

        Each follows from the one before by one exact multiplication and division, so that 20,000 people cost
        milliseconds and not one factorial each.
        """
        low, high = self.lowest, min(self.people_1, self.hits)
        ways = [math.comb(self.people_1, low) * math.comb(self.people_2, self.hits - low)]
        for x in range(low, high):
            up = (self.people_1 - x) * (self.hits - x)
            ways.append(ways[-1] * up // ((x + 1) * (self.people_2 - self.hits + x + 1)))
        return tuple(ways)

    @property
    def observed(self) -> int:
        """The weight of this very table."""
        return self.weights[self.hits_1 - self.lowest]


def fisher_exact(table: TwoByTwo) -> TestOutcome:
    """Two-sided: the probability of all tables that are no more probable than the observed one.

    Source: Fisher, The Design of Experiments (1935), chapter 2; two-sided as R's ``fisher.test``. The mid-P halves
    the probability of tables exactly as probable as the observed one (Lancaster 1961, JASA 56:223).
    """
    weights, observed = table.weights, table.observed
    total = sum(weights)
    p_value = share_not_above(weights, observed, total)
    as_probable = sum(weight for weight in weights if weight == observed)
    return TestOutcome(
        statistic=Fraction(table.hits_1),
        p_value=p_value,
        smallest=share_not_above(weights, min(weights[0], weights[-1]), total),
        mid=p_value - Fraction(as_probable, 2 * total),
        method="Fisher exact, two-sided by probability",
    )
