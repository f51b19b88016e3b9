"""The pay-gap command: raw and adjusted gap between women and men, per currency and level."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

import typer
from pydantic import AfterValidator, StringConstraints

from outcomes.domain import pay_gap as gaps
from plumbline.cli.answers import print_json, print_table
from plumbline.cli.commands import Commands
from plumbline.cli.exact import ExactNumber, decimal12, exact
from plumbline.cli.spreadsheet import Row, load_rows

LEGAL_NOTE = (
    "A level whose gap reaches 5 % either way needs an objective, gender-neutral justification or, unless it "
    "is remedied within six months, a joint pay assessment (Directive (EU) 2023/970, article 10). Suppressed "
    "levels are not judged here."
)


def _above_zero(salary: Fraction) -> Fraction:
    if salary <= 0:
        raise ValueError("a salary above 0")
    return salary


Name = Annotated[str, StringConstraints(min_length=1)]
Salary = Annotated[ExactNumber, AfterValidator(_above_zero)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Source = Annotated[str, typer.Argument(metavar="FILE.csv", help="The spreadsheet; - reads standard input.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


class PaidRow(Row):
    """One person's annual full-time salary and what it is compared by."""

    employee_id: Name
    gender: str
    level: Name
    location: Name
    salary: Salary
    currency: Currency


def pay_gap(file: Source, as_json: AsJson = False) -> None:
    """The pay gap between women and men: raw, at equal level and location, and by level."""
    rows = load_rows(file, PaidRow, unique="employee_id")
    answer = gaps.measure_pay_gaps([_person(row) for row in rows])
    if as_json:
        print_json(
            {
                "joint_assessment": gaps.any_known([currency.joint_assessment for currency in answer]),
                "currencies": [_show_currency(currency) for currency in answer],
                "method": gaps.METHOD,
                "sentence": _say(answer),
                "rule_version": gaps.RULE_VERSION,
            }
        )
        return
    columns = ("currency", "scope", "women", "men", "gap", "low", "high", "state", "reaches_limit")
    table = [_rounded(line) for currency in answer for line in _table(currency)]
    print_table("Pay gap as a share of men's pay", table, columns=columns, sentence=_say(answer))


def _person(row: PaidRow) -> gaps.PaidPerson:
    return gaps.PaidPerson(
        gender=row.gender,
        level=row.level,
        location=row.location,
        salary=row.salary,
        currency=row.currency,
    )


def _show_currency(currency: gaps.CurrencyGap) -> Mapping[str, object]:
    return {
        "currency": currency.currency,
        "state": currency.state,
        "reason": currency.reason,
        "women": currency.women,
        "men": currency.men,
        "not_compared": currency.not_compared,
        **_rational("raw_gap", currency.raw_gap),
        **_rational("median_gap", currency.median_gap),
        "adjusted_gap": _show_adjusted(currency.adjusted_gap),
        "adjusted_reason": currency.adjusted_reason,
        "by_level": [_show_level(level) for level in currency.levels],
        "joint_assessment": currency.joint_assessment,
    }


def _show_adjusted(adjusted: gaps.AdjustedGap | None) -> Mapping[str, object] | None:
    if adjusted is None:
        return None
    return {
        "value": _decimal(adjusted.value),
        "low": _decimal(adjusted.low),
        "high": _decimal(adjusted.high),
        "degrees_of_freedom": adjusted.freedom,
    }


def _show_level(level: gaps.LevelGap) -> Mapping[str, object]:
    return {
        "level": level.level,
        "state": level.state,
        "women": level.women,
        "men": level.men,
        **_rational("gap", level.gap),
        "reaches_limit": level.reaches_limit,
    }


def _table(currency: gaps.CurrencyGap) -> list[Mapping[str, object]]:
    people = {"currency": currency.currency, "women": currency.women, "men": currency.men}
    if currency.raw_gap is None:
        return [{**people, "scope": "all", "state": currency.reason}]
    adjusted = _show_adjusted(currency.adjusted_gap)
    scope = "equal level and location"
    return [
        {**people, "scope": "all", "gap": decimal12(currency.raw_gap)},
        {**people, "scope": scope, "state": currency.adjusted_reason}
        if adjusted is None
        else {**people, "scope": scope, "gap": adjusted["value"], **adjusted},
        *[
            {**_show_level(level), "currency": currency.currency, "scope": f"level {level.level}"}
            for level in currency.levels
        ],
    ]


def _say(answer: Sequence[gaps.CurrencyGap]) -> str:
    return " ".join([*[_say_currency(currency) for currency in answer], LEGAL_NOTE])


def _say_currency(currency: gaps.CurrencyGap) -> str:
    if currency.raw_gap is None:
        return f"{currency.currency}: {currency.reason}."
    said = f"{currency.currency}: {_compare(currency.raw_gap)} on average"
    if currency.adjusted_gap is not None:
        adjusted = currency.adjusted_gap
        interval = f"{adjusted.low * 100:.1f} to {adjusted.high * 100:.1f} %"
        said += f"; at equal level and location the gap is {adjusted.value * 100:.1f} % ({interval})"
    reaching = [level.level for level in currency.levels if level.reaches_limit]
    return f"{said}; levels at 5 % or more: {', '.join(reaching) or 'none shown'}."


def _compare(gap: Fraction) -> str:
    direction = "less" if gap >= 0 else "more"
    return f"women earn {float(abs(gap) * 100):.1f} % {direction} than men"


def _rounded(line: Mapping[str, object]) -> Mapping[str, object]:
    """The line as a person reads it: shares cut to 4 places; --json has all 12 digits."""
    return {
        key: format(round(Decimal(str(value)), 4), "f") if key in ("gap", "low", "high") and value else value
        for key, value in line.items()
    }


def _rational(key: str, value: Fraction | None) -> Mapping[str, str | None]:
    if value is None:
        return {key: None, f"{key}_exact": None}
    return {key: decimal12(value), f"{key}_exact": exact(value)}


def _decimal(value: float) -> str:
    return decimal12(Decimal(value))


def register_pay_gap(commands: Commands) -> None:
    """Add ``plumbline calc pay-gap``."""
    commands.calc.command("pay-gap")(pay_gap)
