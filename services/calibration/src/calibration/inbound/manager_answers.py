"""How the commands over managers read their cells and write their numbers."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

import typer
from pydantic import StringConstraints

from plumbline.cli.exact import decimal12, exact

DECIMAL_TEXT = re.compile(r"-?\d+\.\d+")
Name = Annotated[str, StringConstraints(min_length=1)]
Source = Annotated[str, typer.Argument(metavar="FILE.csv", help="The spreadsheet; - reads standard input.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def rounded(rows: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """The rows as a person reads them: decimal text cut to 4 places; --json has all 12 digits."""
    return [{key: _round(value) for key, value in row.items()} for row in rows]


def _round(value: object) -> object:
    if not isinstance(value, str) or not DECIMAL_TEXT.fullmatch(value):
        return value
    rounded = round(Decimal(value), 4)
    return format(rounded.normalize(), "f") if rounded else "~0"


def rational(key: str, value: Fraction | None) -> Mapping[str, str | None]:
    """A rational as decimal text under its key, and exactly under the key ending in ``_exact``."""
    if value is None:
        return {key: None, f"{key}_exact": None}
    return {key: decimal12(value), f"{key}_exact": exact(value)}


def probability(value: float | None) -> str | None:
    """A p-value that is not rational, as decimal text."""
    return None if value is None else decimal12(Decimal(value))
