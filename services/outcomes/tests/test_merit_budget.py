"""A pool's budget is met to the cent or refused, whoever stands where in the file."""

import random
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rated import JANE, L4

from outcomes.domain.errors import BudgetBelowFloors, Rejected
from outcomes.domain.policy import DEFAULT_MERIT
from outcomes.domain.rules import (
    budget_from_percent,
    drawn_from_reserve,
    merit_pool,
    one_pool_per_currency,
    sessions_still_open,
    share_budget,
)
from outcomes.domain.rules.budget import Claim
from outcomes.domain.rules.merit import MeritInputs


def claim(employee_id: str, guideline: int, floor: int = 0) -> Claim:
    return Claim(employee_id=employee_id, guideline=guideline, floor=floor)


def person(
    employee_id: str, *, rating: int = 4, salary: int = 18_200_000, currency: str = "USD"
) -> MeritInputs:
    paid_in = replace(L4, currency=currency)
    return JANE._replace(
        employee_id=employee_id, rating=rating, salary=salary, currency=currency, salary_range=paid_in
    )


@st.composite
def claims_of_a_pool(draw: st.DrawFn) -> list[Claim]:
    amounts = draw(
        st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)), min_size=1, max_size=30)
    )
    return [claim(f"e{at:02}", max(pair), min(pair)) for at, pair in enumerate(amounts)]


@given(claims_of_a_pool(), st.integers(0, 400_000))
def test_a_budget_is_always_met_to_the_cent_or_refused(claims: list[Claim], budget: int) -> None:
    floors, guidelines = sum(each.floor for each in claims), sum(each.guideline for each in claims)
    if budget < floors:
        with pytest.raises(BudgetBelowFloors) as refused:
            share_budget(claims, budget=budget)
        assert refused.value.shortfall == floors - budget
        return
    shared = share_budget(claims, budget=budget)
    assert sum(shared.awards) == min(budget, guidelines)
    assert 0 <= shared.factor <= 1
    for each, award in zip(claims, shared.awards, strict=True):
        assert each.floor <= award <= each.guideline
        exactly = each.floor + shared.factor * (each.guideline - each.floor)
        assert abs(award - exactly) < 1


@given(claims_of_a_pool(), st.integers(0, 400_000), st.randoms(use_true_random=False))
def test_the_order_of_the_people_changes_nothing(
    claims: list[Claim], budget: int, rng: random.Random
) -> None:
    budget = max(budget, sum(each.floor for each in claims))
    shuffled = rng.sample(claims, len(claims))
    first, second = share_budget(claims, budget=budget), share_budget(shuffled, budget=budget)
    by_id = dict(zip([each.employee_id for each in claims], first.awards, strict=True))
    assert by_id == dict(zip([each.employee_id for each in shuffled], second.awards, strict=True))


def test_the_largest_remainders_receive_the_remaining_minor_units() -> None:
    shared = share_budget([claim("a", 10), claim("b", 11), claim("c", 12)], budget=20)
    assert shared.factor == Fraction(20, 33)
    # exactly 6 2/33, 6 22/33, 7 9/33: one unit is left and the largest remainder is b's
    assert shared.awards == (6, 7, 7)


def test_ties_go_by_employee_id_wherever_they_stand() -> None:
    assert share_budget([claim("b", 1), claim("a", 1), claim("c", 1)], budget=2).awards == (1, 1, 0)
    assert share_budget([claim("c", 1), claim("b", 1), claim("a", 1)], budget=1).awards == (0, 0, 1)


def test_a_budget_of_exactly_the_floors_pays_the_floors() -> None:
    shared = share_budget([claim("a", 10, 4), claim("b", 20, 6)], budget=10)
    assert (shared.awards, shared.factor) == ((4, 6), 0)


def test_a_budget_one_below_the_floors_is_refused_with_the_shortfall() -> None:
    with pytest.raises(BudgetBelowFloors, match="does not cover the floors") as refused:
        share_budget([claim("a", 10, 4), claim("b", 20, 6)], budget=9)
    assert (refused.value.shortfall, refused.value.code) == (1, "budget_below_floors")


@pytest.mark.parametrize("budget", [30, 31, None])
def test_nobody_receives_more_than_the_guideline(budget: int | None) -> None:
    shared = share_budget([claim("a", 10, 4), claim("b", 20, 6)], budget=budget)
    assert (shared.awards, shared.factor) == ((10, 20), 1)


@pytest.mark.parametrize("budget", [10, 11])
def test_the_factor_is_one_when_floors_and_guidelines_are_equal(budget: int) -> None:
    shared = share_budget([claim("a", 4, 4), claim("b", 6, 6)], budget=budget)
    assert (shared.awards, shared.factor) == ((4, 6), 1)


