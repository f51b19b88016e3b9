"""Who takes part in merit, when it runs, and for which share of the year."""

from collections.abc import Collection
from datetime import date
from fractions import Fraction
from functools import lru_cache

from outcomes.domain.policy import MonthDay


def hired_by_the_cut_off(hire_date: date, *, year: int, cut_off: MonthDay) -> bool:
    """Eligible for merit: hired on or before the cut-off of the year (default 30 September)."""
    return hire_date <= date(year, cut_off.month, cut_off.day)


@lru_cache(maxsize=64)
def days_of_year(year: int) -> int:
    """365, or 366 in a leap year."""
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days


@lru_cache(maxsize=4096)
def employed_days(hire_date: date, *, year: int) -> int:
    """Calendar days employed in the year: the day of hire and 31 December both count."""
    first = max(hire_date, date(year, 1, 1))
    return max(0, (date(year, 12, 31) - first).days + 1)


def counted_days(hire_date: date, *, year: int, unprotected_unpaid_leave_days: int) -> int:
    """Employed days minus the unpaid leave that is not protected; protected leave never reduces it."""
    return max(0, employed_days(hire_date, year=year) - unprotected_unpaid_leave_days)


def proration(hire_date: date, *, year: int, unprotected_unpaid_leave_days: int) -> Fraction:
    """The counted days over the days of the year, from 0 to 1."""
    days = counted_days(hire_date, year=year, unprotected_unpaid_leave_days=unprotected_unpaid_leave_days)
    return Fraction(days, days_of_year(year))


def merit_is_due(employee_id: str, year: int, *, paid: Collection[tuple[str, int]]) -> bool:
    """Merit comes once a person and year; ``paid`` holds the (person, year) pairs that had theirs.

    Which cycles run merit at all is told by the compensation calendar, of which each cycle brings its part.
    """
    return (employee_id, year) not in paid
