"""Wilcoxon's rank-sum test with ties, and Cliff's δ with its interval."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from calibration.domain.statistics.freeman_halton import EXACT_TABLES, count_tables
from calibration.domain.statistics.numbers import Z95, Interval, TestOutcome, normal_two_sided


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoSamples:
    """How often each value occurs in group 1 and in group 2, values ascending."""

    values: tuple[int, ...]
    first: tuple[int, ...]
    second: tuple[int, ...]

    @property
    def totals(self) -> tuple[int, ...]:
        """How often each value occurs, both groups together."""
        return tuple(a + b for a, b in zip(self.first, self.second, strict=True))

    @property
    def sizes(self) -> tuple[int, int]:
        """The people in group 1 and in group 2."""
        return sum(self.first), sum(self.second)


def tabulate(first: Sequence[int], second: Sequence[int]) -> TwoSamples:
    """Count two groups' values side by side."""
    values = tuple(sorted({*first, *second}))
    return TwoSamples(
        values=values,
        first=tuple(first.count(value) for value in values),
        second=tuple(second.count(value) for value in values),
    )


def doubled_mid_ranks(totals: Sequence[int]) -> list[int]:
    """Twice the mid-rank of each value, which is whole: twice the people below, plus the tied ones, plus 1."""
    below, ranks = 0, list[int]()
    for total in totals:
        ranks.append(2 * below + total + 1)
        below += total
    return ranks


def rank_sum(samples: TwoSamples) -> TestOutcome:
    """Two-sided: the probability of a rank sum at least as far from its mean as the observed one.

    Exact by dynamic programming over integers up to ``EXACT_TABLES`` tables, past it the normal approximation with
    tie and continuity correction. The statistic is Mann and Whitney's U of group 1, R's W.
    Source: Wilcoxon 1945, Biometrics Bulletin 1:80; ties as in Lehmann, Nonparametrics (1975), section 1.4.
    """
    n1, _ = samples.sizes
    ranks = doubled_mid_ranks(samples.totals)
    doubled = sum(count * rank for count, rank in zip(samples.first, ranks, strict=True))
    statistic = Fraction(doubled - n1 * (n1 + 1), 2)
    if count_tables(samples.totals, min(samples.sizes)) > EXACT_TABLES:
        return large_rank_sum(samples, statistic, doubled)
    ways = rank_sum_ways(samples.totals, n1)
    middle, total = n1 * (sum(samples.totals) + 1), sum(ways.values())
    furthest = max(abs(score - middle) for score in ways)
    return TestOutcome(
        statistic=statistic,
        p_value=share_as_far(ways, middle, abs(doubled - middle), total),
        smallest=share_as_far(ways, middle, furthest, total),
        method="Wilcoxon rank-sum exact with mid-ranks, two-sided",
    )


def share_as_far(ways: Mapping[int, int], middle: int, distance: int, total: int) -> Fraction:
    """The share of all arrangements whose doubled rank sum is at least ``distance`` from the middle."""
    return Fraction(sum(count for score, count in ways.items() if abs(score - middle) >= distance), total)


def rank_sum_ways(totals: Sequence[int], group: int) -> dict[int, int]:
    """In how many ways ``group`` people drawn from tied ranks get each doubled rank sum.

    Values are taken rarest first, so that the commonest one, which the people still missing decide, adds no states.
    """
    ranked = sorted(zip(totals, doubled_mid_ranks(totals), strict=True))
    states: dict[tuple[int, int], int] = {(0, 0): 1}
    left = sum(totals)
    for total, rank in ranked:
        left -= total
        combinations = [math.comb(total, cell) for cell in range(total + 1)]
        following: defaultdict[tuple[int, int], int] = defaultdict(int)
        for (taken, score), count in states.items():
            for cell in range(max(0, group - taken - left), min(total, group - taken) + 1):
                following[taken + cell, score + cell * rank] += count * combinations[cell]
        states = following
    return {score: count for (_, score), count in states.items()}


def large_rank_sum(samples: TwoSamples, statistic: Fraction, doubled: int) -> TestOutcome:
    """The normal approximation, variance corrected for ties, half a rank of continuity."""
    n1, n2 = samples.sizes
    people = n1 + n2
    ties = Fraction(sum(total**3 - total for total in samples.totals), people * (people - 1))
    deviation = math.sqrt(Fraction(n1 * n2, 12) * (people + 1 - ties))
    middle = n1 * (people + 1)

    def p_value(score: int) -> float:
        return normal_two_sided(max(0.0, abs(score - middle) / 2 - 0.5) / deviation) if deviation else 1.0

    ranks = doubled_mid_ranks(samples.totals)
    ascending = [rank for rank, total in zip(ranks, samples.totals, strict=True) for _ in range(total)]
    return TestOutcome(
        statistic=statistic,
        p_value=p_value(doubled),
        smallest=min(p_value(sum(ascending[:n1])), p_value(sum(ascending[-n1:]))),
        method="Wilcoxon rank-sum, normal approximation with tie and continuity correction",
    )


def cliffs_delta(samples: TwoSamples) -> tuple[Fraction, Interval]:
    """P(group 1 above group 2) − P(below), with its asymmetric 95 % interval.

    Source: Cliff 1993, Psychological Bulletin 114:494; interval of Feng and Cliff 2004, J. Modern Applied
    Statistical Methods 3:322, which for δ = ±1 is (n − z²)/(n + z²) with the smaller n.
    """
    n1, n2 = samples.sizes
    rows, columns = dominance(samples.second), dominance(samples.first)
    surplus = sum(count * row for count, row in zip(samples.first, rows, strict=True))
    delta = Fraction(surplus, n1 * n2)
    value, smaller = float(delta), min(n1, n2)
    if abs(delta) == 1:
        bound = (smaller - Z95**2) / (smaller + Z95**2)
        return delta, Interval(low=bound, high=1.0) if value > 0 else Interval(low=-1.0, high=-bound)
    variance = delta_variance(samples, value, rows, columns)
    half = Z95 * math.sqrt(variance * ((1 - value**2) ** 2 + Z95**2 * variance))
    scale = 1 - value**2 + Z95**2 * variance
    centre = value - value**3
    return delta, Interval(low=max(-1.0, (centre - half) / scale), high=min(1.0, (centre + half) / scale))


def dominance(other: Sequence[int]) -> list[int]:
    """For each value: the other group's people below it minus those above it."""
    total, below, result = sum(other), 0, list[int]()
    for count in other:
        result.append(below - (total - below - count))
        below += count
    return result


def delta_variance(samples: TwoSamples, delta: float, rows: Sequence[int], columns: Sequence[int]) -> float:
    """Cliff's unbiased variance of δ, never below its smallest possible value (1 − δ²)/(n₁n₂ − 1)."""
    n1, n2 = samples.sizes
    if min(n1, n2) < 2:
        return 1.0
    by_row = sum(c * (row / n2 - delta) ** 2 for c, row in zip(samples.first, rows, strict=True))
    by_column = sum(
        c * (-column / n1 - delta) ** 2 for c, column in zip(samples.second, columns, strict=True)
    )
    squares = sum(
        a * b * (((x > y) - (x < y)) - delta) ** 2
        for x, a in zip(samples.values, samples.first, strict=True)
        for y, b in zip(samples.values, samples.second, strict=True)
    )
    pairs = n1 * n2
    estimate = (n2**2 * by_row + n1**2 * by_column - squares) / (pairs * (n1 - 1) * (n2 - 1))
    return max(estimate, (1 - delta**2) / (pairs - 1))
