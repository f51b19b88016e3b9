"""Money: integer minor units with the ISO 4217 exponent, rounded half-up, written as decimal text."""

from decimal import Context, Decimal, Inexact
from fractions import Fraction

from outcomes.domain.errors import Rejected
from plumbline.money import EXPONENTS

# Enough digits for any amount; an amount that does not fit is an error, never rounded.
_EXACTLY = Context(prec=100, traps=[Inexact])


def currency_exponent(currency: str) -> int:
    """How many decimals a currency's minor unit has: 2 for USD, 0 for JPY, 3 for KWD. Source: ISO 4217.

    Raises:
        Rejected: ``unknown_currency``.
    """
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise Rejected("unknown_currency", "an ISO 4217 currency code in capitals, for example EUR") from None


def half_up(numerator: int, denominator: int) -> int:
    """The whole number nearest to a ratio; a half goes away from zero, never to the even neighbour.

    The denominator is above 0.
    """
    if numerator < 0:
        return -half_up(-numerator, denominator)
    return (2 * numerator + denominator) // (2 * denominator)


def round_half_up(amount: Fraction) -> int:
    """An exact amount in minor units, rounded half-up to a whole minor unit."""
    return half_up(amount.numerator, amount.denominator)


def to_minor_units(amount: Fraction, currency: str) -> int:
    """An amount in major units (182000 dollars) as minor units (18200000 cents), exactly.

    Raises:
        Rejected: ``unknown_currency``, or ``too_many_decimals`` for this currency.
    """
    exponent = currency_exponent(currency)
    minor = amount * 10**exponent
    if minor.denominator != 1:
        raise Rejected("too_many_decimals", f"an amount with at most {exponent} decimals, as {currency} has")
    return minor.numerator


def decimal_to_minor_units(amount: Decimal, currency: str) -> int:
    """``to_minor_units`` of a decimal amount.

    Raises:
        Rejected: ``unknown_currency``, or ``too_many_decimals`` for this currency.
    """
    exponent = currency_exponent(currency)
    shifted = amount.scaleb(exponent, context=_EXACTLY)
    minor = int(shifted)
    if minor != shifted:
        raise Rejected("too_many_decimals", f"an amount with at most {exponent} decimals, as {currency} has")
    return minor


def decimal_text(minor: int, currency: str) -> str:
    """Minor units as the wire writes them: decimal text with all of the currency's decimals, ``194740.00``."""
    exponent = currency_exponent(currency)
    sign, digits = ("-" if minor < 0 else ""), str(abs(minor)).rjust(exponent + 1, "0")
    return f"{sign}{digits[:-exponent]}.{digits[-exponent:]}" if exponent else f"{sign}{digits}"
