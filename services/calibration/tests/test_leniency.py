"""Leniency: a published example, an independent recomputation, and properties that hold for any ratings."""

import random
from decimal import Decimal
from fractions import Fraction
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.domain.managers.leniency import Leniency, Rated, estimate_leniency, expect_from_attainment
from calibration.domain.managers.spread import holm_multiplicities, square_root
from calibration.domain.statistics.multiplicity import holm

# Dyestuff yields, Davies & Goldsmith (1972), Statistical Methods in Research and Production, 4th ed., table 6.4;
# analysed in Bates (2010), lme4: Mixed-effects modeling with R, ch. 1: batch variance 1764.05, residual 2451.25,
# mean 1527.5, predicted batch effects −17.60, 0.39, 28.56, −23.08, 56.73, −44.99 (balanced: REML is ANOVA).
DYESTUFF = {
    "A": (1545, 1440, 1440, 1520, 1580),
    "B": (1540, 1555, 1490, 1560, 1495),
    "C": (1595, 1550, 1605, 1510, 1560),
    "D": (1445, 1440, 1595, 1465, 1545),
    "E": (1595, 1630, 1515, 1635, 1625),
    "F": (1520, 1455, 1450, 1480, 1445),
}


def rated(groups: dict[str, tuple[int, ...]]) -> list[Rated]:
    return [
        Rated(manager_id=name, rating=Fraction(value)) for name, values in groups.items() for value in values
    ]


def test_dyestuff_gives_the_published_variance_components_and_effects() -> None:
    answer = estimate_leniency(rated(DYESTUFF))
    assert answer.mu == Fraction("1527.5")
    assert answer.msw == Fraction("2451.25")
    assert answer.n0 == 5
    assert answer.tau2 is not None
    assert float(answer.tau2) == pytest.approx(1764.05, abs=0.005)
    effects = [float(manager.estimate) for manager in answer.managers]
    assert effects == pytest.approx([-17.60, 0.39, 28.56, -23.08, 56.73, -44.99], abs=0.01)


def test_dyestuff_errors_are_the_conditional_deviations() -> None:
    manager = estimate_leniency(rated(DYESTUFF)).managers[0]
    assert float(manager.standard_error) == pytest.approx(
        (1764.05 * (1 - float(manager.shrinkage))) ** 0.5, rel=1e-5
    )
    assert float(manager.standard_error) == pytest.approx(19.59, abs=0.01)


def unbalanced() -> dict[str, tuple[int, ...]]:
    return {
        "a": (3, 3, 4),
        "b": (3, 2, 3, 4, 3),
        "c": (5, 5, 4, 5, 5, 4, 5),
        "d": (3, 3, 2, 3),
        "e": (3, 4, 3, 3, 3, 2),
        "tiny": (5, 5),
    }


def test_an_unbalanced_example_agrees_with_the_mixed_model_equations() -> None:
    groups = unbalanced()
    answer = estimate_leniency(rated(groups))
    kept = {name: values for name, values in groups.items() if len(values) >= 3}
    y = np.concatenate([np.array(values, dtype=float) for values in kept.values()])
    z = np.zeros((len(y), len(kept)))
    start = 0
    for column, values in enumerate(kept.values()):
        z[start : start + len(values), column] = 1
        start += len(values)
    assert answer.tau2 is not None
    assert answer.msw is not None
    ratio = float(answer.msw / answer.tau2)
    x = np.ones((len(y), 1))
    left = np.block([[x.T @ x, x.T @ z], [z.T @ x, z.T @ z + ratio * np.eye(len(kept))]])
    solution = np.linalg.solve(left, np.concatenate([x.T @ y, z.T @ y]))
    assert answer.mu is not None
    assert float(answer.mu) == pytest.approx(solution[0])
    assert [float(manager.estimate) for manager in answer.managers] == pytest.approx(list(solution[1:]))


def test_n0_of_unequal_teams_follows_its_formula() -> None:
    answer = estimate_leniency(rated(unbalanced()))
    sizes = (3, 5, 7, 4, 6)
    assert answer.n0 == (25 - Fraction(sum(n * n for n in sizes), 25)) / 4


def test_managers_of_two_people_are_left_out_and_named() -> None:
    answer = estimate_leniency(rated(unbalanced()))
    assert answer.left_out == ("tiny",)
    assert "tiny" not in [manager.manager_id for manager in answer.managers]


def test_a_generous_manager_is_flagged_and_the_interval_excludes_zero() -> None:
    answer = estimate_leniency(rated(unbalanced()))
    flagged = [manager.manager_id for manager in answer.managers if manager.flag]
    assert flagged == ["c"]
    assert answer.state == "flag"
    assert all((manager.low > 0 or manager.high < 0) == manager.flag for manager in answer.managers)


