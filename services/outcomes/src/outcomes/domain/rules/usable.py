"""Why what another service sent cannot be computed with: who needs it is held and told so, and everybody else goes on."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from outcomes.domain.policy import RATINGS
from plumbline.money import (
    MOST_BUDGET,
    MOST_PARTS,
    MOST_SALARY,
    MOST_SHARES,
    unusable_amount,
    unusable_currency,
    unusable_percent,
)

# Sums of a pool are stored as int64.
MOST_SUM = 2**63 - 1
# Plans, raises and proration reckon from a cycle's days on, and calendars end with the year 9999.
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(9000, 12, 31)
A_YEAR_WITHOUT_LEAP_DAY = 2001


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyAsSent:
    """The numbers of a policy that outcomes compute with: percentages by rating's code, ranges as (currency, minimum,
    maximum) in major units, and of each grant the shares."""

    hire_cut_off: str
    matrix: Mapping[str, Sequence[Decimal]]
    floors: Mapping[str, Decimal]
    ranges: Sequence[tuple[str, Decimal, Decimal]]
    parts: int
    shares: Sequence[int]


def why_pay_is_unusable(salary: Decimal, currency: str, fte: Decimal) -> str | None:
    """None for an annual salary that its currency can express and a share of full time above 0 and at most 1."""
    found = unusable_amount(salary, currency, most=MOST_SALARY)
    if found is not None:
        return found.why
    share = fte.is_finite() and Decimal("0.0001") <= fte <= 1
    return None if share else "no share of full time from 0.0001 to 1"


def why_budget_is_unusable(
    currency: str, amount: Decimal | None, percent: Decimal | None, reserve: Decimal | None = None
) -> str | None:
    """None for an amount that its currency can express, for a percentage from 0 to 100, and for no limit at all; and for
    such an amount as a reserve."""
    if amount is not None and percent is not None:
        return "an amount and a percentage"
    found = unusable_currency(currency)
    if amount is not None:
        found = unusable_amount(amount, currency, most=MOST_BUDGET)
    if percent is not None:
        found = found or unusable_percent(percent)
    if found is None and reserve is not None:
        unusable = unusable_amount(reserve, currency, most=MOST_BUDGET)
        return None if unusable is None else f"its reserve: {unusable.why}"
    return None if found is None else found.why


def why_cycle_is_unusable(period_end: date) -> str | None:
    """None for a period from whose end dates can be reckoned."""
    return (
        None
        if FIRST_DAY <= period_end <= LAST_DAY
        else f"its period does not end in {FIRST_DAY} to {LAST_DAY}"
    )


def why_policy_is_unusable(policy: PolicyAsSent) -> str | None:
    """None for a policy with whose every number outcomes can be computed."""
    codes = {str(rating) for rating in RATINGS}
    if set(policy.matrix) != codes or set(policy.floors) != codes:
        return "a rating is missing"
    try:
        date.fromisoformat(f"{A_YEAR_WITHOUT_LEAP_DAY}-{policy.hire_cut_off}")
    except ValueError:
        return "the cut-off for hires is no day that comes every year"
    percents = [each for row in (*policy.matrix.values(), policy.floors.values()) for each in row]
    return (
        _first(unusable_percent(each) for each in percents)
        or _first(
            unusable_amount(amount, currency, most=MOST_SALARY)
            for currency, *amounts in policy.ranges
            for amount in amounts
        )
        or _why_equity_is_unusable(policy.shares, parts=policy.parts)
    )


def why_sums_are_unusable(sums: Collection[int]) -> str | None:
    """None for the sums of a pool, in minor units, that can be stored."""
    return None if max(sums, default=0) <= MOST_SUM else "its sums are beyond what can be stored"


def _first(found: Iterable[tuple[str, str] | None]) -> str | None:
    return next((each[0] for each in found if each is not None), None)


def _why_equity_is_unusable(shares: Sequence[int], *, parts: int) -> str | None:
    if not 1 <= parts <= MOST_PARTS:
        return f"equity vests in no number of parts from 1 to {MOST_PARTS}"
    if any(not 0 <= each <= MOST_SHARES for each in shares):
        return f"a grant has no number of shares from 0 to {MOST_SHARES}"
    return None
