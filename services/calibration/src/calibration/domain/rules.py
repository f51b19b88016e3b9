"""The rules of calibration by their business names; thresholds in integers and fractions, never floats."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from calibration.domain.guideline import check_feasibility, feasible_counts, team_unusualness
from calibration.domain.statistics.fisher import TwoByTwo
from calibration.domain.statistics.multiplicity import benjamini_hochberg, holm
from calibration.domain.statistics.numbers import Real

RULE_VERSION = "1"
"""Changes whenever an answer of these rules can change."""

ALPHA = Fraction(1, 20)
MINIMUM_GROUP = 5
TOP_BOX = (4, 5)
MEETS = 3
FOUR_FIFTHS = Fraction(4, 5)
CONCENTRATION_MINIMUM_TEAM = 3
DIFFERENTIATION_MINIMUM_TEAM = 4
NEW_HIRE_MONTHS = 12
RECENT_DAYS = 14
RECENCY_MINIMUM_EVENTS = 5

State = Literal["clear", "flag", "justified", "insufficient_data"]

__all__ = [
    "benjamini_hochberg",
    "check_feasibility",
    "feasible_counts",
    "holm",
    "team_unusualness",
]


def decide_state(*, reason: str | None, flagged: bool, justified_by: str | None = None) -> State:
    """A check's state: a reason not to judge comes first and is never green; a justified flag names a person."""
    if reason is not None:
        return "insufficient_data"
    if flagged:
        return "justified" if justified_by else "flag"
    return "clear"


def is_significant(adjusted_p: Real, alpha: Fraction = ALPHA) -> bool:
    """A test flags when its adjusted p-value is at most α."""
    return adjusted_p <= alpha


def can_reach_significance(smallest_p: Real, alpha: Fraction = ALPHA) -> bool:
    """A test can speak only if the most extreme result that its margins allow would reach α."""
    return smallest_p <= alpha


def group_is_too_small(people: int) -> bool:
    """A compared group needs 5 people; a smaller one is neither judged nor shown."""
    return people < MINIMUM_GROUP


def exceeds_concentration_limit(*, exceeding: int, people: int) -> bool:
    """More than 40 % of a team is rated "Exceeds", in integers: 5 × exceeding > 2 × people."""
    return 5 * exceeding > 2 * people


def smallest_concentration_breach(people: int) -> int:
    """The fewest "Exceeds" with which a team of this size passes the 40 % limit."""
    return 2 * people // 5 + 1


def all_rated_meets(*, meets: int, people: int) -> bool:
    """A manager does not differentiate: at least 4 people, and every one of them rated 3 (``meets``)."""
    return people >= DIFFERENTIATION_MINIMUM_TEAM and meets == people


def impact_ratio(table: TwoByTwo) -> Fraction | None:
    """The lower of two rates over the higher one, exactly; None when nobody has the outcome.

    Source: 29 CFR 1607.4 D (Uniform Guidelines on Employee Selection Procedures).
    """
    rates = Fraction(table.hits_1, table.people_1), Fraction(table.hits_2, table.people_2)
    return min(rates) / max(rates) if max(rates) else None


def is_below_four_fifths(ratio: Fraction | None) -> bool:
    """The lower rate is strictly below four fifths of the higher one."""
    return ratio is not None and ratio < FOUR_FIFTHS


def one_person_would_reverse(table: TwoByTwo) -> bool:
    """Moving one person to the other outcome would put the group that is behind ahead.

    Source: Questions and Answers 21 on the Uniform Guidelines, 44 FR 11996 (1979). Compared by cross-multiplication.
    """
    first, second = table.hits_1 * table.people_2, table.hits_2 * table.people_1
    if first == second:
        return False
    lead = abs(first - second)
    return max(table.people_1, table.people_2) > lead


def has_minimum_service(tenure_months: Fraction, minimum_days: int) -> bool:
    """Tenure of at least ``minimum_days``, a month being a twelfth of 365 days: 3 months are enough for 90 days."""
    return tenure_months * 365 >= minimum_days * 12


def is_new_hire(tenure_months: Fraction) -> bool:
    """Under 12 months of tenure."""
    return tenure_months < NEW_HIRE_MONTHS


def first_recent_day(period_end: date) -> date:
    """The first of the last 14 days of a period."""
    return period_end - timedelta(days=RECENT_DAYS - 1)


def is_recent(day: date, period_end: date) -> bool:
    """The day lies in the last 14 days of the period, its last day included."""
    return first_recent_day(period_end) <= day <= period_end
