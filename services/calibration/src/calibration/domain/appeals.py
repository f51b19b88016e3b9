"""Appeals: who may contest a rating until when, who may not rule on it, and what a ruling changes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from calibration.domain.decisions import RATINGS
from calibration.domain.errors import Rejected

DAYS_TO_APPEAL = 14
WORKING_DAYS_TO_RULE = 10
SATURDAY = 5
LAST_ZONE = timedelta(hours=-12)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalCase:
    """A person's final rating, 1 to 5, its revision, and everybody who had a part in deciding it."""

    session_id: UUID
    person_id: str
    division: str
    rating: int
    revision: int
    deciders: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealRuled:
    """A panel member ruled; ``rating`` and ``revision`` are the person's new ones, None when it is dismissed."""

    upheld: bool
    rating: int | None
    revision: int | None
    rationale: str
    ruled_by: str


def last_day_to_appeal(released_on: date) -> date:
    """14 days after the release, that day included."""
    return released_on + timedelta(days=DAYS_TO_APPEAL)


def last_day_to_rule(opened_on: date) -> date:
    """10 working days after the appeal, Saturdays and Sundays not counted."""
    day, left = opened_on, WORKING_DAYS_TO_RULE
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < SATURDAY
    return day


def day_still_running(now: datetime) -> date:
    """The earliest day that it is anywhere, of an instant in UTC: a last day ends when it ends everywhere.

    Calibration does not know in which time zone somebody works, and nobody's last day ends before their midnight.
    """
    return (now + LAST_ZONE).date()


def is_late(rule_by: date, ruled_at: datetime | None) -> bool:
    """Whether a ruling came after its last day; False as long as there is none."""
    return ruled_at is not None and day_still_running(ruled_at) > rule_by


def require_appealable(
    case: FinalCase | None, released_on: date | None, *, grounds: str, now: datetime
) -> FinalCase:
    """A final and released rating, contested in time and with grounds; ``now`` in UTC.

    Raises:
        Rejected: one of these is missing.
    """
    if not grounds.strip():
        raise Rejected(field="grounds", message="An appeal says why.", fix="Write what should be looked at.")
    if case is None or released_on is None or now.date() < released_on:
        raise Rejected(
            field="person_id",
            message="There is no released rating to contest.",
            fix="Wait for the release.",
            status="conflict",
        )
    if day_still_running(now) > last_day_to_appeal(released_on):
        raise Rejected(
            field="person_id",
            message="The time to appeal is over.",
            fix=f"An appeal comes within {DAYS_TO_APPEAL} days after the release.",
            status="conflict",
        )
    return case


def require_new_panel(members: Sequence[str], case: FinalCase, *, known: Collection[str]) -> None:
    """Nobody on the panel decided before, and nobody rules on oneself."""
    if not members or len(set(members)) != len(members) or not set(members) <= set(known):
        raise Rejected(
            field="members", message="A panel has members who work here.", fix="Name each once, by id."
        )
    if case.person_id in members or not case.deciders.isdisjoint(members):
        raise Rejected(
            field="members",
            message="Somebody named had a part in this rating, or is whom it is about.",
            fix="Name people who did not decide before.",
        )


def decide_ruling(
    case: FinalCase, *, upheld: bool, rating: int | None, rationale: str, by: str
) -> AppealRuled:
    """Uphold with another rating, which is the person's next revision, or dismiss.

    Raises:
        Rejected: no rationale, or a rating that does not fit the ruling.
    """
    if not rationale.strip():
        raise Rejected(field="rationale", message="A ruling needs its rationale.", fix="Say why.")
    if not upheld:
        if rating is not None:
            raise Rejected(
                field="rating", message="A dismissed appeal changes no rating.", fix="Leave it out."
            )
        return AppealRuled(upheld=False, rating=None, revision=None, rationale=rationale.strip(), ruled_by=by)
    if rating not in RATINGS or rating == case.rating:
        raise Rejected(
            field="rating", message="An upheld appeal gives another rating.", fix="Send one from 1 to 5."
        )
    return AppealRuled(
        upheld=True,
        rating=rating,
        revision=case.revision + 1,
        rationale=rationale.strip(),
        ruled_by=by,
    )
