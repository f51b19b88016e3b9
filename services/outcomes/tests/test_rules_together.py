"""What is decided of many at once is what would be decided of each: merit, pools, corrections, and exact amounts."""

from dataclasses import replace
from decimal import Decimal, Inexact
from fractions import Fraction

import pytest
from rated import JANE, POLICY, RATED, decide_alone

from outcomes.domain.cases import RatedCase
from outcomes.domain.decisions import decide_together
from outcomes.domain.errors import Rejected
from outcomes.domain.policy import DEFAULT_MERIT, MeritPolicy
from outcomes.domain.rules import budget_from_percent, merit_floor_percent, merit_pool
from outcomes.domain.rules.merit import MeritInputs
from outcomes.domain.rules.money import decimal_to_minor_units
from outcomes.domain.rules.pool import Member, award_at_factor


def case(merit: MeritInputs | None) -> RatedCase:
    who = JANE.employee_id if merit is None else merit.employee_id
    return RATED._replace(person_id=who, promotion_recommended=False, target_level=None, merit=merit)


def test_who_is_decided_together_has_the_own_merit_although_the_rest_is_shared() -> None:
    pays = [JANE, JANE._replace(employee_id="joe", salary=15_000_000), None]
    together = decide_together(map(case, pays), POLICY)
    assert together == [decide_alone(case(merit)) for merit in pays]
    guidelines = [None if each.merit is None else each.merit.guideline for each in together]
    assert guidelines == [1_274_000, 1_350_000, None]


@pytest.mark.parametrize(
    ("floor", "guideline", "left"), [("5", "4.5", "4.5"), ("2.5", "3", "2.5"), ("3.5", "3", "3")]
)
def test_the_lesser_of_floor_and_guideline_is_found_among_fractions(
    floor: str, guideline: str, left: str
) -> None:
    matrix = {**DEFAULT_MERIT.matrix, 3: (Fraction(guideline),) * 4}
    policy: MeritPolicy = replace(
        DEFAULT_MERIT, matrix=matrix, floors={**DEFAULT_MERIT.floors, 3: Fraction(floor)}
    )
    assert merit_floor_percent(policy, rating=3, quartile=2) == Fraction(left)


def test_a_budget_of_the_whole_payroll_is_the_payroll_to_the_minor_unit() -> None:
    payroll = [(1, Fraction(1)), (10, Fraction(1, 2)), (30, Fraction(1, 2)), (9, Fraction(2, 3))]
    assert budget_from_percent(Fraction(100), payroll) == 1 + 5 + 15 + 6
    assert budget_from_percent(Fraction(100), []) == 0


def test_of_two_who_are_paid_alike_the_odd_cent_goes_to_the_first_id_wherever_it_stands() -> None:
    joe = JANE._replace(employee_id="joe")
    for people in ([JANE, joe], [joe, JANE]):
        pool = merit_pool(people, DEFAULT_MERIT, budget=2_000_001)
        assert pool.splits is not None
        awards = {each.employee_id: split.award for each, split in zip(people, pool.splits, strict=True)}
        assert awards == {"jane": 1_000_001, "joe": 1_000_000}


def test_who_has_no_range_stands_in_the_pool_with_nothing() -> None:
    pool = merit_pool([JANE, JANE._replace(employee_id="nora", salary_range=None)], DEFAULT_MERIT)
    assert pool.splits is not None
    assert [each.award for each in pool.splits] == [1_274_000, 0]
    assert pool.splits[1].new_salary == JANE.salary


def test_a_refused_pool_keeps_the_budget_that_was_too_small() -> None:
    pool = merit_pool([JANE], DEFAULT_MERIT, budget=900_000)
    assert (pool.budget, pool.shortfall, pool.splits, pool.factor) == (900_000, 10_000, None, None)


def member(*, maximum: int | None, fte: Fraction = Fraction(1)) -> Member:
    return Member(
        employee_id="jane",
        eligible=True,
        guideline=1_274_000,
        floor=910_000,
        salary=18_200_000,
        fte=fte,
        maximum=maximum,
    )


def test_a_correction_takes_the_pools_factor_rounds_down_and_splits_at_the_maximum() -> None:
    """910,000 + 2/3 × 364,000 = 1,152,666.67 cents."""
    raised = award_at_factor(member(maximum=21_500_000), Fraction(2, 3))
    assert raised == (1_152_666, 1_152_666, 0, 19_352_666)
    capped = award_at_factor(member(maximum=18_300_000), Fraction(2, 3))
    assert capped == (1_152_666, 100_000, 1_052_666, 18_300_000)
    half_time = award_at_factor(member(maximum=18_300_000, fte=Fraction(1, 2)), Fraction(2, 3))
    assert half_time == (1_152_666, 50_000, 1_102_666, 18_300_000)
    assert award_at_factor(member(maximum=None), Fraction(0)) == (910_000, 0, 910_000, 18_200_000)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("182000", "USD", 18_200_000), ("0.01", "EUR", 1), ("1.005", "KWD", 1005), ("1E+3", "JPY", 1000)],
)
def test_a_decimal_amount_is_exact_in_minor_units(amount: str, currency: str, minor: int) -> None:
    assert decimal_to_minor_units(Decimal(amount), currency) == minor


def test_an_amount_with_more_decimals_than_its_currency_is_refused_however_long() -> None:
    for amount, currency in (("0.001", "USD"), ("0.5", "JPY"), ("1234567890123456789012345678.901", "USD")):
        with pytest.raises(Rejected, match=f"decimals, as {currency} has") as refused:
            decimal_to_minor_units(Decimal(amount), currency)
        assert refused.value.code == "too_many_decimals"


def test_an_amount_of_any_length_is_exact_or_an_error_and_never_rounded() -> None:
    assert decimal_to_minor_units(Decimal("9" * 98 + ".99"), "USD") == int("9" * 100)
    with pytest.raises(Inexact):
        decimal_to_minor_units(Decimal("9" * 99 + ".99"), "USD")
