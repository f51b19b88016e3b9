"""Kendall's τ-b within strata: permutation test, effect and interval."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction

from calibration.domain.statistics.kendall_enumeration import enumeration_steps, permutation_distances
from calibration.domain.statistics.numbers import UNBOUNDED, Z95, Interval, TestOutcome, normal_two_sided
from calibration.domain.statistics.ranked_strata import Stratum, untied_pairs

__all__ = ["Stratum", "kendall_permutation", "score_variance", "tau_b"]

EXACT_STEPS = 40_000
"""Up to about this many additions over all strata the permutation distribution is enumerated."""


def kendall_permutation(strata: Sequence[Stratum]) -> TestOutcome:
    """Two-sided: the share of rearrangements of y within strata whose summed |S| is at least the observed one.

    Exact up to ``EXACT_STEPS`` additions, past it the normal approximation with the variance corrected for ties in
    both. Source: Kendall, Rank Correlation Methods (1970), chapters 3 and 4; strata as in Korn 1984, Biometrics 40:207.
    """
    observed = sum(s.score for s in strata)
    furthest = max(sum(s.furthest_score(descending=way) for s in strata) for way in (False, True))
    if sum(enumeration_steps(s) for s in strata) > EXACT_STEPS:
        deviation = math.sqrt(sum((score_variance(s) for s in strata), Fraction(0)))
        p_value, smallest = (
            normal_two_sided(s / deviation) if deviation else 1.0 for s in (observed, furthest)
        )
        method = "Kendall tau-b within levels, normal approximation with tie-corrected variance"
    else:
        distances = permutation_distances(strata)
        total = sum(distances.values())
        p_value, smallest = (
            Fraction(sum(ways for distance, ways in distances.items() if distance >= abs(s)), total)
            for s in (observed, furthest)
        )
        method = "Kendall tau-b within levels, exact permutation"
    return TestOutcome(statistic=Fraction(observed), p_value=p_value, smallest=smallest, method=method)


def score_variance(stratum: Stratum) -> Fraction:
    """The variance of S over all rearrangements, with ties in both (Kendall 1970, equation 4.3)."""
    n, xs, ys = len(stratum.pairs), stratum.x_counts, stratum.y_counts
    if n < 2:
        return Fraction(0)

    def summed(counts: Sequence[int], term: Callable[[int], int]) -> int:
        return sum(term(count) for count in counts)

    def spread(count: int) -> int:
        return count * (count - 1) * (2 * count + 5)

    def pairs(count: int) -> int:
        return count * (count - 1)

    def triples(count: int) -> int:
        return count * (count - 1) * (count - 2)

    variance = Fraction(spread(n) - summed(xs, spread) - summed(ys, spread), 18)
    variance += Fraction(summed(xs, pairs) * summed(ys, pairs), 2 * pairs(n))
    if n > 2:
        variance += Fraction(summed(xs, triples) * summed(ys, triples), 9 * triples(n))
    return variance


def tau_b(strata: Sequence[Stratum]) -> tuple[float | None, Interval]:
    """τ-b over strata: ΣS / √(Σ pairs untied in x × Σ pairs untied in y), with a 95 % interval.

    The interval is Wald's with the variance from each person's influence on τ-b, centred within strata; with one
    stratum that is the large-sample variance of Agresti, Analysis of Ordinal Categorical Data, section 7.3.4.
    None when everybody is tied in x or in y.
    """
    used = [s for s in strata if len(s.pairs) > 1]
    x_pairs = sum(untied_pairs(s.x_counts) for s in used)
    y_pairs = sum(untied_pairs(s.y_counts) for s in used)
    if not x_pairs or not y_pairs:
        return None, UNBOUNDED
    root = math.sqrt(x_pairs * y_pairs)
    tau = sum(s.score for s in used) / root
    half = Z95 * math.sqrt(sum(influence_variance(s, tau, x_pairs, y_pairs) for s in used))
    return tau, Interval(low=max(-1.0, tau - half), high=min(1.0, tau + half))


def influence_variance(stratum: Stratum, tau: float, x_pairs: int, y_pairs: int) -> float:
    """One stratum's part in the variance of τ-b: the squared influences of its people around their mean."""
    n, root = len(stratum.pairs), math.sqrt(x_pairs * y_pairs)
    x_ties, y_ties = Counter(x for x, _ in stratum.pairs), Counter(y for _, y in stratum.pairs)
    influences = [
        surplus / root - tau / 2 * ((n - x_ties[x]) / x_pairs + (n - y_ties[y]) / y_pairs)
        for ((x, y), _), surplus in zip(stratum.cells, stratum.surpluses, strict=True)
    ]
    counts = [count for _, count in stratum.cells]
    mean = sum(c * value for c, value in zip(counts, influences, strict=True)) / n
    return sum(c * (value - mean) ** 2 for c, value in zip(counts, influences, strict=True))
