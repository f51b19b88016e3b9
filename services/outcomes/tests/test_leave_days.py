"""Days of unpaid and of protected leave in a year."""

from datetime import date

import pytest

from outcomes.domain.rules.leave import LeaveSpan, leave_days_in_year


def span(start: str, end: str, *, unpaid: bool = True, protected: bool = False) -> LeaveSpan:
    return LeaveSpan(
        starts_on=date.fromisoformat(start),
        ends_on=date.fromisoformat(end),
        unpaid=unpaid,
        protected=protected,
    )


@pytest.mark.parametrize(
    ("spans", "days"),
    [
        ([], (0, 0)),
        ([span("2026-03-01", "2026-03-01")], (1, 0)),
        ([span("2026-03-01", "2026-03-10")], (10, 0)),
        ([span("2026-03-01", "2026-03-10", unpaid=False)], (0, 0)),
        ([span("2026-03-01", "2026-03-10", unpaid=False, protected=True)], (0, 10)),
        ([span("2026-03-01", "2026-03-10", protected=True)], (0, 10)),
        ([span("2025-12-30", "2026-01-02")], (2, 0)),
        ([span("2026-12-30", "2027-01-02")], (2, 0)),
        ([span("2025-01-01", "2025-12-31"), span("2027-01-01", "2027-01-02", protected=True)], (0, 0)),
        ([span("2025-06-01", "2027-06-01")], (365, 0)),
        ([span("2026-03-01", "2026-03-10"), span("2026-03-05", "2026-03-14")], (14, 0)),
        ([span("2026-03-01", "2026-03-10"), span("2026-03-05", "2026-03-14", protected=True)], (4, 10)),
        (
            [
                span("2026-03-01", "2026-03-02", protected=True),
                span("2026-05-01", "2026-05-01", protected=True),
            ],
            (0, 3),
        ),
    ],
)
def test_each_day_of_the_year_counts_once_and_as_protected_first(
    spans: list[LeaveSpan], days: tuple[int, int]
) -> None:
    assert leave_days_in_year(spans, year=2026) == days


def test_a_leap_year_has_its_day() -> None:
    assert leave_days_in_year([span("2028-02-28", "2028-03-01")], year=2028) == (3, 0)
