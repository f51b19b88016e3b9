"""Bonus: base × target % × the multiplier that goals earned."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.domain.policy import DEFAULT_BONUS, BonusPolicy
from outcomes.domain.rules import bonus_amount, bonus_multiplier, explain_bonus
from outcomes.domain.rules.bonus import BonusInputs

HALVES = BonusPolicy(weight_individual=Fraction(1, 2), weight_team=Fraction(1, 2), cap=Fraction("1.25"))


def multiplier(individual: str, team: str, *, team_met: bool = True) -> Fraction:
    return bonus_multiplier(
        individual=Fraction(individual), team=Fraction(team), team_met=team_met, policy=HALVES
    )


def test_the_multiplier_is_the_weighted_sum_of_individual_and_team() -> None:
    assert multiplier("1.2", "0.8") == 1
    assert multiplier("1", "1") == 1


def test_the_weighted_sum_is_capped() -> None:
    assert multiplier("1.5", "1") == Fraction("1.25")
    assert multiplier("1.5", "1.1") == Fraction("1.25")
    assert multiplier("1.5", "0.9") == Fraction("1.2")


def test_a_team_below_its_threshold_pays_no_team_part_and_caps_the_individual_at_one() -> None:
    assert multiplier("1.5", "0.9", team_met=False) == Fraction(1, 2)
    assert multiplier("1", "0.9", team_met=False) == Fraction(1, 2)
    assert multiplier("0.9", "0.9", team_met=False) == Fraction("0.45")


def test_an_individual_multiplier_of_zero_pays_nothing_whatever_the_team_did() -> None:
    assert multiplier("0", "1.5") == 0
    assert multiplier("0", "1.5", team_met=False) == 0
    assert multiplier("0.5", "0") == Fraction("0.25")


def test_a_bonus_is_rounded_half_up_once() -> None:
    assert (
        bonus_amount(base=18_200_000, target_percent=Fraction(15), multiplier=Fraction("1.205")) == 3_289_650
    )
    assert bonus_amount(base=10, target_percent=Fraction(5), multiplier=Fraction(1)) == 1
    assert bonus_amount(base=9, target_percent=Fraction(5), multiplier=Fraction(1)) == 0
    assert bonus_amount(base=100, target_percent=Fraction("12.5"), multiplier=Fraction(1, 3)) == 4


@given(st.integers(0, 10**9), st.integers(1, 100), st.fractions(min_value=0, max_value=2))
def test_scaling_the_base_scales_the_bonus_within_a_minor_unit(
    base: int, times: int, factor: Fraction
) -> None:
    once = bonus_amount(base=base, target_percent=Fraction(10), multiplier=factor)
    many = bonus_amount(base=base * times, target_percent=Fraction(10), multiplier=factor)
    assert abs(many - times * once) <= Fraction(times + 1, 2)


def inputs(individual: str, *, team_met: bool = True) -> BonusInputs:
    return BonusInputs(
        employee_id="jane",
        currency="USD",
        base=18_200_000,
        target_percent=Fraction("12.5"),
        individual=Fraction(individual),
        team=Fraction("1.1"),
        team_met=team_met,
    )


@pytest.mark.parametrize(
    ("case", "steps"),
    [
        (
            inputs("1.25"),
            (
                "multiplier min(1.5, 0.7 × 1.25 + 0.3 × 1.1) = 1.205",
                "bonus 182000.00 × 12.5 % × 1.205 = 27413.75",
            ),
        ),
        (
            inputs("1.4", team_met=False),
            (
                "team below its threshold: team part 0, individual 1.4 counts 1",
                "multiplier min(1.5, 0.7 × 1 + 0.3 × 0) = 0.7",
                "bonus 182000.00 × 12.5 % × 0.7 = 15925.00",
            ),
        ),
        (inputs("0"), ("individual multiplier 0: no bonus", "bonus 182000.00 × 12.5 % × 0 = 0.00")),
    ],
)
def test_the_steps_say_where_a_bonus_comes_from(case: BonusInputs, steps: tuple[str, ...]) -> None:
    assert explain_bonus(case, DEFAULT_BONUS) == steps


def test_the_default_weights_sum_to_one() -> None:
    assert DEFAULT_BONUS.weight_individual + DEFAULT_BONUS.weight_team == 1