def test_an_empty_pool_shares_nothing() -> None:
    assert share_budget([], budget=0).awards == ()


def test_a_percentage_is_of_the_payroll_that_is_paid_rounded_half_up_once() -> None:
    payroll = [(10_000, Fraction(1)), (10_001, Fraction(1, 2)), (5_000, Fraction(1))]
    assert budget_from_percent(Fraction("4"), payroll) == 800  # 4 % of 20,000.50
    assert budget_from_percent(Fraction("0.5"), [(100, Fraction(1))]) == 1
    assert budget_from_percent(Fraction(5), []) == 0


def test_a_pool_waits_for_every_planned_session_that_is_not_excluded_by_name() -> None:
    planned = ["payments", "platform", "data"]
    assert sessions_still_open(planned, finalized=["data"], excluded=[]) == ("payments", "platform")
    assert sessions_still_open(planned, finalized=["data"], excluded=["platform"]) == ("payments",)
    assert sessions_still_open(planned, finalized=["data", "payments"], excluded=["platform"]) == ()


@pytest.mark.parametrize(
    ("spent", "budget", "drawn"),
    [(900, 1000, 0), (1200, 1000, 200), (1500, 1000, 500), (1501, 1000, 500), (9, None, 0)],
)
def test_appeals_draw_on_the_reserve_until_it_is_empty(spent: int, budget: int | None, drawn: int) -> None:
    assert drawn_from_reserve(spent=spent, budget=budget, reserve=500) == drawn


def test_a_pool_recommends_shares_and_splits() -> None:
    pool = merit_pool(
        [person("jane"), person("omar", rating=5, salary=21_400_000)], DEFAULT_MERIT, budget=2_500_000
    )
    assert pool.splits is not None
    assert (pool.currency, pool.budget, pool.shortfall) == ("USD", 2_500_000, 0)
    assert sum(split.award for split in pool.splits) == 2_500_000
    assert pool.factor == Fraction(2_500_000 - 1_980_000, 2_772_000 - 1_980_000)
    assert pool.splits[1].base_increase == 100_000
    assert pool.splits[1].new_salary == 21_500_000


def test_a_refused_pool_has_a_shortfall_and_no_awards() -> None:
    pool = merit_pool([person("jane")], DEFAULT_MERIT, budget=900_000)
    assert (pool.shortfall, pool.splits, pool.factor) == (10_000, None, None)


def test_the_payroll_of_a_percentage_leaves_out_whoever_is_not_eligible() -> None:
    late = person("late")._replace(hire_date=date(2026, 11, 1))
    short = person("short")._replace(unpaid_leave_days=100)
    pool = merit_pool([person("jane"), late, short], DEFAULT_MERIT, budget_percent=Fraction(6))
    assert pool.budget == 2 * 1_092_000


def test_a_pool_without_a_budget_pays_every_guideline() -> None:
    pool = merit_pool([person("jane")], DEFAULT_MERIT)
    assert pool.splits is not None
    assert (pool.budget, pool.factor, pool.splits[0].award) == (None, 1, 1_274_000)


@pytest.mark.parametrize(
    ("people", "code"),
    [
        ([], "pool_empty"),
        ([person("a"), person("b", currency="EUR")], "pool_of_several_currencies"),
        ([person("a"), person("a")], "employee_twice"),
    ],
)
def test_a_pool_that_is_none_is_refused(people: list[MeritInputs], code: str) -> None:
    with pytest.raises(Rejected) as refused:
        merit_pool(people, DEFAULT_MERIT)
    assert refused.value.code == code


def test_a_budget_is_an_amount_or_a_percentage_and_not_both() -> None:
    with pytest.raises(Rejected) as refused:
        merit_pool([person("a")], DEFAULT_MERIT, budget=1, budget_percent=Fraction(1))
    assert refused.value.code == "two_budgets"


def test_each_currency_is_a_pool_of_its_own() -> None:
    people = [person("a"), person("b", currency="EUR"), person("c")]
    pools = one_pool_per_currency(people)
    assert [[each.employee_id for each in pool] for pool in pools] == [["b"], ["a", "c"]]


def test_twenty_thousand_awards_add_up_to_the_cent() -> None:
    rng = random.Random(7)
    people = [
        person(f"e{at:05}", rating=rng.randint(1, 5), salary=rng.randint(13_000_000, 22_000_000))
        for at in range(20_000)
    ]
    pool = merit_pool(people, DEFAULT_MERIT, budget_percent=Fraction("4.2"))
    assert pool.splits is not None
    assert pool.factor is not None
    assert sum(split.award for split in pool.splits) == min(
        pool.budget or 0, sum(each.guideline for each in pool.recommendations)
    )
