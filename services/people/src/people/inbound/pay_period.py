"""Of which period an export's pay is: what is not annual is refused, never stored as if it were."""

from collections.abc import Mapping
from functools import lru_cache

from people.domain.errors import Rejected
from people.domain.person import BadRow
from people.inbound.columns import RATES, plain

PAY_PERIOD = ("pay_type", "pay_period", "pay_frequency")
_ANNUAL = frozenset(
    [
        "salary",
        "salaried",
        "s",
        "annual",
        "annually",
        "annualized",
        "year",
        "yearly",
        "yr",
        "y",
        "annum",
        "pa",
        "a",
    ]
)
_SHORTER = frozenset(
    [
        "hour",
        "hourly",
        "hr",
        "day",
        "daily",
        "week",
        "weekly",
        "biweekly",
        "fortnight",
        "fortnightly",
        "month",
        "monthly",
        "semimonthly",
        "quarter",
        "quarterly",
        "bi",
        "semi",
        "piece",
        "commission",
    ]
)
_FIX = (
    "Only annual pay is stored: write the annual amount for full time as salary and {word} here, or leave the "
    "salary empty."
)
_FIXES = {
    "pay_type": _FIX.format(word="Salary"),
    "pay_period": _FIX.format(word="Year"),
    "pay_frequency": _FIX.format(word="Annual") + " Name its column annual_salary if the amounts are annual.",
}


def refuse_pay_without_period(headers: Mapping[str, str]) -> None:
    """A column such as Pay rate does not say of which period it is; another column must.

    ``headers`` are the file's headers by column.

    Raises:
        Rejected: none does.
    """
    header = headers.get("salary", "")
    if plain(header) in RATES and not any(column in headers for column in PAY_PERIOD):
        raise Rejected(
            code="unclear_pay_period",
            message=f"The column {header} may be pay per hour, month or year.",
            fix="Export the pay type or period beside it, or name the column annual_salary if it is annual.",
        )


def check_pay_period(line: int, cells: Mapping[str, str], headers: Mapping[str, str]) -> list[BadRow]:
    """Whether the pay of a row that tells any is annual, by its ``cells``.

    How often somebody is paid says nothing of an amount that its header calls annual.
    """
    header = plain(headers.get("salary", ""))
    told = {column: cells.get(column, "").strip() for column in PAY_PERIOD}
    counted = ["pay_type", "pay_period"]
    if "annual" not in header and not told["pay_period"]:
        counted.append("pay_frequency")
    shorter = [column for column in counted if told[column] and not is_annual(told[column])]
    if not shorter and header in RATES and not any(told[column] for column in counted):
        shorter = [next(column for column in PAY_PERIOD if column in headers)]
    return [BadRow(line=line, column=column, value=told[column], fix=_FIXES[column]) for column in shorter]


@lru_cache(maxsize=256)
def is_annual(text: str) -> bool:
    """Whether words such as Salary, Year or Per annum mean annual pay, and no shorter period."""
    words = frozenset(plain(text).split("_"))
    return bool(words & _ANNUAL) and not words & _SHORTER
