"""When an actual departs from its trajectory, or is not refreshed, and who hears of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from goals.domain.errors import Rejected


class Audience(StrEnum):
    """Who is told, in the order in which they are."""

    OWNER = "owner"
    MANAGER = "manager"
    DIVISION_HEAD = "division_head"


@dataclass(frozen=True, slots=True, kw_only=True)
class VariancePolicy:
    """Tolerated distance in attainment (share of 1), and days after which the next in line hears. *Policy*."""

    tolerance: Fraction = Fraction(20, 100)
    manager_after_days: int = 7
    division_head_after_days: int = 14


DEFAULT_VARIANCE = VariancePolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRecord:
    """Where a metric comes from and what it stands for; refreshed every ``refresh_every_days`` days."""

    metric_id: str
    team_id: str
    definition: str
    data_source: str
    owner_id: str
    refresh_every_days: int
    leading: bool
    outcome: bool
    proxy_for: str = ""


def expected_attainment(*, starts_on: date, due_on: date, today: date) -> Fraction:
    """The trajectory: 0 on the first day, 1 on the due date, a straight line between."""
    length = (due_on - starts_on).days
    if length <= 0:
        return Fraction(1 if today >= due_on else 0)
    return min(Fraction(1), max(Fraction(0), Fraction((today - starts_on).days, length)))


def departs_from_trajectory(
    *, attainment: Fraction, expected: Fraction, policy: VariancePolicy = DEFAULT_VARIANCE
) -> bool:
    """Whether the actual is more than 20 points of attainment away, on either side. *Policy*."""
    return abs(attainment - expected) > policy.tolerance


def refresh_is_missing(*, last_refreshed_on: date, every_days: int, today: date) -> bool:
    """Whether the metric's schedule has passed without a refresh."""
    return (today - last_refreshed_on).days > every_days


def who_hears_of_variance(
    *, noticed_on: date, today: date, policy: VariancePolicy = DEFAULT_VARIANCE
) -> tuple[Audience, ...]:
    """The owner at once, after 7 days the manager, after 14 the division's head. Source: domain rules, "variance"."""
    days = (today - noticed_on).days
    waits = (
        (Audience.OWNER, 0),
        (Audience.MANAGER, policy.manager_after_days),
        (Audience.DIVISION_HEAD, policy.division_head_after_days),
    )
    return tuple(audience for audience, after in waits if days >= after)


def override_is_allowed(*, reason: str, requested_by: str, approved_by: str | None) -> None:
    """An override of a variance needs a reason and somebody else's approval.

    Raises:
        Rejected: one of them is missing.
    """
    if not reason.strip():
        raise Rejected(field="reason", message="an override has no reason", fix="write why it is overridden")
    if approved_by is None or approved_by == requested_by:
        raise Rejected(
            field="approved_by",
            message="nobody else approved it",
            fix="have somebody else approve the override",
        )


def definitions_used_twice(metrics: Sequence[MetricRecord]) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """(team, definition) → the metrics in it that share that definition, spacing and case aside."""
    groups: dict[tuple[str, str], list[str]] = {}
    for metric in metrics:
        key = (metric.team_id, " ".join(metric.definition.casefold().split()))
        groups.setdefault(key, []).append(metric.metric_id)
    return {key: tuple(ids) for key, ids in groups.items() if len(ids) > 1}
