"""The multiplier between threshold, target and stretch."""

from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goals.domain.errors import Rejected
from goals.domain.rules import payout_multiplier

NUMBERS = st.fractions(min_value=-1000, max_value=1000, max_denominator=100)


@pytest.mark.parametrize(
    ("actual", "multiplier"),
    [
        ("79.99", F(0)),
        ("80", F(1, 2)),
        ("90", F(3, 4)),
        ("100", F(1)),
        ("110", F(5, 4)),
        ("120", F(3, 2)),
        ("500", F(3, 2)),
    ],
)
def test_the_multiplier_is_linear_between_the_steps(actual: str, multiplier: F) -> None:
    assert payout_multiplier(threshold=F(80), target=F(100), stretch=F(120), actual=F(actual)) == multiplier


@pytest.mark.parametrize(
    ("actual", "multiplier"), [(251, 0), (250, F(1, 2)), (200, 1), (175, F(5, 4)), (10, F(3, 2))]
)
def test_less_is_better_when_the_steps_go_down(actual: int, multiplier: F) -> None:
    assert payout_multiplier(threshold=F(250), target=F(200), stretch=F(150), actual=F(actual)) == multiplier


@pytest.mark.parametrize("steps", [(1, 1, 2), (1, 2, 2), (1, 3, 2), (2, 1, 3), (1, 1, 1)])
def test_steps_are_strictly_ordered(steps: tuple[int, int, int]) -> None:
    with pytest.raises(Rejected):
        payout_multiplier(threshold=F(steps[0]), target=F(steps[1]), stretch=F(steps[2]), actual=F(1))


@given(steps=st.sets(NUMBERS, min_size=3, max_size=3), first=NUMBERS, second=NUMBERS)
def test_a_better_actual_never_pays_less_and_turning_the_metric_round_changes_nothing(
    steps: set[F], first: F, second: F
) -> None:
    threshold, target, stretch = sorted(steps)
    low, high = sorted((first, second))

    def pay(actual: F) -> F:
        return payout_multiplier(threshold=threshold, target=target, stretch=stretch, actual=actual)

    assert 0 <= pay(low) <= pay(high) <= F(3, 2)
    turned = payout_multiplier(threshold=-threshold, target=-target, stretch=-stretch, actual=-low)
    assert turned == pay(low)
