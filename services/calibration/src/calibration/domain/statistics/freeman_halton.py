"""The Fisher–Freeman–Halton test of a 2×k table, and Cramér's V."""

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate

from calibration.domain.statistics.numbers import Interval, TestOutcome, share_not_above

EXACT_TABLES = 20_000
"""Up to this many tables with the given margins are enumerated; past it come large-sample forms or sampling."""

DRAWS = 20_000
"""How many tables a Monte Carlo p-value samples."""

LOG_TIE = 1e-9
"""Two sampled tables whose log-probabilities differ by less count as equally probable."""


def count_tables(totals: Sequence[int], group: int) -> int:
    """How many 2×k tables have these column totals and ``group`` people in the first row.

    Each column's running sum comes from the one before, so the cost grows with the people, not with the tables.
    """
    ways = [1] + [0] * group
    for total in totals:
        sums = list(accumulate(ways))
        ways = [sums[k] - (sums[k - total - 1] if k > total else 0) for k in range(group + 1)]
    return ways[group]


def table_weights(totals: Sequence[int], group: int) -> list[int]:
    """The weight of every 2×k table with these margins: the product of C(total, cell) over the columns."""
    order = sorted(totals)
    partial: list[tuple[int, int]] = [(0, 1)]
    left = sum(order)
    for total in order:
        left -= total
        combinations = [math.comb(total, cell) for cell in range(total + 1)]
        partial = [
            (taken + cell, weight * combinations[cell])
            for taken, weight in partial
            for cell in range(max(0, group - taken - left), min(total, group - taken) + 1)
        ]
    return [weight for _, weight in partial]


def freeman_halton(first: Sequence[int], second: Sequence[int], *, seed: int) -> TestOutcome:
    """Two-sided: the probability of all tables that are no more probable than the observed one.

    ``first`` and ``second`` are the counts of the two groups in the same k columns. Up to ``EXACT_TABLES`` tables in
    integers; past it ``DRAWS`` tables are sampled with these margins from ``seed``, with p = (b + 1)/(draws + 1).
    Source: Freeman and Halton 1951, Biometrika 38:141; Monte Carlo p as in Davison and Hinkley 1997, section 4.2.
    """
    totals = [a + b for a, b in zip(first, second, strict=True)]
    group = min(sum(first), sum(second))
    if count_tables(totals, group) > EXACT_TABLES:
        return sampled_freeman_halton(first, totals, seed=seed)
    weights = table_weights(totals, group)
    observed = math.prod(math.comb(total, cell) for total, cell in zip(totals, first, strict=True))
    total = math.comb(sum(totals), group)
    return TestOutcome(
        statistic=chi_square(first, second),
        p_value=share_not_above(weights, observed, total),
        smallest=share_not_above(weights, min(weights), total),
        method="Fisher-Freeman-Halton exact, enumerated",
    )


def sampled_freeman_halton(first: Sequence[int], totals: Sequence[int], *, seed: int) -> TestOutcome:
    """The same p-value, estimated from ``DRAWS`` seeded tables with the observed margins."""
    import numpy as np  # lazy: only tables too many to enumerate need it
    from scipy.special import gammaln

    columns = np.asarray(totals, dtype=np.int64)
    draws = np.random.default_rng(seed).multivariate_hypergeometric(
        columns, sum(first), size=DRAWS, method="marginals"
    )
    sample = np.vstack([np.asarray(first, dtype=np.int64), draws])
    log_weights = -(gammaln(sample + 1) + gammaln(columns - sample + 1)).sum(axis=1)
    as_extreme = int((log_weights[1:] <= log_weights[0] + LOG_TIE).sum())
    p_value = (as_extreme + 1) / (DRAWS + 1)
    second = [total - cell for total, cell in zip(totals, first, strict=True)]
    return TestOutcome(
        statistic=chi_square(first, second),
        p_value=p_value,
        smallest=1 / (DRAWS + 1),
        standard_error=math.sqrt(p_value * (1 - p_value) / DRAWS),
        method=f"Fisher-Freeman-Halton, {DRAWS} conditional Monte Carlo tables, seed {seed}",
    )


def chi_square(first: Sequence[int], second: Sequence[int]) -> Fraction:
    """Pearson's chi-squared of a 2×k table; empty columns add nothing."""
    n1, n2 = sum(first), sum(second)
    if not n1 or not n2:
        return Fraction(0)
    cross = [(a * n2 - b * n1, a + b) for a, b in zip(first, second, strict=True) if a + b]
    return sum((Fraction(d * d, total) for d, total in cross), Fraction(0)) / (n1 * n2)


def cramers_v(first: Sequence[int], second: Sequence[int]) -> tuple[float, Interval]:
    """Cramér's V of a 2×k table with its 95 % interval by inverting the noncentral chi-squared distribution.

    Source: Smithson 2003, Confidence Intervals, chapter 4; V = √(λ/N) at the noncentrality's limits.
    """
    from scipy.special import chndtr, chndtrinc  # lazy: see the package's docstring

    people = sum(first) + sum(second)
    statistic = float(chi_square(first, second))
    degrees = sum(1 for a, b in zip(first, second, strict=True) if a + b) - 1
    if degrees < 1:
        return 0.0, Interval(low=None, high=None)

    def noncentrality(level: float) -> float:
        if float(chndtr(statistic, degrees, 0.0)) <= level:
            return 0.0
        return float(chndtrinc(statistic, degrees, level))

    low, high = (min(1.0, math.sqrt(noncentrality(level) / people)) for level in (0.975, 0.025))
    return math.sqrt(statistic / people), Interval(low=low, high=high)
