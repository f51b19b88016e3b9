"""Effective dating: half-open intervals, corrections that supersede, retroactive differences."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.domain.errors import Rejected
from outcomes.domain.rules import pay_between, retroactive_difference, salary_on, salary_timeline
from outcomes.domain.rules.effective_dating import SalaryStatement

START = date(2026, 1, 1)


def states(sequence: int, start: date, end: date | None, salary: int) -> SalaryStatement:
    return SalaryStatement(sequence=sequence, start=start, end=end, salary=salary)


@st.composite
def records(draw: st.DrawFn) -> list[SalaryStatement]:
    entries = draw(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40)), min_size=1, max_size=8))
    return [
        states(
            at,
            START + timedelta(days=offset),
            START + timedelta(days=offset + length) if length else None,
            1_000 * at,
        )
        for at, (offset, length) in enumerate(entries, start=1)
    ]


@given(records())
def test_intervals_never_overlap_and_the_latest_statement_holds_each_day(
    record: list[SalaryStatement],
) -> None:
    timeline = salary_timeline(record)
    for earlier, later in pairwise(timeline):
        assert earlier.end is not None
        assert earlier.end <= later.start
    for offset in range(-1, 110):
        day = START + timedelta(days=offset)
        covering = [each for each in record if each.start <= day and (each.end is None or day < each.end)]
        latest = max(covering, key=lambda each: each.sequence).salary if covering else None
        assert salary_on(timeline, day) == latest


def test_the_end_of_an_interval_belongs_to_the_next() -> None:
    timeline = salary_timeline([states(1, START, None, 100), states(2, date(2026, 7, 1), None, 120)])
    assert [(each.start, each.end, each.salary) for each in timeline] == [
        (START, date(2026, 7, 1), 100),
        (date(2026, 7, 1), None, 120),
    ]
    assert salary_on(timeline, date(2026, 6, 30)) == 100
    assert salary_on(timeline, date(2026, 7, 1)) == 120
    assert salary_on(timeline, date(2025, 12, 31)) is None


def test_a_correction_in_the_middle_leaves_what_was_before_and_after_it() -> None:
    timeline = salary_timeline(
        [states(2, date(2026, 3, 1), date(2026, 4, 1), 150), states(1, START, date(2027, 1, 1), 100)]
    )
    assert [(each.start, each.salary, each.sequence) for each in timeline] == [
        (START, 100, 1),
        (date(2026, 3, 1), 150, 2),
        (date(2026, 4, 1), 100, 1),
    ]
    assert salary_on(timeline, date(2027, 1, 1)) is None


@pytest.mark.parametrize("end", [date(2026, 6, 1), None])
def test_a_correction_to_the_end_or_of_the_whole_leaves_no_empty_interval(end: date | None) -> None:
    first, late = states(1, START, end, 100), states(2, date(2026, 3, 1), end, 150)
    assert [(each.start, each.end, each.salary) for each in salary_timeline([first, late])] == [
        (START, date(2026, 3, 1), 100),
        (date(2026, 3, 1), end, 150),
    ]
    (only,) = salary_timeline([first, states(2, START, end, 150)])
    assert (only.start, only.end, only.salary, only.sequence) == (START, end, 150, 2)


@pytest.mark.parametrize("end", [START, date(2025, 12, 31)])
def test_an_interval_that_ends_before_it_begins_is_refused(end: date) -> None:
    with pytest.raises(Rejected) as refused:
        salary_timeline([states(1, START, end, 100)])
    assert refused.value.code == "interval_empty"


def test_retroactive_pay_is_the_difference_of_the_days_that_a_correction_covers() -> None:
    paid = [states(1, START, None, 36_500_00)]
    corrected = [*paid, states(2, date(2026, 7, 1), None, 40_150_00)]
    before, after = salary_timeline(paid), salary_timeline(corrected)
    owed = retroactive_difference(before, after, start=START, end=date(2026, 8, 1))
    assert owed == 31 * 10_00  # 3,650.00 more a year is 10.00 a day
    assert retroactive_difference(after, before, start=START, end=date(2026, 8, 1)) == -owed
    assert retroactive_difference(before, after, start=START, end=date(2026, 7, 1)) == 0


def test_a_days_pay_is_the_salary_over_the_days_of_its_own_year() -> None:
    timeline = salary_timeline([states(1, date(2027, 12, 31), date(2028, 1, 3), 133_590)])
    assert pay_between(timeline, start=date(2027, 1, 1), end=date(2029, 1, 1)) == Fraction(
        133_590, 365
    ) + Fraction(2 * 133_590, 366)
    assert pay_between(timeline, start=date(2028, 1, 1), end=date(2028, 1, 2)) == Fraction(133_590, 366)
    whole = salary_timeline([states(1, date(2020, 1, 1), None, 777)])
    assert pay_between(whole, start=date(2028, 1, 1), end=date(2029, 1, 1)) == 777


def test_a_difference_is_rounded_half_up_once() -> None:
    before = salary_timeline([states(1, START, None, 0)])
    after = salary_timeline([states(1, START, None, 365), states(2, date(2026, 1, 2), None, 365 // 2 + 1)])
    assert retroactive_difference(before, after, start=START, end=date(2026, 1, 3)) == 2  # 1 + 183/365
    exactly_half = salary_timeline([states(1, date(2028, 1, 1), None, 183)])
    nothing = salary_timeline([states(1, date(2028, 1, 1), None, 0)])
    assert retroactive_difference(nothing, exactly_half, start=date(2028, 1, 1), end=date(2028, 1, 2)) == 1
