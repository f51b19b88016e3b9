"""What a change in the middle of a cycle needs."""

from collections.abc import Collection
from datetime import date
from enum import StrEnum

FROZEN_DAYS = 14
"""The last days of a cycle in which only HR changes a goal. *Policy*."""


class AdjustmentKind(StrEnum):
    """What changes: how much, until when, or the whole goal."""

    SCOPE = "scope"
    TIMELINE = "timeline"
    REPLACE = "replace"


class Approver(StrEnum):
    """Whose agreement a change needs."""

    EMPLOYEE = "employee"
    MANAGER = "manager"
    SKIP_LEVEL = "skip_level"
    HR_PARTNER = "hr_partner"


def approvals_needed(kind: AdjustmentKind, *, has_skip_level: bool) -> frozenset[Approver]:
    """Manager and employee; for a replacement the skip-level too, or the HR partner where there is none.

    Source: domain rules, Goals, "mid-cycle adjust".
    """
    both = frozenset({Approver.EMPLOYEE, Approver.MANAGER})
    if kind is not AdjustmentKind.REPLACE:
        return both
    return both | {Approver.SKIP_LEVEL if has_skip_level else Approver.HR_PARTNER}


def approvals_missing(
    kind: AdjustmentKind, *, has_skip_level: bool, given: Collection[Approver]
) -> tuple[Approver, ...]:
    """The approvals that are still open, in the order of the chain."""
    needed = approvals_needed(kind, has_skip_level=has_skip_level)
    return tuple(approver for approver in Approver if approver in needed and approver not in given)


def adjustment_is_frozen(*, today: date, cycle_ends_on: date, days: int = FROZEN_DAYS) -> bool:
    """Whether today is one of the cycle's last 14 days, its last day included, or later."""
    return (cycle_ends_on - today).days < days
