"""What a statistical procedure returns: a probability, the smallest one possible, and how it was obtained."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

Real = Fraction | float
"""An exact fraction where enumeration gave one, otherwise a float."""

Z95 = 1.959963984540054
"""The 97.5 % quantile of the standard normal distribution, for 95 % intervals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestOutcome:
    """A test's answer.

    ``smallest`` is the p-value of the most extreme result that these margins allow: above α, the test could never
    have flagged. ``mid`` is the mid-P of a 2×2 table. ``standard_error`` belongs to a Monte Carlo p-value.
    """

    __test__ = False  # pytest would collect the class by its name

    statistic: Real
    p_value: Real
    smallest: Real
    method: str
    mid: Fraction | None = None
    standard_error: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A 95 % interval; None is an end without a bound."""

    low: float | None
    high: float | None


UNBOUNDED = Interval(low=None, high=None)
"""An interval that says nothing."""


def normal_two_sided(z: float) -> float:
    """P(|Z| ≥ |z|) of a standard normal Z."""
    return math.erfc(abs(z) / math.sqrt(2))


def chi_square_upper_tail(value: float, degrees: int) -> float:
    """P(X ≥ value) of a chi-squared X."""
    from scipy.special import chdtrc  # lazy: see the package's docstring

    return float(chdtrc(degrees, value))


def share_not_above(weights: Iterable[int], observed: int, total: int) -> Fraction:
    """The share of all arrangements that lie in tables no more probable than the observed one."""
    return Fraction(sum(weight for weight in weights if weight <= observed), total)
