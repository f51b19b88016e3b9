"""Attainment, lateness, score and grade."""

from datetime import date, timedelta
from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goals.domain.rules import (
    attainment_of_availability,
    attainment_of_done,
    attainment_of_number,
    due_date_of_week,
    grade_of_result,
    grade_of_score,
    score_after_lateness,
    weeks_late,
)
from goals.domain.rules.grading import Grade, GradingPolicy, MeasuredResult, ResultKind

QUARTER = date(2026, 7, 1)
NUMBERS = st.fractions(min_value=-1000, max_value=1000, max_denominator=1000)


def week(number: int) -> date:
    return due_date_of_week(quarter_starts_on=QUARTER, week=number)


JANE = {
    "schema approved by week 2": (
        MeasuredResult(kind=ResultKind.BINARY, actual=F(1), due_on=week(2), done_on=week(2)),
        (F(1), 0, F(1), Grade.MET),
    ),
    "zero downtime by week 6, completed in week 7": (
        MeasuredResult(kind=ResultKind.BINARY, actual=F(1), due_on=week(6), done_on=week(7)),
        (F(1), 1, F(9, 10), Grade.MOSTLY_MET),
    ),
    "load test 10x by week 8, 12x in week 9": (
        MeasuredResult(kind=ResultKind.NUMERIC, target=F(10), actual=F(12), due_on=week(8), done_on=week(9)),
        (F(6, 5), 1, F(11, 10), Grade.EXCEEDED),
    ),
    "4 of 3 architecture reviews": (
        MeasuredResult(kind=ResultKind.NUMERIC, target=F(3), actual=F(4), due_on=week(13), done_on=week(13)),
        (F(4, 3), 0, F(4, 3), Grade.EXCEEDED),
    ),
    "mentored 1 of 1": (
        MeasuredResult(kind=ResultKind.NUMERIC, target=F(1), actual=F(1), due_on=week(13), done_on=week(12)),
        (F(1), 0, F(1), Grade.MET),
    ),
    "1 blog post": (
        MeasuredResult(kind=ResultKind.NUMERIC, target=F(1), actual=F(1), due_on=week(13), done_on=week(13)),
        (F(1), 0, F(1), Grade.MET),
    ),
}


@pytest.mark.parametrize("name", JANE)
def test_jane_does_rows_are_graded_from_targets_actuals_and_dates(name: str) -> None:
    result, expected = JANE[name]
    graded = grade_of_result(result)
    assert (graded.attainment, graded.weeks_late, graded.score, graded.grade) == expected


@pytest.mark.parametrize(
    ("baseline", "target", "actual", "attainment"),
    [
        (0, 10, 12, F(6, 5)),
        (400, 200, 300, F(1, 2)),
        (400, 200, 150, F(5, 4)),
        (0, 10, -5, F(0)),
        (400, 200, 500, F(0)),
        (5, 5, 5, F(1)),
        (5, 5, 4, F(0)),
        (5, 5, 6, F(1)),
    ],
)
def test_attainment_is_the_share_of_the_way_from_baseline_to_target(
    baseline: int, target: int, actual: int, attainment: F
) -> None:
    assert attainment_of_number(baseline=F(baseline), target=F(target), actual=F(actual)) == attainment


def test_a_metric_that_should_stay_low_is_reached_at_or_below_its_target() -> None:
    reached = [
        attainment_of_number(baseline=F(0), target=F(0), actual=F(actual), higher_is_better=False)
        for actual in (0, 1)
    ]
    assert reached == [1, 0]


@given(baseline=NUMBERS, target=NUMBERS, actual=NUMBERS, scale=NUMBERS.filter(bool), shift=NUMBERS)
def test_attainment_does_not_depend_on_the_unit(
    baseline: F, target: F, actual: F, scale: F, shift: F
) -> None:
    if baseline == target:
        return
    plain = attainment_of_number(baseline=baseline, target=target, actual=actual)
    other = attainment_of_number(
        baseline=baseline * scale + shift, target=target * scale + shift, actual=actual * scale + shift
    )
    assert plain == other >= 0


@given(baseline=NUMBERS, target=NUMBERS)
def test_a_strict_target_is_not_met_by_equality(baseline: F, target: F) -> None:
    assert attainment_of_number(baseline=baseline, target=target, actual=target) == 1
    assert attainment_of_number(baseline=baseline, target=target, actual=target, strict=True) == F(99, 100)


def test_a_strict_target_is_met_beyond_equality() -> None:
    assert attainment_of_number(baseline=F(400), target=F(200), actual=F(190), strict=True) == F(21, 20)


