"""Turns what happened into the versioned events that the other services read."""

from dataclasses import asdict
from datetime import date, datetime, time
from typing import get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from plumbline.contracts.cycle import (
    BudgetChangedV1,
    CycleClosedV1,
    CycleEvent,
    CycleOpenedV1,
    DepartmentReviewsCompletedV1,
    FrozenPolicyV1,
    PhaseClosedV1,
    PhaseName,
    PhaseOpenedV1,
    PhaseV1,
    PlannedSessionV1,
    PoolV1,
    ResultsReleasedV1,
    SessionExcludedV1,
)
from plumbline.contracts.event import Rating
from plumbline.contracts.reviews import (
    ManagerAssessmentSubmittedV1,
    ReviewAcknowledgedV1,
    ReviewEvent,
    SelfAssessmentSubmittedV1,
)
from plumbline.runtime.outbox import Announcement
from plumbline.runtime.security import ALL_DIVISIONS
from reviews.domain.assessments import ManagerAssessmentSubmitted, Review, SelfAssessmentSubmitted
from reviews.domain.policies import policy_id
from reviews.domain.rules.deadlines import deadline_instant
from reviews.domain.rules.planning import CyclePlan, Phase
from reviews.domain.setup import Pool
from reviews.outbound.records import Session, StoredCycle

SOURCE = "reviews"
_RATINGS: tuple[Rating, ...] = get_args(Rating)


def cycle_opened(stored: StoredCycle) -> Announcement:
    """Everything that the cycle froze."""
    plan = stored.cycle.plan
    event = CycleOpenedV1(
        cycle_id=stored.cycle_id,
        name=plan.name,
        divisions=stored.divisions,
        period_start=plan.starts_on,
        period_end=plan.ends_on,
        phases=_phases(plan),
        sessions=tuple(
            PlannedSessionV1(
                session_id=each.session_id,
                division=each.division,
                department=each.department,
                facilitator_id=each.facilitator_id,
            )
            for each in stored.sessions
        ),
        policies=tuple(
            FrozenPolicyV1(
                division=each.division, policy_id=policy_id(each.division, each.version), digest=each.digest
            )
            for each in stored.policies
        ),
        pools=tuple(
            PoolV1(
                pool_id=each.pool_id,
                division=each.division,
                currency=each.currency,
                budget_amount=each.budget_amount,
                budget_percent=each.budget_percent,
                reserve=each.reserve,
            )
            for each in stored.pools
        ),
        merit=stored.merit,
        template_version=stored.template_version,
    )
    return of_cycle(stored, event)


def phase_opened(stored: StoredCycle, phase: Phase) -> Announcement:
    """A phase began."""
    return of_cycle(stored, PhaseOpenedV1(cycle_id=stored.cycle_id, phase=_phase_name(phase)))


def phase_closed(stored: StoredCycle, phase: Phase) -> Announcement:
    """A phase ended."""
    return of_cycle(stored, PhaseClosedV1(cycle_id=stored.cycle_id, phase=_phase_name(phase)))


def session_excluded(stored: StoredCycle, session: Session, *, at: datetime) -> Announcement:
    """A planned session will not be held."""
    event = SessionExcludedV1(
        cycle_id=stored.cycle_id,
        session_id=session.session_id,
        division=session.division,
        department=session.department,
        excluded_on=at.date(),
    )
    return Announcement(event=event, division=session.division, correlation_id=str(stored.cycle_id))


def budget_changed(stored: StoredCycle, pool: Pool, *, at: datetime) -> Announcement:
    """A pool has another budget."""
    event = BudgetChangedV1(cycle_id=stored.cycle_id, changed_on=at.date(), **asdict(pool))
    return Announcement(event=event, division=pool.division, correlation_id=str(stored.cycle_id))


def results_released(stored: StoredCycle, *, at: datetime) -> Announcement:
    """Employees may be told."""
    return of_cycle(stored, ResultsReleasedV1(cycle_id=stored.cycle_id, released_on=at.date()))


def cycle_closed(stored: StoredCycle) -> Announcement:
    """The cycle is over."""
    return of_cycle(stored, CycleClosedV1(cycle_id=stored.cycle_id))


def department_completed(cycle_id: UUID, session: Session, *, people: int, digest: str) -> Announcement:
    """Every manager assessment of a department is in."""
    event = DepartmentReviewsCompletedV1(
        cycle_id=cycle_id,
        session_id=session.session_id,
        division=session.division,
        department=session.department,
        people=people,
        digest=digest,
    )
    return Announcement(event=event, division=session.division, correlation_id=str(cycle_id))


def self_assessment_submitted(fact: SelfAssessmentSubmitted) -> Announcement:
    """The self-assessment is in; nothing of what it says."""
    review = fact.review
    event = SelfAssessmentSubmittedV1(
        review_id=review.review_id,
        cycle_id=review.cycle_id,
        person_id=review.person_id,
        on_time=fact.on_time,
        submitted_on=_day(review, fact.at),
    )
    return _of_review(event, review.division)


def manager_assessment_submitted(fact: ManagerAssessmentSubmitted) -> Announcement:
    """The manager's assessment is in: rating and recommendation, no text."""
    review, answers = fact.review, fact.answers
    event = ManagerAssessmentSubmittedV1(
        review_id=review.review_id,
        cycle_id=review.cycle_id,
        person_id=review.person_id,
        session_id=review.session_id,
        manager_id=fact.author_id,
        proposed_rating=_RATINGS[fact.proposed_rating - 1],
        promotion_recommended=answers.promotion_recommended,
        promotion_target_level=answers.promotion_target_level if answers.promotion_recommended else None,
        on_time=fact.on_time,
        submitted_on=_day(review, fact.at),
    )
    return _of_review(event, review.division)


def review_acknowledged(review: Review, *, at: datetime) -> Announcement:
    """The employee received the result."""
    event = ReviewAcknowledgedV1(
        review_id=review.review_id,
        cycle_id=review.cycle_id,
        person_id=review.person_id,
        acknowledged_on=_day(review, at),
    )
    return _of_review(event, review.division)


def of_cycle(stored: StoredCycle, event: CycleEvent) -> Announcement:
    """An event of a cycle belongs to its only division, or to all."""
    division = stored.divisions[0] if len(stored.divisions) == 1 else ALL_DIVISIONS
    return Announcement(event=event, division=division, correlation_id=str(stored.cycle_id))


def _of_review(event: ReviewEvent, division: str) -> Announcement:
    return Announcement(event=event, division=division, correlation_id=str(event.cycle_id))


def _day(review: Review, at: datetime) -> date:
    return at.astimezone(ZoneInfo(review.time_zone)).date()


def _phases(plan: CyclePlan) -> tuple[PhaseV1, ...]:
    return tuple(
        PhaseV1(
            division=division.division_id,
            name=_phase_name(planned.phase),
            opens_at=datetime.combine(planned.opens_on, time(), tzinfo=ZoneInfo(division.time_zone)),
            deadline=deadline_instant(deadline_on=planned.deadline_on, time_zone=division.time_zone),
        )
        for division in plan.divisions
        for planned in plan.phases
    )


def _phase_name(phase: Phase) -> PhaseName:
    return phase.value
