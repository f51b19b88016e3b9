"""How much of a target was reached, as an exact share of it."""

from fractions import Fraction

STRICT_EQUALITY = Fraction(99, 100)
"""Attainment of a strict target ("< 200") by an actual equal to it, before lateness."""

WHOLE = Fraction(1)
NOTHING = Fraction(0)
HUNDRED_PERCENT = Fraction(100)


def attainment_of_number(
    *,
    baseline: Fraction,
    target: Fraction,
    actual: Fraction,
    strict: bool = False,
    higher_is_better: bool = True,
) -> Fraction:
    """(actual − baseline) / (target − baseline), clamped at 0 below and open above; 1 is on target.

    All three are in the metric's own unit. A target below its baseline makes lower better. With the baseline on
    the target there is no distance to measure: the result is binary, reached or not, and ``higher_is_better``,
    otherwise unused, says in which direction. Source: domain rules, Goals, "attainment" and "strict target".
    """
    if strict and actual == target:
        return STRICT_EQUALITY
    if baseline == target:
        return attainment_of_done(done=actual >= target if higher_is_better else actual <= target)
    return max(NOTHING, (actual - baseline) / (target - baseline))


def attainment_of_done(*, done: bool) -> Fraction:
    """Done is 1, else 0. Source: domain rules, Goals, "binary"."""
    return WHOLE if done else NOTHING


def is_percentage(value: Fraction) -> bool:
    """Whether an availability can be this, in percent: from 0 to 100."""
    return NOTHING <= value <= HUNDRED_PERCENT


def attainment_of_availability(
    *, target_percent: Fraction, actual_percent: Fraction, strict: bool = False
) -> Fraction:
    """max(0, 2 − consumed), where consumed = (1 − actual) / (1 − target) of the allowed downtime.

    Both are percentages from 0 to 100 of the same period, whose length cancels out: exactly on target is 1, no
    downtime at all is 2. A target of 100 % allows none and is binary. Source: domain rules, Goals, "availability".

    Raises:
        ValueError: a percentage lies outside 0 to 100.
    """
    if not (is_percentage(target_percent) and is_percentage(actual_percent)):
        raise ValueError("availability is a percentage from 0 to 100")
    if strict and actual_percent == target_percent:
        return STRICT_EQUALITY
    if target_percent == HUNDRED_PERCENT:
        return attainment_of_done(done=actual_percent == HUNDRED_PERCENT)
    consumed = (HUNDRED_PERCENT - actual_percent) / (HUNDRED_PERCENT - target_percent)
    return max(NOTHING, 2 - consumed)
