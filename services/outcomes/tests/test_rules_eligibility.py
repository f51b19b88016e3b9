"""Who takes part in merit, when it runs, and for which share of the year."""

from datetime import date
from fractions import Fraction

import pytest

from outcomes.domain.policy import DEFAULT_HIRE_CUT_OFF, MonthDay
from outcomes.domain.rules import (
    counted_days,
    days_of_year,
    employed_days,
    hired_by_the_cut_off,
    merit_is_due,
    proration,
)


def test_the_cut_off_itself_is_in_time() -> None:
    assert hired_by_the_cut_off(date(2026, 9, 30), year=2026, cut_off=DEFAULT_HIRE_CUT_OFF)
    assert not hired_by_the_cut_off(date(2026, 10, 1), year=2026, cut_off=DEFAULT_HIRE_CUT_OFF)
    assert hired_by_the_cut_off(date(2026, 10, 1), year=2027, cut_off=DEFAULT_HIRE_CUT_OFF)
    assert not hired_by_the_cut_off(date(2026, 7, 1), year=2026, cut_off=MonthDay(month=6, day=30))


@pytest.mark.parametrize(("year", "days"), [(2026, 365), (2028, 366), (2100, 365), (2000, 366)])
def test_a_leap_year_has_a_day_more(year: int, days: int) -> None:
    assert days_of_year(year) == days
    assert employed_days(date(1999, 1, 1), year=year) == days


@pytest.mark.parametrize(
    ("hired", "days"),
    [
        (date(2026, 1, 1), 365),
        (date(2026, 1, 2), 364),
        (date(2025, 12, 31), 365),
        (date(2026, 9, 30), 93),
        (date(2026, 12, 31), 1),
        (date(2027, 1, 1), 0),
        (date(2030, 1, 1), 0),
    ],
)
def test_the_day_of_hire_and_the_last_of_december_both_count(hired: date, days: int) -> None:
    assert employed_days(hired, year=2026) == days


def test_unprotected_unpaid_leave_reduces_the_share_of_the_year() -> None:
    assert proration(date(2020, 1, 1), year=2026, unprotected_unpaid_leave_days=0) == 1
    assert proration(date(2020, 1, 1), year=2026, unprotected_unpaid_leave_days=73) == Fraction(4, 5)
    assert proration(date(2028, 7, 1), year=2028, unprotected_unpaid_leave_days=1) == Fraction(183, 366)


def test_the_share_of_the_year_is_never_below_zero() -> None:
    assert counted_days(date(2026, 12, 30), year=2026, unprotected_unpaid_leave_days=2) == 0
    assert counted_days(date(2026, 12, 30), year=2026, unprotected_unpaid_leave_days=3) == 0
    assert counted_days(date(2026, 12, 30), year=2026, unprotected_unpaid_leave_days=1) == 1


def test_merit_comes_once_a_person_and_year() -> None:
    paid = {("jane", 2026)}
    assert not merit_is_due("jane", 2026, paid=paid)
    assert merit_is_due("jane", 2027, paid=paid)
    assert merit_is_due("omar", 2026, paid=paid)
