"""Days away: how many of a year's days were unpaid leave, and how many were protected."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveSpan:
    """Days away, first and last day included."""

    starts_on: date
    ends_on: date
    unpaid: bool
    protected: bool


def leave_days_in_year(spans: Iterable[LeaveSpan], *, year: int) -> tuple[int, int]:
    """Calendar days of the year: (unpaid and not protected, protected); a day in two spans counts once,
    and as protected when one of them is."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    unpaid, protected = set[date](), set[date]()
    for span in spans:
        start, end = max(first, span.starts_on), min(last, span.ends_on)
        days = {start + timedelta(days=number) for number in range((end - start).days + 1)}
        if span.protected:
            protected |= days
        elif span.unpaid:
            unpaid |= days
    return len(unpaid - protected), len(protected)
