"""The guideline's feasible counts, its feasibility and the word for a team."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.domain.guideline import DEFAULT_GUIDELINE, Guideline
from calibration.domain.rules import check_feasibility, feasible_counts, team_unusualness


def test_fifty_people_have_the_counts_of_the_scenario() -> None:
    counts = feasible_counts(50, DEFAULT_GUIDELINE)
    assert counts == {5: (3, 5), 4: (10, 15), 3: (25, 30), 2: (5, 7), 1: (0, 2)}
    assert check_feasibility(50, DEFAULT_GUIDELINE).feasible


def test_counts_stand_from_the_highest_rating_down() -> None:
    assert list(feasible_counts(50, DEFAULT_GUIDELINE)) == [5, 4, 3, 2, 1]


def test_a_share_that_is_whole_is_not_rounded_away() -> None:
    assert feasible_counts(20, DEFAULT_GUIDELINE)[5] == (1, 2)
    assert feasible_counts(10, DEFAULT_GUIDELINE)[2] == (1, 1)


def test_seven_people_are_infeasible_because_a_range_is_empty() -> None:
    answer = check_feasibility(7, DEFAULT_GUIDELINE)
    assert not answer.feasible
    assert answer.reason == "no whole number of 7 people lies in the range of rating 5"


@pytest.mark.parametrize(
    ("low", "high", "ends"), [("1/10", "1/10", "50 to 50"), ("3/10", "3/10", "150 to 150")]
)
def test_sums_that_miss_the_group_are_infeasible(low: str, high: str, ends: str) -> None:
    shares = {rating: (Fraction(low), Fraction(high)) for rating in (1, 2, 3, 4, 5)}
    answer = check_feasibility(100, Guideline(version="x", shares=shares))
    assert answer.reason == f"the ranges add up to {ends} people, and there are 100"


def test_sums_that_just_reach_the_group_are_feasible() -> None:
    shares = {rating: (Fraction(1, 5), Fraction(1, 5)) for rating in (1, 2, 3, 4, 5)}
    assert check_feasibility(100, Guideline(version="x", shares=shares)).feasible


@given(people=st.integers(1, 400))
def test_a_group_is_feasible_exactly_when_some_distribution_fits(people: int) -> None:
    reachable = {0}
    for low, high in DEFAULT_GUIDELINE.shares.values():
        fits = [k for k in range(people + 1) if low * people <= k <= high * people]
        reachable = {done + k for done in reachable for k in fits if done + k <= people}
    assert check_feasibility(people, DEFAULT_GUIDELINE).feasible is (people in reachable)


def test_a_team_above_the_range_is_judged_at_the_upper_bound() -> None:
    answer = team_unusualness(5, 3, 8, DEFAULT_GUIDELINE)
    by_hand = sum(Fraction(math.comb(8, k) * 9 ** (8 - k), 10**8) for k in range(3, 9))
    assert (answer.tail, answer.word) == (by_hand, "unusual")
    assert team_unusualness(5, 1, 8, DEFAULT_GUIDELINE).word == "not unusual"


def test_a_team_below_the_range_is_judged_at_the_lower_bound() -> None:
    answer = team_unusualness(3, 0, 8, DEFAULT_GUIDELINE)
    assert (answer.tail, answer.word) == (Fraction(1, 2**8), "unusual")


def test_a_team_inside_the_range_is_never_unusual() -> None:
    assert team_unusualness(3, 5, 9, DEFAULT_GUIDELINE).tail == 1
    assert team_unusualness(5, 1, 10, DEFAULT_GUIDELINE).tail == 1  # exactly on the upper end
    assert team_unusualness(3, 5, 10, DEFAULT_GUIDELINE).tail == 1  # exactly on the lower end


def test_upper_shares_add_up_and_stop_at_everybody() -> None:
    assert DEFAULT_GUIDELINE.upper_share(4, 5) == Fraction(2, 5)
    assert DEFAULT_GUIDELINE.upper_share(5, 4, 3, 2) == 1
