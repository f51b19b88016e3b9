"""Adjusting several p-values that are read together: Holm, and Benjamini–Hochberg."""

from collections.abc import Sequence
from fractions import Fraction

from calibration.domain.statistics.numbers import Real


def holm(p_values: Sequence[Real]) -> tuple[Real, ...]:
    """Holm's step-down adjusted p-values (1979, Scand. J. Statist. 6:65); fractions stay exact.

    The i-th smallest of m is multiplied by m − i + 1, made monotone upwards, and cut off at 1.
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted: list[Real] = [Fraction(1)] * len(p_values)
    running: Real = Fraction(0)
    for rank, index in enumerate(order):
        running = max(running, min(Fraction(1), (len(order) - rank) * p_values[index]))
        adjusted[index] = running
    return tuple(adjusted)


def benjamini_hochberg(p_values: Sequence[Real]) -> tuple[Real, ...]:
    """Benjamini–Hochberg adjusted p-values (1995, JRSS B 57:289); fractions stay exact.

    The i-th smallest of m is multiplied by m / i, made monotone downwards, and cut off at 1.
    """
    count = len(p_values)
    order = sorted(range(count), key=p_values.__getitem__)
    adjusted: list[Real] = [Fraction(1)] * count
    running: Real = Fraction(1)
    for rank in range(count, 0, -1):
        p_value = p_values[order[rank - 1]]
        scaled = p_value * Fraction(count, rank) if isinstance(p_value, Fraction) else p_value * count / rank
        running = min(running, scaled)
        adjusted[order[rank - 1]] = running
    return tuple(adjusted)
