"""Binomial tails in fractions, and the interval of a share."""

import math
from fractions import Fraction
from functools import lru_cache

from calibration.domain.statistics.numbers import Z95, Interval


@lru_cache(maxsize=8192)
def binomial_upper_tail(successes: int, trials: int, share: Fraction) -> Fraction:
    """P(X ≥ successes) of X ~ Binomial(trials, share), exactly."""
    if successes <= 0 or share == 1:
        return Fraction(successes <= trials)
    hit, miss = share.numerator, share.denominator - share.numerator
    total = share.denominator**trials
    # The side with fewer terms, for 20,000 people may be one team.
    if 2 * successes <= trials:
        return Fraction(total - _sum_terms(0, successes, trials, hit, miss), total)
    return Fraction(_sum_terms(successes, trials + 1, trials, hit, miss), total)


def _sum_terms(first: int, end: int, trials: int, hit: int, miss: int) -> int:
    """The sum of C(trials, x) hitˣ missᵗʳⁱᵃˡˢ⁻ˣ over first ≤ x < end."""
    # Each term from the one before it: a product for each would take minutes for one team of 20,000 people.
    term = math.comb(trials, first) * hit**first * miss ** max(0, trials - first)
    ways = 0
    for x in range(first, end):
        ways += term
        term = term * (trials - x) * hit // ((x + 1) * miss)
    return ways


def binomial_lower_tail(successes: int, trials: int, share: Fraction) -> Fraction:
    """P(X ≤ successes) of X ~ Binomial(trials, share), exactly."""
    return binomial_upper_tail(trials - successes, trials, 1 - share)


@lru_cache(maxsize=8192)
def wilson_interval(successes: int, trials: int) -> Interval:
    """The 95 % score interval of a share (Wilson 1927, JASA 22:209)."""
    rate, z2 = successes / trials, Z95**2
    centre = (rate + z2 / (2 * trials)) / (1 + z2 / trials)
    half = Z95 / (1 + z2 / trials) * math.sqrt(rate * (1 - rate) / trials + z2 / (4 * trials**2))
    low = 0.0 if successes == 0 else centre - half
    return Interval(low=low, high=1.0 if successes == trials else centre + half)
