"""Money is whole minor units, rounded half-up, and written as decimal text."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.domain.errors import Rejected
from outcomes.domain.rules import currency_exponent, decimal_text, half_up, round_half_up, to_minor_units
from outcomes.domain.rules.wording import decimals_of
from plumbline.money import CODES_BY_EXPONENT, EXPONENTS


@pytest.mark.parametrize(
    ("currency", "exponent"),
    [("USD", 2), ("EUR", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("TND", 3), ("CLF", 4)],
)
def test_a_currency_has_its_exponent_of_iso_4217(currency: str, exponent: int) -> None:
    assert currency_exponent(currency) == exponent


@pytest.mark.parametrize("code", ["usd", "US", "XXX", "", "DOLLAR"])
def test_an_unknown_currency_is_refused(code: str) -> None:
    with pytest.raises(Rejected, match="ISO 4217") as refused:
        currency_exponent(code)
    assert refused.value.code == "unknown_currency"


def test_every_code_is_three_capitals_and_stands_once() -> None:
    assert all(len(code) == 3 and code.isupper() for code in EXPONENTS)
    assert len(EXPONENTS) == sum(len(codes.split()) for codes in CODES_BY_EXPONENT.values())


@pytest.mark.parametrize(
    ("numerator", "denominator", "whole"),
    [
        (5, 10, 1),
        (15, 10, 2),
        (25, 10, 3),
        (24, 10, 2),
        (49, 100, 0),
        (0, 7, 0),
        (-5, 10, -1),
        (-25, 10, -3),
        (-24, 10, -2),
        (-1, 10, 0),
        (7, 1, 7),
    ],
)
def test_a_half_is_rounded_up_and_never_to_the_even_neighbour(
    numerator: int, denominator: int, whole: int
) -> None:
    assert half_up(numerator, denominator) == whole
    assert round_half_up(Fraction(numerator, denominator)) == whole


@given(st.fractions(min_value=-(10**9), max_value=10**9))
def test_rounding_moves_an_amount_by_half_a_minor_unit_at_most(amount: Fraction) -> None:
    assert abs(round_half_up(amount) - amount) <= Fraction(1, 2)
    assert round_half_up(-amount) == -round_half_up(amount)


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (19474000, "USD", "194740.00"),
        (5, "USD", "0.05"),
        (50, "USD", "0.50"),
        (0, "USD", "0.00"),
        (-5, "USD", "-0.05"),
        (-12345, "EUR", "-123.45"),
        (1234, "JPY", "1234"),
        (-7, "JPY", "-7"),
        (1, "KWD", "0.001"),
        (12345, "CLF", "1.2345"),
    ],
)
def test_money_is_written_with_all_of_its_decimals(minor: int, currency: str, text: str) -> None:
    assert decimal_text(minor, currency) == text


@given(st.integers(-(10**12), 10**12), st.sampled_from(["USD", "JPY", "KWD", "CLF"]))
def test_what_is_written_reads_back_as_the_same_amount(minor: int, currency: str) -> None:
    assert to_minor_units(Fraction(decimal_text(minor, currency)), currency) == minor


def test_an_amount_with_more_decimals_than_its_currency_is_refused() -> None:
    assert to_minor_units(Fraction("182000.05"), "USD") == 18200005
    with pytest.raises(Rejected, match="at most 2 decimals, as USD has") as refused:
        to_minor_units(Fraction("182000.005"), "USD")
    assert refused.value.code == "too_many_decimals"
    with pytest.raises(Rejected, match="at most 0 decimals"):
        to_minor_units(Fraction("0.5"), "JPY")


@pytest.mark.parametrize(
    ("number", "text"),
    [("7", "7"), ("4.5", "4.5"), ("0.05", "0.05"), ("0.000001", "0.000001"), ("1/3", "1/3"), ("0", "0")],
)
def test_a_step_writes_a_number_as_it_is_spoken(number: str, text: str) -> None:
    assert decimals_of(Fraction(number)) == text
