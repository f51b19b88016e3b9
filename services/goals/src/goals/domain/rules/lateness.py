"""How late a result came, and what that costs."""

from datetime import date
from fractions import Fraction

DAYS_IN_A_WEEK = 7
LOST_PER_WEEK = Fraction(1, 10)
"""Attainment lost for each started week after the due date. *Policy*."""


def weeks_late(*, due_on: date | None, done_on: date | None, cycle_ends_on: date | None = None) -> int:
    """Started weeks after the due date: 0 days are 0, 1 to 7 are 1, 8 to 14 are 2.

    A continuous result has no due date and is never late. An unfinished one (no ``done_on``) is counted to the
    cycle's end. Source: domain rules, Goals, "lateness".

    Raises:
        ValueError: the result is unfinished and the cycle's end is not given.
    """
    if due_on is None:
        return 0
    counted_to = done_on if done_on is not None else cycle_ends_on
    if counted_to is None:
        raise ValueError("an unfinished result needs the cycle's end")
    days = max(0, (counted_to - due_on).days)
    return -(-days // DAYS_IN_A_WEEK)


def score_after_lateness(
    *, attainment: Fraction, weeks_late: int, lost_per_week: Fraction = LOST_PER_WEEK
) -> Fraction:
    """Attainment − 0.10 × weeks late, floor 0. Source: domain rules, Goals, "score"."""
    return max(Fraction(0), attainment - lost_per_week * weeks_late)
