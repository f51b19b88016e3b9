"""What a policy's numbers have to fulfil before a cycle can freeze them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from plumbline.money import (
    MOST_PARTS,
    MOST_SALARY,
    MOST_SHARES,
    brief,
    unusable_amount,
    unusable_currency,
    unusable_percent,
)
from reviews.domain.errors import Rejected, refuse_number

RATINGS = ("1", "2", "3", "4", "5")
A_YEAR_WITHOUT_LEAP_DAY = 2001


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeNumbers:
    """Annual full-time pay of a level in a location."""

    level: str
    location: str
    currency: str
    minimum: Decimal
    maximum: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyNumbers:
    """The numbers of a policy by rating, in percent; ``shares`` of each grant, which vests in ``parts``."""

    hire_cut_off: str
    parts: int
    shares: Sequence[int]
    matrix: Mapping[str, Sequence[Decimal]]
    floors: Mapping[str, Decimal]
    guideline: Mapping[str, tuple[Decimal, Decimal]]
    ranges: Sequence[RangeNumbers]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPolicy:
    """A version of a division's policy as it was published; ``digest`` is of its canonical JSON."""

    division: str
    version: str
    effective_from: date
    digest: str


def policy_id(division: str, version: str) -> str:
    """The name of a policy version on the bus."""
    return f"{division}/{version}"


def require_sound_policy(numbers: PolicyNumbers) -> None:
    """Every rating has its numbers, percentages are from 0 to 100, lows are below highs, amounts can be paid.

    Raises:
        Rejected: the first number that does not fit.
    """
    _require_day(numbers.hire_cut_off)
    for name, table in (
        ("merit.matrix", numbers.matrix),
        ("merit.floors", numbers.floors),
        ("guideline", numbers.guideline),
    ):
        if set(table) != set(RATINGS):
            raise Rejected(field=name, message="a rating is missing", fix=f"name {', '.join(RATINGS)}")
    for rating in RATINGS:
        _require_percentages(f"merit.matrix.{rating}", numbers.matrix[rating])
        _require_percentages(f"merit.floors.{rating}", [numbers.floors[rating]])
        _require_percentages(f"guideline.{rating}", numbers.guideline[rating])
        low, high = numbers.guideline[rating]
        if low > high:
            fix = "write the low share first"
            raise Rejected(field=f"guideline.{rating}", message="the low is above the high", fix=fix)
    _require_ranges(numbers.ranges)
    _require_equity(numbers.shares, parts=numbers.parts)


def require_same_content(existing: StoredPolicy | None, *, digest: str, effective_from: date) -> None:
    """A published version never changes: publishing it again is harmless only with the same content.

    Raises:
        Rejected: the version stands for something else already.
    """
    if existing is None or (existing.digest == digest and existing.effective_from == effective_from):
        return
    raise Rejected(
        field="version",
        message="this version was published with other content",
        fix="publish the change as a new version",
        status="conflict",
    )


def policy_in_effect(policies: Sequence[StoredPolicy], *, division: str, on: date) -> StoredPolicy | None:
    """The division's version with the latest ``effective_from`` that is not after ``on``; later names win ties."""
    current = [each for each in policies if each.division == division and each.effective_from <= on]
    return max(current, key=lambda each: (each.effective_from, each.version), default=None)


def _require_day(month_day: str) -> None:
    try:
        date.fromisoformat(f"{A_YEAR_WITHOUT_LEAP_DAY}-{month_day}")
    except ValueError:
        raise Rejected(
            field="merit.hire_cut_off",
            message="it is no day that comes every year",
            fix="write it as 09-30",
        ) from None


def _require_percentages(field: str, percentages: Sequence[Decimal]) -> None:
    for each in percentages:
        found = unusable_percent(each)
        if found is not None:
            raise refuse_number(field, brief(each), found)


def _require_ranges(ranges: Sequence[RangeNumbers]) -> None:
    seen: set[tuple[str, str, str]] = set()
    for place, each in enumerate(ranges):
        key = (each.level, each.location, each.currency)
        if key in seen:
            fix = "name each level, location and currency once"
            raise Rejected(field=f"ranges[{place}]", message="it stands there twice", fix=fix)
        seen.add(key)
        _require_amounts(each, field=f"ranges[{place}]")
        if not 0 <= each.minimum < each.maximum:
            fix = "give a minimum from 0 on and a maximum above it"
            raise Rejected(field=f"ranges[{place}]", message="the range is empty", fix=fix)


def _require_amounts(salaries: RangeNumbers, *, field: str) -> None:
    unknown = unusable_currency(salaries.currency)
    if unknown is not None:
        raise refuse_number(f"{field}.currency", salaries.currency, unknown)
    for name, amount in (("minimum", salaries.minimum), ("maximum", salaries.maximum)):
        found = unusable_amount(amount, salaries.currency, most=MOST_SALARY)
        if found is not None:
            raise refuse_number(f"{field}.{name}", brief(amount), found)


def _require_equity(shares: Sequence[int], *, parts: int) -> None:
    if not 1 <= parts <= MOST_PARTS:
        fix = f"give a number from 1 to {MOST_PARTS}"
        raise Rejected(
            field="equity.parts", message=f"{brief(Decimal(parts))} is no number of parts", fix=fix
        )
    for place, each in enumerate(shares):
        if not 0 <= each <= MOST_SHARES:
            fix = f"give a number from 0 to {MOST_SHARES}"
            message = f"{brief(Decimal(each))} is no number of shares"
            raise Rejected(field=f"equity[{place}].shares", message=message, fix=fix)
