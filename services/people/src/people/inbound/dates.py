"""Dates as exports write them; a file's own cells must show whether day or month comes first."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Literal

_PARTS = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})")
_MONTHS = 12
Order = Literal["day", "month"]


def find_order(cells: Iterable[str]) -> Order | None:
    """Which part comes first in a file's dates such as 07/14/2026; None when nothing shows it, or both do.

    Dates with dots have the day first everywhere; otherwise a number above 12 can be no month.
    """
    seen: set[Order] = set()
    for cell in cells:
        found = _PARTS.fullmatch(cell.strip())
        if found is None:
            continue
        if found[2] == "." or int(found[1]) > _MONTHS:
            seen.add("day")
        elif int(found[3]) > _MONTHS:
            seen.add("month")
    return seen.pop() if len(seen) == 1 else None


def to_iso(cell: str, order: Order) -> str:
    """The date as YYYY-MM-DD; what is no date in this order stays as it is, to be refused as it was written."""
    found = _PARTS.fullmatch(cell.strip())
    if found is None:
        return cell
    day, month = (found[1], found[3]) if order == "day" else (found[3], found[1])
    try:
        return date(int(found[4]), int(month), int(day)).isoformat()
    except ValueError:
        return cell
