"""When a deadline is, in a division's own time zone, and who met it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from reviews.domain.errors import Rejected

# Plans, deadlines and time zones are reckoned around these days, and a calendar ends on 9999-12-31.
EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One review that a manager owes; ``submitted_at`` is aware, or ``None`` while it is missing."""

    manager_id: str
    deadline_on: date
    time_zone: str
    submitted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """A manager's reviews by punctuality; the share is exact, of all that were owed."""

    manager_id: str
    on_time: int
    late: int
    missing: int
    share_on_time: Fraction


def zone_exists(time_zone: str) -> bool:
    """Whether the name is one of the IANA time zones, for example Europe/Berlin."""
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def deadline_instant(*, deadline_on: date, time_zone: str) -> datetime:
    """The first instant (UTC) after the deadline's day, which ends at midnight in the division's time zone."""
    midnight = datetime.combine(deadline_on + timedelta(days=1), time(), tzinfo=ZoneInfo(time_zone))
    return midnight.astimezone(UTC)


def is_on_time(*, submitted_at: datetime, deadline_on: date, time_zone: str) -> bool:
    """Submitted before the deadline's day ended in the division's time zone. Source: Reviews, "completion".

    Raises:
        ValueError: ``submitted_at`` has no time zone.
    """
    if submitted_at.tzinfo is None:
        raise ValueError("submitted_at needs a time zone")
    return submitted_at < deadline_instant(deadline_on=deadline_on, time_zone=time_zone)


def require_extension(*, deadline_on: date, extended_to: date, reason: str) -> None:
    """An extension has a reason and a later date, up to the last day of 2199.

    Raises:
        Rejected: one of them is missing.
    """
    if not reason.strip():
        raise Rejected(field="reason", message="an extension has no reason", fix="write why it is extended")
    if extended_to > LATEST:
        message = f"{extended_to} is too far away"
        raise Rejected(field="extended_to", message=message, fix=f"give a date up to {LATEST}")
    if extended_to <= deadline_on:
        raise Rejected(
            field="extended_to", message=f"{extended_to} is not later", fix=f"give a date after {deadline_on}"
        )


def scorecards(submissions: Sequence[Submission]) -> tuple[Scorecard, ...]:
    """One scorecard a manager who owes reviews, by manager's id."""
    managers = sorted({each.manager_id for each in submissions})
    return tuple(
        scorecard(manager, [each for each in submissions if each.manager_id == manager])
        for manager in managers
    )


def scorecard(manager_id: str, submissions: Sequence[Submission]) -> Scorecard:
    """One manager's scorecard over at least one submission."""
    missing = sum(each.submitted_at is None for each in submissions)
    on_time = sum(
        each.submitted_at is not None
        and is_on_time(submitted_at=each.submitted_at, deadline_on=each.deadline_on, time_zone=each.time_zone)
        for each in submissions
    )
    return Scorecard(
        manager_id=manager_id,
        on_time=on_time,
        late=len(submissions) - missing - on_time,
        missing=missing,
        share_on_time=Fraction(on_time, len(submissions)),
    )
