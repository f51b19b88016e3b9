"""Exact numbers in and out of text: decimal text becomes a Fraction, a Fraction becomes decimal text."""

from decimal import Decimal, InvalidOperation, localcontext
from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator

SIGNIFICANT_DIGITS = 12
MOST_DIGITS = 30
MOST_CHARACTERS = 400
TOO_LONG = f"a plain decimal number of at most {MOST_DIGITS} digits"


def parse_exact(value: object) -> Fraction:
    """Read decimal text such as ``"4.5"`` exactly; no float, exponent, separator or percent sign.

    It has at most 30 digits, not counting zeros at the front, of which a small probability has many.

    Raises:
        ValueError: the text is not a plain decimal number, or too long for any metric or amount.
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, bool | float):
        raise ValueError("a plain decimal number written as text, for example 4.5")
    text = str(value).strip()
    if len(text) > MOST_CHARACTERS or len(text.replace(".", "").lstrip("+-0")) > MOST_DIGITS:
        raise ValueError(TOO_LONG)
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("a plain decimal number, for example 4.5") from None
    if not number.is_finite() or not set(text) <= set("+-.0123456789"):
        raise ValueError("a plain decimal number, for example 4.5")
    return Fraction(number)


ExactNumber = Annotated[Fraction, BeforeValidator(parse_exact)]


def exact(value: Fraction | int) -> str:
    """Write a rational as ``"a/b"``, or ``"n"`` when it is whole."""
    return str(Fraction(value))


def decimal12(value: Fraction | Decimal | int) -> str:
    """Write a rational as plain decimal text with 12 significant digits, half-even at the last."""
    rational = Fraction(value)
    with localcontext() as context:
        context.prec = SIGNIFICANT_DIGITS
        quotient = Decimal(rational.numerator) / Decimal(rational.denominator)
    return format(quotient, "f")