@pytest.mark.parametrize(
    ("target", "actual", "attainment"),
    [
        ("99.9", "99.9", F(1)),
        ("99.9", "100", F(2)),
        ("99.9", "99.85", F(1, 2)),
        ("99.9", "99.8", F(0)),
        ("99.9", "90", F(0)),
        ("100", "100", F(1)),
        ("100", "99.999", F(0)),
    ],
)
def test_availability_counts_the_downtime_consumed(target: str, actual: str, attainment: F) -> None:
    measured = attainment_of_availability(target_percent=F(target), actual_percent=F(actual))
    assert measured == attainment


def test_availability_above_a_strict_target_only() -> None:
    equal = attainment_of_availability(target_percent=F("99.9"), actual_percent=F("99.9"), strict=True)
    assert equal == F(99, 100)


@pytest.mark.parametrize(("target", "actual"), [(F(101), F(99)), (F(99), F(-1)), (F(99), F("100.01"))])
def test_availability_is_a_percentage(target: F, actual: F) -> None:
    with pytest.raises(ValueError, match="from 0 to 100"):
        attainment_of_availability(target_percent=target, actual_percent=actual)


def test_availability_is_continuous_and_never_late() -> None:
    result = MeasuredResult(
        kind=ResultKind.AVAILABILITY, target=F("99.9"), actual=F("99.9"), due_on=week(1), done_on=None
    )
    assert grade_of_result(result).weeks_late == 0


@pytest.mark.parametrize(
    ("days", "weeks"), [(-30, 0), (0, 0), (1, 1), (7, 1), (8, 2), (14, 2), (15, 3), (70, 10)]
)
def test_lateness_counts_started_weeks(days: int, weeks: int) -> None:
    due = date(2026, 8, 11)
    assert weeks_late(due_on=due, done_on=due + timedelta(days=days)) == weeks


def test_an_unfinished_result_is_late_to_the_cycles_end() -> None:
    assert weeks_late(due_on=week(6), done_on=None, cycle_ends_on=week(13)) == 7
    with pytest.raises(ValueError, match="cycle's end"):
        weeks_late(due_on=week(6), done_on=None)


def test_a_continuous_result_is_never_late() -> None:
    assert weeks_late(due_on=None, done_on=None, cycle_ends_on=week(13)) == 0


def test_the_score_has_a_floor_of_zero() -> None:
    assert score_after_lateness(attainment=F(1), weeks_late=11) == 0
    assert score_after_lateness(attainment=F(1), weeks_late=9) == F(1, 10)


@pytest.mark.parametrize(
    ("score", "grade"),
    [
        ("1.1", Grade.EXCEEDED),
        ("1.0999999999999999999999", Grade.MET),
        ("1", Grade.MET),
        ("0.9999999999999999999999", Grade.MOSTLY_MET),
        ("0.7", Grade.MOSTLY_MET),
        ("0.6999999999999999999999", Grade.PARTIALLY_MET),
        ("0.4", Grade.PARTIALLY_MET),
        ("0.3999999999999999999999", Grade.NOT_MET),
        ("0", Grade.NOT_MET),
    ],
)
def test_grades_begin_exactly_at_their_lowest_score(score: str, grade: Grade) -> None:
    assert grade_of_score(F(score)) is grade


def test_an_organization_changes_grades_and_lateness_by_policy() -> None:
    policy = GradingPolicy(lowest=((F(1, 2), Grade.MET),), lost_per_week=F(1, 4))
    result = MeasuredResult(kind=ResultKind.BINARY, actual=F(1), due_on=week(1), done_on=week(3))
    graded = grade_of_result(result, policy=policy)
    assert (graded.score, graded.grade) == (F(1, 2), Grade.MET)


def test_done_is_one_else_zero() -> None:
    assert (attainment_of_done(done=True), attainment_of_done(done=False)) == (1, 0)


@pytest.mark.parametrize(
    ("result", "attainment"),
    [
        (MeasuredResult(kind=ResultKind.AVAILABILITY, target=F(99), actual=F(99), strict=True), F(99, 100)),
        (MeasuredResult(kind=ResultKind.AVAILABILITY, target=F(99), actual=F(99)), F(1)),
        (MeasuredResult(kind=ResultKind.NUMERIC, baseline=F(2), target=F(2), actual=F(3)), F(1)),
        (
            MeasuredResult(
                kind=ResultKind.NUMERIC, baseline=F(2), target=F(2), actual=F(3), higher_is_better=False
            ),
            F(0),
        ),
    ],
)
def test_a_result_is_measured_with_its_own_strictness_and_direction(
    result: MeasuredResult, attainment: F
) -> None:
    assert grade_of_result(result, cycle_ends_on=QUARTER).attainment == attainment
