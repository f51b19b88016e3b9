"""Recency: does a person's evidence crowd into the last 14 days of the period?"""

from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from calibration.domain.checks.people import EvidenceCounts, Period, RatedPerson, Subjects
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
    """One finding for people with the same counts; one for all when no period is given or nobody has any evidence."""
    people = [scored.person for scored in subjects.scored]
    if period is None:
        return [unjudged("all", "no period is given")]
    if not any(map(has_evidence, people)):
        return [unjudged("all", "no evidence")]
    alike: dict[EvidenceCounts, list[str]] = {}
    for person in people:
        alike.setdefault(count_evidence(person, period), []).append(person.employee_id)
    return [
        replace(recency_finding(subject, counts, period, subjects), others=tuple(others))
        for counts, (subject, *others) in alike.items()
    ]


def has_evidence(person: RatedPerson) -> bool:
    """Anything is recorded of this person."""
    return (
        bool(person.evidence_dates) if person.evidence_counts is None else person.evidence_counts.events > 0
    )


def count_evidence(person: RatedPerson, period: Period) -> EvidenceCounts:
    """A person's events in the period, and those of its last 14 days."""
    if person.evidence_counts is not None:
        return person.evidence_counts
    dated = [day for day in person.evidence_dates if period.start <= day <= period.end]
    return EvidenceCounts(events=len(dated), recent=sum(is_recent(day, period.end) for day in dated))


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


def recency_finding(subject: str, counts: EvidenceCounts, period: Period, subjects: Subjects) -> Finding:
    """The share of a person's evidence in the last 14 days against 14 days' share of the period."""
    events, recent = counts
    if not events:
        return unjudged(subject, "no evidence", 0)
    if events < RECENCY_MINIMUM_EVENTS:
        return unjudged(subject, f"fewer than {RECENCY_MINIMUM_EVENTS} evidence events in the period", events)
    share = min(Fraction(1), Fraction(RECENT_DAYS, period.days))
    reach = can_reach_significance(binomial_upper_tail(events, events, share), subjects.policy.alpha)
    return Finding(
        check="recency",
        kind="test",
        subject=subject,
        family="recency",
        summary=f"{recent} of {events} evidence events lie in the last {RECENT_DAYS} of {period.days} days.",
        method=METHOD,
        n={"events": events},
        statistic=Fraction(recent),
        effect=share_effect(recent, events),
        p_value=binomial_upper_tail(recent, events, share),
        adjusts=reach,
        reason=None if reach else NO_REACH,
    )


@lru_cache(maxsize=4096)
def share_effect(recent: int, events: int) -> Effect:
    """The share of recent evidence with its 95 % interval."""
    return Effect(
        name="recent_share", value=Fraction(recent, events), interval=wilson_interval(recent, events)
    )
