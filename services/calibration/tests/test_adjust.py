"""Holm and Benjamini–Hochberg."""

from fractions import Fraction
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from calibration.domain.rules import benjamini_hochberg, holm

# Benjamini and Hochberg 1995, JRSS B 57:289, section 3.2: 15 p-values of a study of myocardial infarction. Controlling
# the familywise error by Bonferroni's level rejects 3 hypotheses, their procedure at q = 0.05 rejects 4.
MYOCARDIAL = [
    Fraction(text)
    for text in [
        "0.0001",
        "0.0004",
        "0.0019",
        "0.0095",
        "0.0201",
        "0.0278",
        "0.0298",
        "0.0344",
        "0.0459",
        "0.3240",
        "0.4262",
        "0.5719",
        "0.6528",
        "0.7590",
        "1",
    ]
]
P_VALUES = st.lists(st.fractions(0, 1, max_denominator=1000), max_size=8)


def test_the_published_example_rejects_three_and_four() -> None:
    assert sum(p <= Fraction(1, 20) for p in holm(MYOCARDIAL)) == 3
    assert sum(p <= Fraction(1, 20) for p in benjamini_hochberg(MYOCARDIAL)) == 4


def test_adjusted_values_by_hand() -> None:
    p_values = [Fraction(1, 100), Fraction(4, 100), Fraction(3, 100), Fraction(5, 1000)]
    # Holm: 0.005·4, max(0.01·3), 0.03·2, max(0.06, 0.04·1); Benjamini–Hochberg: 0.005·4, 0.01·2, 0.03·4/3, 0.04
    assert holm(p_values) == (Fraction(3, 100), Fraction(6, 100), Fraction(6, 100), Fraction(2, 100))
    assert benjamini_hochberg(p_values) == (
        Fraction(2, 100),
        Fraction(4, 100),
        Fraction(4, 100),
        Fraction(2, 100),
    )


def test_no_p_value_is_adjusted_above_one() -> None:
    assert holm([Fraction(9, 10), Fraction(8, 10)]) == (1, 1)
    assert benjamini_hochberg([Fraction(9, 10)]) == (Fraction(9, 10),)
    assert holm([]) == () == benjamini_hochberg([])


@given(P_VALUES)
def test_benjamini_hochberg_is_the_least_scaled_value_from_the_rank_up(p_values: list[Fraction]) -> None:
    ordered = sorted(p_values)
    for p_value, adjusted in zip(p_values, benjamini_hochberg(p_values), strict=True):
        place = ordered.index(p_value)
        scaled = [value * len(ordered) / (rank + 1) for rank, value in enumerate(ordered) if rank >= place]
        assert adjusted == min(scaled)


@given(P_VALUES)
def test_holm_is_the_largest_scaled_value_up_to_the_rank(p_values: list[Fraction]) -> None:
    ordered = sorted(p_values)
    for p_value, adjusted in zip(p_values, holm(p_values), strict=True):
        scaled = [(len(ordered) - rank) * v for rank, v in enumerate(ordered) if v < p_value or v == p_value]
        assert adjusted == min(Fraction(1), max(scaled[: ordered.index(p_value) + 1]))


def test_the_order_of_tests_changes_nothing() -> None:
    for order in permutations([Fraction(1, 50), Fraction(1, 30), Fraction(1, 20)]):
        by_value = dict(zip(order, holm(order), strict=True))
        assert by_value == {
            Fraction(1, 50): Fraction(3, 50),
            Fraction(1, 30): Fraction(1, 15),
            Fraction(1, 20): Fraction(1, 15),
        }


def test_floats_and_fractions_stand_side_by_side() -> None:
    assert holm([0.25, Fraction(1, 50)]) == (0.25, Fraction(1, 25))
    assert benjamini_hochberg([0.5, Fraction(1, 50)]) == (0.5, Fraction(1, 25))