def test_four_managers_are_too_few() -> None:
    groups = {name: values for name, values in unbalanced().items() if name != "a"}
    answer = estimate_leniency(rated(groups))
    assert answer.state == "insufficient_data"
    assert answer.detectable is None
    assert answer.reason == "4 managers have 3 or more rated people; 5 are needed"


def test_no_spread_within_teams_cannot_be_judged() -> None:
    answer = estimate_leniency(rated({name: (index, index, index) for index, name in enumerate("abcde", 1)}))
    assert answer.state == "insufficient_data"
    assert answer.msw == 0
    assert answer.reason == "all ratings within each team are equal"


def test_equal_means_show_no_detectable_difference() -> None:
    answer = estimate_leniency(rated({name: (2, 3, 4) for name in "abcde"}))
    assert answer.tau2 == 0
    assert answer.detectable is False
    assert answer.reason == "no detectable difference"
    assert all(manager.estimate == 0 and not manager.flag for manager in answer.managers)
    assert answer.mu == 3


def test_what_attainment_explains_is_taken_off_first() -> None:
    ratings = [Fraction(value) for value in (2, 3, 4, 5, 3)]
    attainments = [Fraction(value, 10) for value in (5, 8, 10, 13, 9)]
    expected = expect_from_attainment(ratings, attainments)
    slope, intercept = np.polyfit([float(x) for x in attainments], [float(y) for y in ratings], 1)
    assert [float(value) for value in expected] == pytest.approx(
        [slope * float(x) + intercept for x in attainments]
    )
    assert sum(expected) == sum(ratings)


def test_attainment_without_spread_expects_the_mean() -> None:
    assert (
        expect_from_attainment([Fraction(2), Fraction(5)], [Fraction(1), Fraction(1)]) == [Fraction(7, 2)] * 2
    )
    assert expect_from_attainment([], []) == []


teams = st.lists(st.lists(st.integers(1, 5), min_size=3, max_size=6), min_size=5, max_size=8)


def from_lists(lists: list[list[int]]) -> list[Rated]:
    return rated({f"m{index}": tuple(values) for index, values in enumerate(lists)})


def ids_and_estimates(answer: Leniency) -> list[tuple[str, Fraction, bool]]:
    return [(manager.manager_id, manager.estimate, manager.flag) for manager in answer.managers]


@given(teams, st.randoms(use_true_random=False))
def test_the_order_of_people_changes_nothing(lists: list[list[int]], shuffler: random.Random) -> None:
    people = from_lists(lists)
    shuffled = people.copy()
    shuffler.shuffle(shuffled)
    assert estimate_leniency(shuffled) == estimate_leniency(people)


@given(teams, st.integers(-2, 2))
def test_shifting_every_expectation_moves_only_the_mean(lists: list[list[int]], shift: int) -> None:
    people = from_lists(lists)
    moved = [Rated(manager_id=one.manager_id, rating=one.rating, expected=Fraction(-shift)) for one in people]
    before, after = estimate_leniency(people), estimate_leniency(moved)
    assert ids_and_estimates(after) == ids_and_estimates(before)
    assert (after.tau2, after.msw, after.n0) == (before.tau2, before.msw, before.n0)
    if before.mu is not None:
        assert after.mu == before.mu + shift


@given(teams)
def test_turning_the_scale_around_mirrors_the_estimates(lists: list[list[int]]) -> None:
    mirrored = [[6 - value for value in values] for values in lists]
    before, after = estimate_leniency(from_lists(lists)), estimate_leniency(from_lists(mirrored))
    assert [m.estimate for m in after.managers] == [-m.estimate for m in before.managers]
    assert [m.flag for m in after.managers] == [m.flag for m in before.managers]


@given(teams)
def test_shrinkage_lies_between_nothing_and_all_and_a_flag_is_an_interval_without_zero(
    lists: list[list[int]],
) -> None:
    for manager in estimate_leniency(from_lists(lists)).managers:
        assert 0 <= manager.shrinkage < 1
        assert manager.low <= manager.high
        assert manager.flag == (manager.low > 0 or manager.high < 0)


@given(st.lists(st.fractions(0, 30, max_denominator=50), min_size=1, max_size=12))
def test_widened_intervals_reject_exactly_what_holm_rejects(squares: list[Fraction]) -> None:
    two_sided = [2 * (1 - NormalDist().cdf(float(z) ** 0.5)) for z in squares]
    rejected = [p <= 0.05 for p in holm(two_sided)]
    divisors = holm_multiplicities(squares, alpha=0.05)
    widened = [p <= 0.05 / divisor for p, divisor in zip(two_sided, divisors, strict=True)]
    assert widened == rejected


@pytest.mark.parametrize("value", [Fraction(0), Fraction(1, 4), Fraction(2), Fraction(10**12, 7)])
def test_a_root_squares_back(value: Fraction) -> None:
    root = square_root(value)
    assert abs(Fraction(root) ** 2 - value) <= Fraction(1, 10**25) * (value + 1)
    assert root >= Decimal(0)
