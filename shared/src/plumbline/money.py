"""Which currencies there are, and which numbers can be money: asked by every service at the edge where they come in."""

from decimal import Context, Decimal
from typing import NamedTuple

# ISO 4217:2015, list one (active codes and funds codes), kept by its maintenance agency SIX:
# https://www.six-group.com/en/products-services/financial-information/data-standards.html
# Codes without a minor unit (metals, special drawing rights, testing) carry no salary and are left out.
CODES_BY_EXPONENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE
    CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD
    HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP
    MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD
    SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS
    VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
EXPONENTS = {code: exponent for exponent, codes in CODES_BY_EXPONENT.items() for code in codes.split()}
# In minor units, of which a database's int64 holds 9.2 × 10^18: 92 such budgets, or the awards of 92,000 such salaries.
MOST_SALARY = 10**14
MOST_BUDGET = 10**17
# A grant vests in 60 months at most, and is no larger than companies are.
MOST_PARTS = 60
MOST_SHARES = 10**9
# As written: a number of a few bytes, such as 1E-999999999, would else be written out without end.
MOST_DECIMALS = 10
_EXACTLY = Context(prec=100)


class Unusable(NamedTuple):
    """Why a number or code cannot be money, without its value, and what to write instead."""

    why: str
    fix: str


def unusable_currency(code: str) -> Unusable | None:
    """None for an active currency of ISO 4217."""
    if code in EXPONENTS:
        return None
    return Unusable("no currency of ISO 4217", "write an ISO 4217 code in capitals, for example EUR")


def unusable_amount(amount: Decimal, currency: str, *, most: int) -> Unusable | None:
    """None for an amount in major units, from 0 to ``most`` minor units, with no more decimals than the currency has.

    Decimals that are 0 do not count: 100.00 JPY is 100 JPY.
    """
    unknown = unusable_currency(currency)
    if unknown is not None:
        return unknown
    exponent = EXPONENTS[currency]
    limit = Decimal(most).scaleb(-exponent)
    if not amount.is_finite() or amount < 0:
        return Unusable("no amount from 0 on", "write a plain amount, for example 182000.00")
    if amount > limit:
        return Unusable(f"above {limit:f} {currency}", f"write at most {limit:f} {currency}")
    if _decimals(amount) > MOST_DECIMALS or amount.scaleb(exponent, _EXACTLY) % 1:
        fix = f"write at most {exponent} decimals, as {currency} has" if exponent else "write a whole amount"
        return Unusable(f"more decimals than {currency} has", fix)
    return None


def unusable_percent(percent: Decimal) -> Unusable | None:
    """None for a percentage from 0 to 100."""
    if not percent.is_finite() or not 0 <= percent <= 100:
        return Unusable("no percentage from 0 to 100", "give a number from 0 to 100")
    if _decimals(percent) > MOST_DECIMALS:
        return Unusable("too many decimals", f"give at most {MOST_DECIMALS} decimals")
    return None


def brief(number: Decimal) -> str:
    """A number as a message repeats it: never longer than a line."""
    text = str(number)
    return text if len(text) <= 40 else f"{text[:40]}…"


def _decimals(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0
