"""Arguments and options that several outcomes commands share, and how a bad one is refused."""

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Annotated, NoReturn, TypeVar

import typer

from outcomes.domain.errors import Rejected
from outcomes.inbound.cells import parse_date, parse_not_negative
from plumbline.cli.spreadsheet import BAD_INPUT, errors

T = TypeVar("T")
Spreadsheet = Annotated[
    str, typer.Argument(metavar="FILE.csv", help="The spreadsheet; - reads standard input.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Start = Annotated[str, typer.Option("--start", metavar="DATE", help="Day 0, as YYYY-MM-DD.")]


def refuse_option(option: str, value: object, allowed: str) -> NoReturn:
    """Say what an option may hold, and leave with exit status 2."""
    errors.print(f"{option}: {str(value)!r} cannot be used; allowed: {allowed}")
    raise SystemExit(BAD_INPUT)


def refuse_rule(refused: Rejected) -> NoReturn:
    """Say why a rule refuses, and leave with exit status 2."""
    errors.print(f"refused: {refused.reason}")
    raise SystemExit(BAD_INPUT)


def option_date(option: str, value: str) -> date:
    """The date that an option names."""
    return checked(option, value, parse_date)


def option_number(option: str, value: str) -> Fraction:
    """The decimal number from 0 on that an option names."""
    return checked(option, value, parse_not_negative)


def checked(option: str, value: str, parse: Callable[[object], T]) -> T:
    """What ``parse`` makes of an option's text."""
    try:
        return parse(value)
    except ValueError as error:
        refuse_option(option, value, str(error))
