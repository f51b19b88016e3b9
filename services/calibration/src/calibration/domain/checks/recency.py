"""Recency: does a person's evidence crowd into the last 14 days of the period?"""

from fractions import Fraction
from functools import lru_cache

from calibration.domain.checks.people import Period, RatedPerson, Subjects
from calibration.domain.checks.results import Effect, Finding
from calibration.domain.rules import (
    RECENCY_MINIMUM_EVENTS,
    RECENT_DAYS,
    can_reach_significance,
    is_recent,
)
from calibration.domain.statistics.binomial import binomial_upper_tail, wilson_interval

METHOD = "Exact binomial, one-sided; Wilson interval"
NO_REACH = "even evidence from the last 14 days alone could not reach alpha in a period this short"


def check_recency(subjects: Subjects, period: Period | None) -> list[Finding]:
    """One finding a person; one for all when no period is given or nobody has any evidence."""
    people = [scored.person for scored in subjects.scored]
    if period is None:
        return [unjudged("all", "no period is given")]
    if not any(person.evidence_dates for person in people):
        return [unjudged("all", "no evidence")]
    return [recency_finding(person, period, subjects) for person in people]


def unjudged(subject: str, reason: str, events: int | None = None) -> Finding:
    """Recency without enough to judge it by."""
    return Finding(
        check="recency",
        kind="test",
        subject=subject,
        summary=f"Evidence in the last {RECENT_DAYS} days.",
        method=METHOD,
        n={} if events is None else {"events": events},
        reason=reason,
    )


def recency_finding(person: RatedPerson, period: Period, subjects: Subjects) -> Finding:
    """The share of a person's evidence in the last 14 days against 14 days' share of the period."""
    dated = [day for day in person.evidence_dates if period.start <= day <= period.end]
    if not dated:
        return unjudged(person.employee_id, "no evidence", 0)
    if len(dated) < RECENCY_MINIMUM_EVENTS:
        reason = f"fewer than {RECENCY_MINIMUM_EVENTS} evidence events in the period"
        return unjudged(person.employee_id, reason, len(dated))
    recent = sum(is_recent(day, period.end) for day in dated)
    share = min(Fraction(1), Fraction(RECENT_DAYS, period.days))
    reach = can_reach_significance(binomial_upper_tail(len(dated), len(dated), share), subjects.policy.alpha)
    return Finding(
        check="recency",
        kind="test",
        subject=person.employee_id,
        family="recency",
        summary=f"{recent} of {len(dated)} evidence events lie in the last {RECENT_DAYS} of {period.days} days.",
        method=METHOD,
        n={"events": len(dated)},
        statistic=Fraction(recent),
        effect=share_effect(recent, len(dated)),
        p_value=binomial_upper_tail(recent, len(dated), share),
        adjusts=reach,
        reason=None if reach else NO_REACH,
    )


@lru_cache(maxsize=4096)
def share_effect(recent: int, events: int) -> Effect:
    """The share of recent evidence with its 95 % interval."""
    return Effect(
        name="recent_share", value=Fraction(recent, events), interval=wilson_interval(recent, events)
    )
