"""Which numbers can be money."""

from decimal import Decimal

import pytest

from plumbline.money import (
    EXPONENTS,
    MOST_BUDGET,
    MOST_SALARY,
    brief,
    unusable_amount,
    unusable_currency,
    unusable_percent,
)

INT64 = 2**63


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("182000.12", "USD"),
        ("182000.1200", "USD"),
        ("10000000", "JPY"),
        ("10000000.00", "JPY"),
        ("15000.125", "KWD"),
        ("0", "EUR"),
        ("1E+3", "EUR"),
        ("1000000000000", "USD"),
    ],
)
def test_an_amount_with_the_currencys_decimals_can_be_money(amount: str, currency: str) -> None:
    assert unusable_amount(Decimal(amount), currency, most=MOST_SALARY) is None


@pytest.mark.parametrize(
    ("amount", "currency", "why"),
    [
        ("182000.1234", "USD", "more decimals than USD has"),
        ("10000000.50", "JPY", "more decimals than JPY has"),
        ("15000.1255", "KWD", "more decimals than KWD has"),
        ("1000000000000.01", "USD", "above 1000000000000.00 USD"),
        ("1E+999999999", "USD", "above 1000000000000.00 USD"),
        ("1E-999999999", "USD", "more decimals than USD has"),
        ("0E-999999999", "USD", "more decimals than USD has"),
        ("-1", "USD", "no amount from 0 on"),
        ("NaN", "USD", "no amount from 0 on"),
        ("Infinity", "USD", "no amount from 0 on"),
        ("1", "XYZ", "no currency of ISO 4217"),
        ("1", "XXX", "no currency of ISO 4217"),
        ("1", "usd", "no currency of ISO 4217"),
    ],
)
def test_what_cannot_be_money_is_told_why_and_what_to_write(amount: str, currency: str, why: str) -> None:
    found = unusable_amount(Decimal(amount), currency, most=MOST_SALARY)
    assert found is not None
    assert found.why == why
    assert found.fix


def test_the_bounds_leave_room_in_the_databases_integers() -> None:
    assert MOST_SALARY * 90_000 < INT64
    assert MOST_BUDGET * 90 < INT64
    assert unusable_amount(Decimal("1e30"), "JPY", most=MOST_BUDGET) is not None


@pytest.mark.parametrize("percent", ["0", "4.5", "100", "33.3333333333"])
def test_a_percentage_is_from_0_to_100(percent: str) -> None:
    assert unusable_percent(Decimal(percent)) is None


@pytest.mark.parametrize("percent", ["-0.1", "100.01", "1000000000", "1E-11", "1E-999999999", "NaN"])
def test_anything_else_is_no_percentage(percent: str) -> None:
    assert unusable_percent(Decimal(percent)) is not None


def test_every_known_code_is_one() -> None:
    assert all(unusable_currency(code) is None for code in EXPONENTS)


def test_a_repeated_number_is_no_longer_than_a_line() -> None:
    assert brief(Decimal("1." + "3" * 500)).endswith("…")
    assert brief(Decimal("100000.005")) == "100000.005"
