"""How cycles, reviews and completion look in an answer."""

from dataclasses import asdict
from typing import Any

from plumbline.contracts.event import DecimalText
from reviews.domain.assessments import (
    ManagerAssessmentSaved,
    ManagerAssessmentSubmitted,
    SelfAssessmentSaved,
    SelfAssessmentSubmitted,
)
from reviews.domain.policies import policy_id
from reviews.domain.setup import Pool
from reviews.outbound.records import Session, StoredCycle
from reviews.usecases.read_completion import Completion
from reviews.usecases.read_review import ReviewView


def describe_cycle(stored: StoredCycle) -> dict[str, Any]:
    """A cycle with its calendar, sessions, pools and frozen policies."""
    cycle, plan = stored.cycle, stored.cycle.plan
    return {
        "cycle_id": stored.cycle_id,
        "name": plan.name,
        "state": cycle.stage.value,
        "version": stored.version,
        "period_start": plan.starts_on,
        "period_end": plan.ends_on,
        "merit": stored.merit,
        "template_version": stored.template_version,
        "divisions": [{"division": each.division_id, "time_zone": each.time_zone} for each in plan.divisions],
        "phases": [
            {
                "name": each.phase.value,
                "opens_on": each.opens_on,
                "deadline_on": each.deadline_on,
                "state": _phase_state(stored, each.phase),
            }
            for each in plan.phases
        ],
        "sessions": [_session(each) for each in stored.sessions],
        "pools": [_pool(each) for each in stored.pools],
        "policies": [
            {
                "division": each.division,
                "policy_id": policy_id(each.division, each.version),
                "digest": each.digest,
            }
            for each in stored.policies
        ],
        "released_at": stored.released_at,
    }


def _session(session: Session) -> dict[str, Any]:
    return {
        "session_id": session.session_id,
        "division": session.division,
        "department": session.department,
        "facilitator_id": session.facilitator_id,
        "reviews_complete": session.completed_at is not None,
        "finalized": session.finalized_revision is not None,
        "excluded": session.excluded_reason is not None,
    }


def _pool(pool: Pool) -> dict[str, Any]:
    return {
        **asdict(pool),
        "budget_amount": _text(pool.budget_amount),
        "budget_percent": _text(pool.budget_percent),
        "reserve": _text(pool.reserve),
    }


def describe_completion(completion: Completion) -> dict[str, Any]:
    """Counts, and each manager's share on time as an exact rational."""
    owed = sum(each.on_time + each.late + each.missing for each in completion.managers)
    return {
        "people": owed,
        "manager_on_time": sum(each.on_time for each in completion.managers),
        "manager_late": sum(each.late for each in completion.managers),
        "manager_missing": sum(each.missing for each in completion.managers),
        "managers": [
            {
                "manager_id": each.manager_id,
                "on_time": each.on_time,
                "late": each.late,
                "missing": each.missing,
                "share_on_time_exact": str(each.share_on_time),
            }
            for each in completion.managers
        ],
        "departments": [asdict(each) for each in completion.departments],
    }


def describe_self(fact: SelfAssessmentSaved) -> dict[str, Any]:
    """What became of a self-assessment."""
    submitted = isinstance(fact, SelfAssessmentSubmitted)
    return {
        "review_id": fact.review.review_id,
        "person_id": fact.review.person_id,
        "status": "submitted" if submitted else "draft",
        "on_time": fact.on_time if isinstance(fact, SelfAssessmentSubmitted) else None,
    }


def describe_manager(fact: ManagerAssessmentSaved) -> dict[str, Any]:
    """What became of a manager's assessment; a draft names what its submission needs."""
    submitted = isinstance(fact, ManagerAssessmentSubmitted)
    return {
        "review_id": fact.review.review_id,
        "person_id": fact.review.person_id,
        "status": "submitted" if submitted else "draft",
        "needs": list(fact.missing),
        "on_time": fact.on_time if isinstance(fact, ManagerAssessmentSubmitted) else None,
    }


def describe_review(view: ReviewView) -> dict[str, Any]:
    """One review as its viewer sees it."""
    return {
        "review_id": view.review_id,
        "cycle_id": view.cycle_id,
        "person_id": view.person_id,
        "released": view.released,
        "self_assessment": view.self_assessment,
        "written_assessment": view.written_assessment,
        "proposed_rating": _text(view.proposed_rating),
        "promotion": view.promotion,
        "discrepancy_evidence": view.discrepancy_evidence,
        "discrepancy_undocumented": view.discrepancy_undocumented,
        "final_rating": _text(view.final_rating),
        "revision": view.revision,
        "acknowledged_at": view.acknowledged_at,
        "evidence": [{**asdict(each), "score": _text(each.score)} for each in view.evidence],
    }


def _phase_state(stored: StoredCycle, phase: object) -> str:
    if stored.cycle.open_phase is phase:
        return "open"
    return "closed" if phase in stored.cycle.closed_phases else "planned"


def _text(number: DecimalText | int | None) -> str | None:
    return None if number is None else format(number, "f" if not isinstance(number, int) else "d")
