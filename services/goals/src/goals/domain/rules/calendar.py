"""The dates that a plan names by week."""

from datetime import date, timedelta

from goals.domain.errors import Rejected

DAYS_IN_A_WEEK = 7


def due_date_of_week(*, quarter_starts_on: date, week: int) -> date:
    """The last day of week n of a quarter: first day + 7n − 1 days. Source: domain rules, Goals, "due week".

    Raises:
        Rejected: the week is below 1, or so far away that no calendar has its date.
    """
    if week < 1:
        raise Rejected(field="due_week", message=f"{week} is no week of a quarter", fix="count weeks from 1")
    try:
        return quarter_starts_on + timedelta(days=DAYS_IN_A_WEEK * week - 1)
    except OverflowError:
        raise Rejected(
            field="due_week", message=f"week {week} has no date", fix="give a week before the year 9999"
        ) from None
