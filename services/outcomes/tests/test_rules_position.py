"""Position in the range: compa-ratio, penetration, quartile, and which range holds."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.domain.errors import Rejected
from outcomes.domain.policy import SalaryRange
from outcomes.domain.rules import (
    compa_ratio,
    index_ranges,
    range_penetration,
    range_quartile,
    salary_range_of,
)


def pay_range(
    minimum: int = 100, maximum: int = 200, location: str = "*", currency: str = "USD"
) -> SalaryRange:
    return SalaryRange(level="L4", location=location, currency=currency, minimum=minimum, maximum=maximum)


@pytest.mark.parametrize(
    ("salary", "quartile"),
    [
        (0, 1),
        (99, 1),
        (100, 1),
        (124, 1),
        (125, 2),
        (149, 2),
        (150, 3),
        (174, 3),
        (175, 4),
        (200, 4),
        (999, 4),
    ],
)
def test_a_quartile_includes_its_lower_bound_and_not_its_upper(salary: int, quartile: int) -> None:
    assert range_quartile(salary, pay_range()) == quartile


def test_jane_stands_in_the_third_quartile() -> None:
    place = pay_range(14_500_000, 21_500_000)
    assert range_penetration(18_200_000, place) == Fraction(37, 70)
    assert range_quartile(18_200_000, place) == 3
    assert compa_ratio(18_200_000, place) == Fraction(91, 90)


def test_compa_ratio_is_one_at_the_midpoint() -> None:
    assert compa_ratio(150, pay_range()) == 1
    assert compa_ratio(75, pay_range()) == Fraction(1, 2)


def test_penetration_leaves_zero_to_one_outside_the_range() -> None:
    assert range_penetration(100, pay_range()) == 0
    assert range_penetration(200, pay_range()) == 1
    assert range_penetration(50, pay_range()) == Fraction(-1, 2)
    assert range_penetration(250, pay_range()) == Fraction(3, 2)


@given(st.integers(0, 10**7), st.integers(0, 10**6), st.integers(1, 10**6))
def test_the_quartile_follows_from_the_penetration(salary: int, minimum: int, width: int) -> None:
    place = pay_range(minimum, minimum + width)
    penetration = range_penetration(salary, place)
    expected = 1 + sum(penetration >= Fraction(quarter, 4) for quarter in (1, 2, 3))
    assert range_quartile(salary, place) == expected


def test_a_named_location_comes_before_the_star() -> None:
    ranges = index_ranges([pay_range(), pay_range(90, 180, location="Berlin")])
    assert salary_range_of(ranges, level="L4", location="Berlin", currency="USD") == pay_range(
        90, 180, "Berlin"
    )
    assert salary_range_of(ranges, level="L4", location="Austin", currency="USD") == pay_range()


def test_a_range_is_never_invented_nor_converted() -> None:
    ranges = index_ranges([pay_range()])
    assert salary_range_of(ranges, level="L5", location="Austin", currency="USD") is None
    assert salary_range_of(ranges, level="L4", location="Austin", currency="EUR") is None


@pytest.mark.parametrize(("minimum", "maximum"), [(200, 200), (200, 100), (-1, 100)])
def test_a_range_without_width_is_refused(minimum: int, maximum: int) -> None:
    with pytest.raises(Rejected, match="above its minimum") as refused:
        index_ranges([pay_range(minimum, maximum)])
    assert refused.value.code == "range_empty"


def test_a_range_may_begin_at_nothing() -> None:
    assert list(index_ranges([pay_range(0, 1)]).values()) == [pay_range(0, 1)]


def test_a_range_that_stands_twice_is_refused() -> None:
    with pytest.raises(Rejected, match=r"L4 \* USD stands there twice") as refused:
        index_ranges([pay_range(), pay_range(1, 2)])
    assert refused.value.code == "range_twice"
    assert len(index_ranges([pay_range(), pay_range(currency="EUR")])) == 2
