"""The cells that the outcomes commands read: what each may hold, and how a bad one is explained."""

import re
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator, Field

from outcomes.domain.errors import Rejected
from outcomes.domain.policy import RATINGS
from outcomes.domain.rules import currency_exponent, to_minor_units
from plumbline.cli.exact import MOST_DIGITS, parse_exact

ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
A_DATE = "a date as YYYY-MM-DD, for example 2026-09-30"


def parse_date(value: object) -> date:
    """A calendar date as ISO 8601 writes it, never a serial number or a timestamp."""
    text = str(value).strip()
    if not ISO_DATE.fullmatch(text):
        raise ValueError(A_DATE)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(A_DATE) from None


def parse_date_or_nothing(value: object) -> date | None:
    """A date, or an empty cell where nothing happened."""
    return None if value is None or not str(value).strip() else parse_date(value)


def parse_whole(allowed: str, *, low: int, high: int) -> Callable[[object], int]:
    """A reader of whole numbers between two bounds; ``allowed`` is what a bad cell is told."""

    def read(value: object) -> int:
        text = str(value).strip()
        short = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
        if not short or not low <= int(text) <= high:
            raise ValueError(allowed)
        return int(text)

    return read


def parse_currency(value: object) -> str:
    """An ISO 4217 code."""
    code = str(value).strip()
    try:
        currency_exponent(code)
    except Rejected as refused:
        raise ValueError(refused.reason) from None
    return code


def parse_not_negative(value: object) -> Fraction:
    """Decimal text from 0 on."""
    number = parse_exact(value)
    if number < 0:
        raise ValueError("a decimal number from 0 on, for example 1.25")
    return number


def parse_fte(value: object) -> Fraction:
    """The share of full time that a person works: above 0, at most 1."""
    number = parse_exact(value)
    if not 0 < number <= 1:
        raise ValueError("a share of full time above 0 and at most 1, for example 0.8")
    return number


def parse_flag(value: object) -> bool:
    """0 or 1."""
    flags = {"0": False, "1": True}
    text = str(value).strip()
    if text not in flags:
        raise ValueError("0 or 1")
    return flags[text]


def minor_units(amount: Fraction, currency: object) -> int:
    """An amount as minor units of the row's currency; a bad cell when it has too many decimals.

    ``currency`` None (its own cell is bad already): 0, since the row is refused anyway.
    """
    if not isinstance(currency, str):
        return 0
    try:
        return to_minor_units(amount, currency)
    except Rejected as refused:
        raise ValueError(refused.reason) from None


Identifier = Annotated[str, Field(min_length=1)]
IsoDate = Annotated[date, BeforeValidator(parse_date)]
IsoDateOrNothing = Annotated[date | None, BeforeValidator(parse_date_or_nothing)]
Rating = Annotated[
    int, BeforeValidator(parse_whole("a rating from 1 to 5", low=min(RATINGS), high=max(RATINGS)))
]
Days = Annotated[int, BeforeValidator(parse_whole("a whole number of days from 0 to 366", low=0, high=366))]
CurrencyCode = Annotated[str, BeforeValidator(parse_currency)]
NotNegative = Annotated[Fraction, BeforeValidator(parse_not_negative)]
Fte = Annotated[Fraction, BeforeValidator(parse_fte)]
Flag = Annotated[bool, BeforeValidator(parse_flag)]
