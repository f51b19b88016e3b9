"""Adjusting several p-values that are read together: Holm, and Benjamini–Hochberg."""

from collections.abc import Sequence
from fractions import Fraction

from calibration.domain.statistics.numbers import Real


def holm(p_values: Sequence[Real], counts: Sequence[int] | None = None) -> tuple[Real, ...]:
    """Holm's step-down adjusted p-values (1979, Scand. J. Statist. 6:65); fractions stay exact.

    The i-th smallest of m is multiplied by m − i + 1, made monotone upwards, and cut off at 1. ``counts`` says how
    often each stands among the m, once each without it: equal ones get what the first of them gets.
    """
    times = counts or [1] * len(p_values)
    adjusted: list[Real] = [Fraction(1)] * len(p_values)
    running: Real = Fraction(0)
    left = sum(times)
    for index in sorted(range(len(p_values)), key=p_values.__getitem__):
        running = max(running, min(Fraction(1), left * p_values[index]))
        adjusted[index] = running
        left -= times[index]
    return tuple(adjusted)


def benjamini_hochberg(p_values: Sequence[Real], counts: Sequence[int] | None = None) -> tuple[Real, ...]:
    """Benjamini–Hochberg adjusted p-values (1995, JRSS B 57:289); fractions stay exact.

    The i-th smallest of m is multiplied by m / i, made monotone downwards, and cut off at 1. ``counts`` says how
    often each stands among the m, once each without it: equal ones get what the last of them gets.
    """
    times = counts or [1] * len(p_values)
    adjusted: list[Real] = [Fraction(1)] * len(p_values)
    running: Real = Fraction(1)
    count = rank = sum(times)
    for index in sorted(range(len(p_values)), key=p_values.__getitem__, reverse=True):
        p_value = p_values[index]
        scaled = p_value * Fraction(count, rank) if isinstance(p_value, Fraction) else p_value * count / rank
        running = min(running, scaled)
        adjusted[index] = running
        rank -= times[index]
    return tuple(adjusted)
