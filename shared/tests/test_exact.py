"""Exact numbers in and out of text."""

from decimal import Decimal
from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.cli.exact import decimal12, exact, parse_exact


@pytest.mark.parametrize(
    ("text", "number"),
    [("4.5", F(9, 2)), (" 12 ", F(12)), ("-0.1", F(-1, 10)), ("+3", F(3)), (".5", F(1, 2)), ("5.", F(5))],
)
def test_decimal_text_is_read_exactly(text: str, number: F) -> None:
    assert parse_exact(text) == number


@pytest.mark.parametrize("text", ["9" * 31, "0." + "9" * 31, "-" + "9" * 5_000, "0." + "0" * 400 + "1"])
def test_a_number_that_no_metric_or_amount_has_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a plain decimal number of at most 30 digits"):
        parse_exact(text)


def test_thirty_digits_are_read_and_zeros_at_the_front_do_not_count() -> None:
    assert parse_exact("9" * 30) == 10**30 - 1
    assert parse_exact("0." + "0" * 100 + "9" * 30) == F(10**30 - 1, 10**130)


@pytest.mark.parametrize(
    "value", ["", "1e3", "1,5", "1_000", "12%", "NaN", "Infinity", "٣", "1 2", 0.1, True]
)
def test_what_is_no_plain_decimal_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="plain decimal"):
        parse_exact(value)


@given(
    number=st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9)
)
def test_reading_what_was_written_changes_nothing(number: Decimal) -> None:
    assert parse_exact(format(number, "f")) == F(number)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (F(4, 3), "1.33333333333"),
        (F(2, 3), "0.666666666667"),
        (F(1), "1"),
        (F(11, 10), "1.1"),
        (F(0), "0"),
        (F(-1, 8), "-0.125"),
        (F(1, 10**15), "0.000000000000001"),
        (F(10**15 + 1), "1000000000000000"),
        (F(1000000000005, 10), "100000000000"),
        (F(1000000000015, 10), "100000000002"),
        (Decimal("2.50"), "2.5"),
    ],
)
def test_decimals_have_twelve_significant_digits_and_no_exponent(number: F | Decimal, text: str) -> None:
    assert decimal12(number) == text


@given(number=st.fractions(max_denominator=10**6))
def test_twelve_digits_are_within_half_a_unit_of_the_last(number: F) -> None:
    written = F(decimal12(number))
    assert abs(written - number) <= abs(number) * F(1, 2 * 10**11)


@given(number=st.fractions())
def test_exact_text_is_a_ratio_or_a_whole_number(number: F) -> None:
    assert F(exact(number)) == number
    assert ("/" in exact(number)) == (number.denominator != 1)
