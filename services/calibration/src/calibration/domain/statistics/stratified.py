"""One outcome of two groups over several strata: conditional test, Mantel–Haenszel odds ratio, heterogeneity."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from calibration.domain.statistics.fisher import TwoByTwo
from calibration.domain.statistics.freeman_halton import EXACT_TABLES
from calibration.domain.statistics.numbers import (
    Z95,
    Interval,
    TestOutcome,
    chi_square_upper_tail,
    normal_two_sided,
    share_not_above,
)

EXACT_STRATIFIED_PEOPLE = 1_000
"""Up to this many people the conditional test convolves integers, past it the Mantel–Haenszel chi-squared stands."""


def informative(strata: Sequence[TwoByTwo]) -> list[TwoByTwo]:
    """The strata that can say something: both groups present, and both outcomes."""
    return [s for s in strata if s.people_1 and s.people_2 and 0 < s.hits < s.people]


def stratified_exact(strata: Sequence[TwoByTwo]) -> TestOutcome:
    """Two-sided test that all strata's odds ratios are 1, given every stratum's margins.

    The statistic is the sum of group 1's hits. Exact by convolution up to ``EXACT_STRATIFIED_PEOPLE`` people, two-sided
    by probability as R's ``mantelhaen.test(exact = TRUE)``; past it Mantel and Haenszel's chi-squared with continuity
    correction. Source: Agresti, Categorical Data Analysis, section 7.3.5 (2nd ed. 6.6.1).
    """
    used = informative(strata)
    hits = sum(s.hits_1 for s in used)
    if not used:
        return TestOutcome(statistic=Fraction(hits), p_value=Fraction(1), smallest=Fraction(1), method=EXACT)
    if sum(s.people for s in used) > EXACT_STRATIFIED_PEOPLE:
        return mantel_haenszel_test(used)
    ways = [1]
    for stratum in used:
        ways = convolve(ways, stratum.weights)
    total = sum(ways)
    observed = ways[hits - sum(s.lowest for s in used)]
    return TestOutcome(
        statistic=Fraction(hits),
        p_value=share_not_above(ways, observed, total),
        smallest=share_not_above(ways, min(ways[0], ways[-1]), total),
        method=EXACT,
    )


EXACT = "Exact conditional test over strata, two-sided by probability"


def convolve(first: Sequence[int], second: Sequence[int]) -> list[int]:
    """The coefficients of the product of two polynomials, in integers."""
    product = [0] * (len(first) + len(second) - 1)
    for i, a in enumerate(first):
        for j, b in enumerate(second):
            product[i + j] += a * b
    return product


def mantel_haenszel_test(strata: Sequence[TwoByTwo]) -> TestOutcome:
    """Mantel and Haenszel's chi-squared with continuity correction (1959, J. Natl. Cancer Inst. 22:719)."""
    hits = sum(s.hits_1 for s in strata)
    expected = sum(s.hits * s.people_1 / s.people for s in strata)
    variance = sum(
        s.people_1 * s.people_2 * s.hits * (s.people - s.hits) / (s.people**2 * (s.people - 1))
        for s in strata
    )

    def chi_squared(count: int) -> float:
        return max(0.0, abs(count - expected) - 0.5) ** 2 / variance

    ends = sum(s.lowest for s in strata), sum(min(s.people_1, s.hits) for s in strata)
    return TestOutcome(
        statistic=chi_squared(hits),
        p_value=normal_two_sided(math.sqrt(chi_squared(hits))),
        smallest=min(normal_two_sided(math.sqrt(chi_squared(end))) for end in ends),
        method="Mantel-Haenszel chi-squared with continuity correction",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledOdds:
    """The Mantel–Haenszel odds ratio of group 1 over group 2; None is without bound."""

    value: Fraction | None
    interval: Interval


def mantel_haenszel_odds(strata: Sequence[TwoByTwo]) -> PooledOdds:
    """The pooled odds ratio and its 95 % interval.

    Source: Mantel and Haenszel 1959; variance of Robins, Breslow and Greenland 1986, Biometrics 42:311.
    """
    used = informative(strata)
    terms = [(Fraction(a * d, n), Fraction(b * c, n), a + d, b + c, n) for a, b, c, d, n in map(cells, used)]
    r, s = sum((t[0] for t in terms), Fraction(0)), sum((t[1] for t in terms), Fraction(0))
    if not s:
        return PooledOdds(value=None, interval=Interval(low=None, high=None))
    if not r:
        return PooledOdds(value=Fraction(0), interval=Interval(low=0.0, high=None))
    pr = sum(float(Fraction(ad, n) * ri) for ri, _, ad, _, n in terms)
    ps_qr = sum(float(Fraction(ad, n) * si + Fraction(bc, n) * ri) for ri, si, ad, bc, n in terms)
    qs = sum(float(Fraction(bc, n) * si) for _, si, _, bc, n in terms)
    rf, sf = float(r), float(s)
    deviation = math.sqrt(pr / (2 * rf**2) + ps_qr / (2 * rf * sf) + qs / (2 * sf**2))
    odds = r / s
    low, high = (float(odds) * math.exp(sign * Z95 * deviation) for sign in (-1, 1))
    return PooledOdds(value=odds, interval=Interval(low=low, high=high))


def cells(stratum: TwoByTwo) -> tuple[int, int, int, int, int]:
    """The four cells row by row (group 1 hit, missed; group 2 hit, missed) and their sum."""
    a, c = stratum.hits_1, stratum.hits_2
    return a, stratum.people_1 - a, c, stratum.people_2 - c, stratum.people


def heterogeneity(strata: Sequence[TwoByTwo]) -> TestOutcome | None:
    """Whether the strata's odds ratios differ: Zelen's exact test when small, else Breslow–Day with Tarone's term.

    None when fewer than two strata can say something, or when the pooled odds ratio is 0 or without bound.
    """
    used = informative(strata)
    if len(used) < 2:
        return None
    if math.prod(len(s.weights) for s in used) <= EXACT_TABLES:
        return zelen(used)
    odds = mantel_haenszel_odds(used).value
    return breslow_day(used, float(odds)) if odds else None


def zelen(strata: Sequence[TwoByTwo]) -> TestOutcome:
    """Zelen's exact test: given all margins and the sum of group 1's hits, all tables no more probable than this one.

    Source: Zelen 1971, Biometrika 58:129.
    """
    partial: list[tuple[int, int]] = [(0, 1)]
    for stratum in strata:
        partial = [
            (hits + stratum.lowest + step, ways * weight)
            for hits, ways in partial
            for step, weight in enumerate(stratum.weights)
        ]
    hits = sum(s.hits_1 for s in strata)
    weights = [ways for total, ways in partial if total == hits]
    observed = math.prod(s.observed for s in strata)
    return TestOutcome(
        statistic=Fraction(hits),
        p_value=share_not_above(weights, observed, sum(weights)),
        smallest=share_not_above(weights, min(weights), sum(weights)),
        method="Zelen exact test of homogeneity",
    )


def breslow_day(strata: Sequence[TwoByTwo], odds: float) -> TestOutcome:
    """Breslow and Day's test of homogeneity with Tarone's correction, chi-squared on one less than the strata.

    Source: Breslow and Day, Statistical Methods in Cancer Research I (1980), page 142; Tarone 1985, Biometrika 72:91.
    """
    fits = [fitted_hits(s, odds) for s in strata]
    surplus = sum(s.hits_1 - expected for s, (expected, _) in zip(strata, fits, strict=True))
    chi_squared = sum((s.hits_1 - e) ** 2 / v for s, (e, v) in zip(strata, fits, strict=True))
    statistic = chi_squared - surplus**2 / sum(variance for _, variance in fits)
    return TestOutcome(
        statistic=statistic,
        p_value=chi_square_upper_tail(statistic, len(strata) - 1),
        smallest=0.0,
        method="Breslow-Day test of homogeneity with Tarone's correction",
    )


def fitted_hits(stratum: TwoByTwo, odds: float) -> tuple[float, float]:
    """Group 1's hits, and their variance, under a common odds ratio with the stratum's margins."""
    n1, n2, hits = stratum.people_1, stratum.people_2, stratum.hits
    if odds == 1:
        expected = n1 * hits / stratum.people
    else:
        a, b, c = 1 - odds, n2 - hits + odds * (n1 + hits), -odds * n1 * hits
        root = math.sqrt(b * b - 4 * a * c)
        expected = -2 * c / (b + root)  # the root inside the margins, written so that nothing cancels
    four = (expected, n1 - expected, hits - expected, n2 - hits + expected)
    return expected, 1 / sum(1 / cell for cell in four)
