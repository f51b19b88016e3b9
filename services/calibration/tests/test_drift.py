"""Drift between two cycles: a hand calculation, the limits, and properties."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.domain.managers.drift import NotTwoCyclesError, RatedInCycle, measure_drift


def rated(cycles: dict[str, dict[str, tuple[int, ...]]]) -> list[RatedInCycle]:
    return [
        RatedInCycle(manager_id=manager, cycle=cycle, rating=Fraction(value))
        for cycle, groups in cycles.items()
        for manager, values in groups.items()
        for value in values
    ]


HAND = {
    "2026-Q1": {"ann": (2, 3, 3, 3, 4), "bob": (2, 3, 3, 3, 4)},
    "2026-Q2": {"ann": (4, 4, 4, 5, 5), "bob": (2, 3, 3, 3, 4), "eve": (3, 3)},
}


def test_z_by_hand() -> None:
    """Q1: squares within 2 + 2 over 8 degrees = 1/2; Q2: 1.2 + 2 + 0 over 9 = 16/45; ann moves 3 → 4.4."""
    answer = measure_drift(rated(HAND))
    assert answer.msw == (Fraction(1, 2), Fraction(16, 45))
    ann, bob, eve = answer.managers
    assert ann.shift == Fraction(7, 5)
    assert ann.z_squared == Fraction(49, 25) / (Fraction(1, 10) + Fraction(16, 225))
    assert ann.flag
    assert ann.z is not None
    assert float(ann.z) == pytest.approx(3.3845, abs=1e-4)
    assert (bob.shift, bob.flag, bob.p_value) == (0, False, 1.0)
    assert (eve.state, eve.n, eve.z) == ("insufficient_data", (0, 2), None)
    assert eve.reason == "fewer than 5 rated people in a cycle"


def test_a_manager_who_rates_lower_has_a_negative_z() -> None:
    mirrored = {"2026-Q1": HAND["2026-Q2"], "2026-Q2": HAND["2026-Q1"]}
    ann = measure_drift(rated(mirrored)).managers[0]
    assert ann.z is not None
    assert ann.z < 0
    assert ann.flag


@pytest.mark.parametrize(("shift", "flag"), [("1.29", False), ("1.2901", True), ("-1.2901", True)])
def test_only_above_the_limit_is_flagged(shift: str, flag: bool) -> None:
    """Squares of 2.5 in five people give MSW 5/8 in both cycles, SE² = 1/4: a shift of 1.29 is z = 2.58."""
    values = [Fraction(value) for value in ("-1", "-0.5", "0", "0.5", "1")]
    people = [RatedInCycle(manager_id="m", cycle="1", rating=value) for value in values]
    people += [RatedInCycle(manager_id="m", cycle="2", rating=value + Fraction(shift)) for value in values]
    (manager,) = measure_drift(people).managers
    assert manager.z_squared == (Fraction(shift) * 2) ** 2
    assert manager.flag is flag


def test_four_people_in_one_cycle_are_too_few() -> None:
    cycles = {"1": {"m": (1, 2, 3, 4, 5)}, "2": {"m": (1, 2, 3, 4)}}
    (manager,) = measure_drift(rated(cycles)).managers
    assert manager.state == "insufficient_data"
    assert manager.n == (5, 4)


def test_no_spread_anywhere_cannot_be_judged() -> None:
    cycles = {"1": {"m": (3,) * 5}, "2": {"m": (4,) * 5}}
    (manager,) = measure_drift(rated(cycles)).managers
    assert manager.state == "insufficient_data"
    assert manager.reason == "all ratings within each team are equal"


@pytest.mark.parametrize("names", [("1",), ("1", "2", "3")])
def test_other_than_two_cycles_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(NotTwoCyclesError) as refused:
        measure_drift(rated({name: {"m": (3, 4)} for name in names}))
    assert refused.value.cycles == names


def test_expectations_are_taken_off() -> None:
    people = rated(HAND)
    risen = [
        RatedInCycle(manager_id=p.manager_id, cycle=p.cycle, rating=p.rating + 1, expected=Fraction(1))
        for p in people
    ]
    assert measure_drift(risen) == measure_drift(people)
    lifted = [replace(one, expected=Fraction(1)) if one.cycle == "2026-Q2" else one for one in people]
    assert [manager.shift for manager in measure_drift(lifted).managers[:2]] == [Fraction(2, 5), -1]


def test_holm_stands_beside_the_flag() -> None:
    ann, bob, eve = measure_drift(rated(HAND)).managers
    assert ann.p_value is not None
    assert ann.p_adjusted == pytest.approx(2 * ann.p_value)
    assert bob.p_adjusted == 1.0
    assert eve.p_adjusted is None


side = st.lists(st.lists(st.integers(1, 5), min_size=5, max_size=7), min_size=2, max_size=4)


@given(side, side)
def test_exchanging_the_cycles_turns_the_sign(first: list[list[int]], second: list[list[int]]) -> None:
    def groups(lists: list[list[int]]) -> dict[str, tuple[int, ...]]:
        return {f"m{index}": tuple(values) for index, values in enumerate(lists)}

    forward = measure_drift(rated({"1": groups(first), "2": groups(second)}))
    backward = measure_drift(rated({"1": groups(second), "2": groups(first)}))
    for one, other in zip(forward.managers, backward.managers, strict=True):
        assert (one.z_squared, one.flag, one.state) == (other.z_squared, other.flag, other.state)
        assert one.shift == (None if other.shift is None else -other.shift)
