"""Merit of one person: guideline, floor, split at the range maximum, and the arithmetic that says why."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rated import JANE, L4

from outcomes.domain.policy import DEFAULT_MERIT
from outcomes.domain.rules import (
    explain_merit,
    merit_floor_percent,
    merit_guideline_percent,
    recommend_merit,
    split_at_range_maximum,
)
from outcomes.domain.rules.merit import MeritInputs, merit_amount


def test_seven_percent_raise_janes_182000_to_194740() -> None:
    recommended = recommend_merit(JANE, DEFAULT_MERIT)
    split = split_at_range_maximum(JANE, recommended.guideline)
    assert (recommended.eligible, recommended.quartile) == (True, 3)
    assert recommended.guideline_percent == 7
    assert (recommended.guideline, recommended.floor) == (1_274_000, 910_000)
    assert (split.base_increase, split.lump_sum, split.new_salary) == (1_274_000, 0, 19_474_000)


@pytest.mark.parametrize(
    ("rating", "percents"),
    [
        (5, ["10", "9", "8", "7"]),
        (4, ["9", "8", "7", "5"]),
        (3, ["5", "4.5", "4", "3"]),
        (2, ["2", "1.5", "1", "0"]),
        (1, ["0", "0", "0", "0"]),
    ],
)
def test_the_default_matrix_is_the_one_of_the_rules(rating: int, percents: list[str]) -> None:
    got = [
        merit_guideline_percent(DEFAULT_MERIT, rating=rating, quartile=quartile) for quartile in (1, 2, 3, 4)
    ]
    assert got == [Fraction(percent) for percent in percents]


@pytest.mark.parametrize(("rating", "floor"), [(5, 5), (4, 5), (3, 3), (2, 0), (1, 0)])
def test_the_default_floors_are_those_of_the_rules(rating: int, floor: int) -> None:
    for quartile in (1, 2, 3, 4):
        assert merit_floor_percent(DEFAULT_MERIT, rating=rating, quartile=quartile) == floor


def test_a_floor_is_never_above_its_guideline() -> None:
    policy = replace(DEFAULT_MERIT, floors={**DEFAULT_MERIT.floors, 3: Fraction(4)})
    assert merit_floor_percent(policy, rating=3, quartile=4) == 3
    assert merit_floor_percent(policy, rating=3, quartile=2) == 4


def test_money_paid_is_the_full_time_amount_times_fte() -> None:
    part_time = recommend_merit(JANE._replace(fte=Fraction(4, 5)), DEFAULT_MERIT)
    assert part_time.quartile == 3
    assert (part_time.guideline, part_time.floor) == (1_019_200, 728_000)


def test_proration_reduces_guideline_and_floor_alike() -> None:
    short = recommend_merit(JANE._replace(unpaid_leave_days=73), DEFAULT_MERIT)
    assert short.proration == Fraction(4, 5)
    assert (short.counted_days, short.days_of_year) == (292, 365)
    assert (short.guideline, short.floor) == (1_019_200, 728_000)


def test_protected_leave_never_reduces_merit() -> None:
    without = recommend_merit(JANE, DEFAULT_MERIT)
    assert recommend_merit(JANE._replace(protected_leave_days=200), DEFAULT_MERIT) == without


def test_a_person_hired_after_the_cut_off_receives_nothing_and_keeps_the_salary() -> None:
    late = JANE._replace(hire_date=date(2026, 10, 1))
    recommended = recommend_merit(late, DEFAULT_MERIT)
    assert (recommended.eligible, recommended.refusal) == (False, "hired_after_cut_off")
    assert (recommended.guideline_percent, recommended.guideline, recommended.floor) == (0, 0, 0)
    assert split_at_range_maximum(late, 0).new_salary == late.salary
    on_time = recommend_merit(JANE._replace(hire_date=date(2026, 9, 30)), DEFAULT_MERIT)
    assert on_time.eligible
    assert on_time.guideline == 324_608  # 12,740.00 × 93/365 = 3,246.08


def test_without_a_salary_range_there_is_no_merit() -> None:
    nowhere = recommend_merit(JANE._replace(salary_range=None), DEFAULT_MERIT)
    assert (nowhere.refusal, nowhere.quartile, nowhere.guideline) == ("no_salary_range", None, 0)


def test_rating_one_is_eligible_and_receives_no_merit() -> None:
    lowest = recommend_merit(JANE._replace(rating=1), DEFAULT_MERIT)
    assert (lowest.eligible, lowest.guideline, lowest.floor) == (True, 0, 0)


def test_the_product_is_rounded_once_and_half_up() -> None:
    amount = merit_amount(salary=10, fte=Fraction(1, 2), percent=Fraction(10), days=1, of_days=1)
    assert amount == 1  # 0.5 of a minor unit
    amount = merit_amount(salary=1000, fte=Fraction(1), percent=Fraction("4.5"), days=1, of_days=3)
    assert amount == 15
    assert merit_amount(salary=49, fte=Fraction(1), percent=Fraction(1), days=1, of_days=1) == 0


@pytest.mark.parametrize(
    ("salary", "award", "base", "lump", "after"),
    [
        (21_499_900, 200, 100, 100, 21_500_000),
        (21_499_900, 100, 100, 0, 21_500_000),
        (21_500_000, 200, 0, 200, 21_500_000),
        (22_000_000, 200, 0, 200, 22_000_000),
        (21_000_000, 0, 0, 0, 21_000_000),
    ],
)
def test_base_rises_up_to_the_maximum_and_the_rest_is_a_lump_sum(
    salary: int, award: int, base: int, lump: int, after: int
) -> None:
    split = split_at_range_maximum(JANE._replace(salary=salary), award)
    assert (split.award, split.base_increase, split.lump_sum, split.new_salary) == (award, base, lump, after)


def test_the_room_of_a_part_timer_is_the_full_time_room_times_fte() -> None:
    part_time = JANE._replace(salary=21_400_001, fte=Fraction(1, 2))
    split = split_at_range_maximum(part_time, 80_000)
    assert (split.base_increase, split.lump_sum) == (49_999, 30_001)
    assert split.new_salary == 21_499_999


def test_without_a_range_the_whole_award_is_a_lump_sum() -> None:
    assert split_at_range_maximum(JANE._replace(salary_range=None), 7).lump_sum == 7


@given(
    salary=st.integers(0, 30_000_000),
    award=st.integers(0, 3_000_000),
    fte=st.fractions(min_value=Fraction(1, 100), max_value=1, max_denominator=100),
)
def test_a_split_loses_nothing_and_no_base_passes_the_maximum(salary: int, award: int, fte: Fraction) -> None:
    split = split_at_range_maximum(JANE._replace(salary=salary, fte=fte), award)
    assert split.base_increase + split.lump_sum == award
    assert min(split.base_increase, split.lump_sum) >= 0
    assert split.new_salary <= max(salary, L4.maximum)
    assert abs((split.new_salary - salary) * fte - split.base_increase) <= fte / 2


@given(rating=st.integers(1, 5), salary=st.integers(1, 30_000_000), times=st.integers(1, 50))
def test_scaling_money_scales_a_guideline_within_a_minor_unit(rating: int, salary: int, times: int) -> None:
    def scaled(factor: int) -> MeritInputs:
        place = replace(L4, minimum=L4.minimum * factor, maximum=L4.maximum * factor)
        return JANE._replace(rating=rating, salary=salary * factor, salary_range=place, unpaid_leave_days=11)

    once, many = (recommend_merit(scaled(factor), DEFAULT_MERIT) for factor in (1, times))
    assert once.quartile == many.quartile
    assert abs(many.guideline - times * once.guideline) <= Fraction(times + 1, 2)
    assert abs(many.floor - times * once.floor) <= Fraction(times + 1, 2)


def test_the_steps_say_why_jane_receives_12740() -> None:
    recommended = recommend_merit(JANE, DEFAULT_MERIT)
    split = split_at_range_maximum(JANE, recommended.guideline)
    assert explain_merit(JANE, DEFAULT_MERIT, recommended, factor=Fraction(1), split=split) == (
        "hired 2019-03-04, cut-off 2026-09-30: eligible",
        "penetration (182000.00 − 145000.00) / (215000.00 − 145000.00) = 37/70: quartile 3",
        "rating 4 in quartile 3: guideline 7 %, floor 5 %",
        "proration (365 days employed − 0 days of unpaid leave) / 365 days = 1",
        "guideline 182000.00 × 1 × 7 % × 1 = 12740.00",
        "floor 182000.00 × 1 × 5 % × 1 = 9100.00",
        "award 9100.00 + 1 × (12740.00 − 9100.00) = 12740.00",
        "split at the range maximum: base increase 12740.00, lump sum 0.00",
        "new salary 182000.00 + 12740.00 / 1 = 194740.00",
    )


def test_the_steps_name_a_rounded_remainder_part_time_and_protected_leave() -> None:
    person = JANE._replace(fte=Fraction(4, 5), unpaid_leave_days=73, protected_leave_days=30)
    recommended = recommend_merit(person, DEFAULT_MERIT)
    factor = Fraction(1, 3)
    exactly = recommended.floor + (recommended.guideline - recommended.floor) // 3
    steps = explain_merit(
        person, DEFAULT_MERIT, recommended, factor=factor, split=split_at_range_maximum(person, exactly + 1)
    )
    assert steps[3] == (
        "proration (365 days employed − 73 days of unpaid leave) / 365 days = 4/5 "
        "(30 days of protected leave do not reduce it)"
    )
    assert steps[4] == "guideline 182000.00 × 0.8 × 7 % × 4/5 = 8153.60"
    assert (
        steps[6]
        == "award 5824.00 + 1/3 × (8153.60 − 5824.00) = 6600.54, one minor unit of it by largest remainder"
    )
    assert steps[8] == "new salary 182000.00 + 6600.54 / 0.8 = 190250.68"


def test_a_provisional_recommendation_is_explained_up_to_its_floor() -> None:
    steps = explain_merit(JANE, DEFAULT_MERIT, recommend_merit(JANE, DEFAULT_MERIT), factor=None, split=None)
    assert len(steps) == 6
    assert steps[-1].startswith("floor ")


@pytest.mark.parametrize(
    ("person", "step"),
    [
        (
            JANE._replace(hire_date=date(2026, 12, 1)),
            "hired 2026-12-01, cut-off 2026-09-30: not eligible this year",
        ),
        (
            JANE._replace(salary_range=None),
            "hired 2019-03-04, cut-off 2026-09-30: no merit, the policy has no salary range for this level, "
            "location and currency",
        ),
    ],
)
def test_whoever_receives_no_merit_reads_why(person: MeritInputs, step: str) -> None:
    recommended = recommend_merit(person, DEFAULT_MERIT)
    assert explain_merit(person, DEFAULT_MERIT, recommended, factor=Fraction(1), split=None) == (step,)
