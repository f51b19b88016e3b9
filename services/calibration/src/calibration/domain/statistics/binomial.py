"""Binomial tails in fractions, and the interval of a share."""

import math
from fractions import Fraction
from functools import lru_cache

from calibration.domain.statistics.numbers import Z95, Interval


@lru_cache(maxsize=8192)
def binomial_upper_tail(successes: int, trials: int, share: Fraction) -> Fraction:
    """P(X ≥ successes) of X ~ Binomial(trials, share), exactly."""
    a, b = share.numerator, share.denominator
    if successes <= 0:
        return Fraction(1)
    ways = sum(math.comb(trials, x) * a**x * (b - a) ** (trials - x) for x in range(successes, trials + 1))
    return Fraction(ways, b**trials)


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
