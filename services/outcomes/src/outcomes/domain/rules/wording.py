"""How a step of arithmetic writes an exact number."""

from fractions import Fraction

MOST_DECIMALS = 6


def decimals_of(number: Fraction) -> str:
    """A percentage or an fte as it is spoken, ``4.5``; a ratio where decimals do not end."""
    for decimals in range(MOST_DECIMALS + 1):
        scaled = number * 10**decimals
        if scaled.denominator == 1:
            whole = str(scaled.numerator).rjust(decimals + 1, "0")
            return f"{whole[:-decimals]}.{whole[-decimals:]}" if decimals else whole
    return str(number)
