"""When a documented concern counts as evidence."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

CONTEMPORANEOUS_DAYS = 7


class Missing(StrEnum):
    """What a concern lacks to count."""

    GAP = "gap"
    CONTEMPORANEOUS = "contemporaneous"
    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """A dated event about a named gap. ``recorded_on`` is the server's day, never the author's."""

    gap: str
    occurred_on: date
    recorded_on: date
    delivered_on: date | None = None
    acknowledged_on: date | None = None
    refusal_witnessed_by_hr_on: date | None = None


def is_contemporaneous(*, occurred_on: date, recorded_on: date, days: int = CONTEMPORANEOUS_DAYS) -> bool:
    """Recorded on the day it happened or at most 7 days after it, by the server's clock."""
    return 0 <= (recorded_on - occurred_on).days <= days


def was_delivered(concern: Concern) -> bool:
    """Handed to the person, not before it was recorded."""
    return concern.delivered_on is not None and concern.delivered_on >= concern.recorded_on


def was_acknowledged(concern: Concern) -> bool:
    """Acknowledged, or the refusal witnessed by HR, not before it was delivered."""
    answered = [
        each for each in (concern.acknowledged_on, concern.refusal_witnessed_by_hr_on) if each is not None
    ]
    return concern.delivered_on is not None and any(each >= concern.delivered_on for each in answered)


def what_a_concern_lacks(concern: Concern) -> tuple[Missing, ...]:
    """All that keeps a concern from counting; empty when it counts. Source: domain rules, "documented concern"."""
    held = {
        Missing.GAP: bool(concern.gap.strip()),
        Missing.CONTEMPORANEOUS: is_contemporaneous(
            occurred_on=concern.occurred_on, recorded_on=concern.recorded_on
        ),
        Missing.DELIVERED: was_delivered(concern),
        Missing.ACKNOWLEDGED: was_acknowledged(concern),
    }
    return tuple(missing for missing, present in held.items() if not present)
