"""Requests about the reviews of one cycle."""

from typing import Any
from uuid import UUID

from plumbline.runtime.clock import Now
from plumbline.runtime.http import Caller, Tx, create_router
from reviews.domain.assessments import ManagerAnswers, OkrResult, SelfAnswers
from reviews.inbound.schemas import (
    EvidenceBody,
    ExtensionBody,
    ManagerAssessmentBody,
    ManagerAssessmentsBody,
    ReasonBody,
    SelfAssessmentBody,
)
from reviews.inbound.views import describe_manager, describe_review, describe_self
from reviews.usecases import amend_assessment
from reviews.usecases.acknowledge_review import acknowledge_review
from reviews.usecases.exclude_participant import exclude_participant
from reviews.usecases.extend_deadline import extend_deadline
from reviews.usecases.read_review import read_review
from reviews.usecases.submit_manager_assessments import submit_manager_assessments
from reviews.usecases.submit_self_assessment import submit_self_assessment

router = create_router(prefix="/cycles/{cycle_id}", tags=["reviews"])


@router.post("/self-assessments")
async def write_self(
    cycle_id: UUID, body: SelfAssessmentBody, tx: Tx, caller: Caller, now: Now
) -> dict[str, Any]:
    """Save or submit the caller's own self-assessment."""
    answers = SelfAnswers(
        person_id=caller.person_id,
        overall=body.overall,
        okr_results=tuple(
            OkrResult(key_result=each.key_result, target=each.target, actual=each.actual, grade=each.grade)
            for each in body.okr_results
        ),
        accomplishments=body.accomplishments,
        growth_areas=body.growth_areas,
        aspirations=body.aspirations,
    )
    return describe_self(await submit_self_assessment(tx, cycle_id, answers, submit=body.submit, now=now))


@router.post("/manager-assessments")
async def write_manager(
    cycle_id: UUID, body: ManagerAssessmentsBody, tx: Tx, caller: Caller, now: Now
) -> dict[str, Any]:
    """Save or submit the caller's assessments of reports, all together or none."""
    facts = await submit_manager_assessments(
        tx,
        cycle_id,
        [to_answers(each) for each in body.assessments],
        author=caller.person_id,
        submit=body.submit,
        now=now,
    )
    return {"assessments": [describe_manager(fact) for fact in facts]}


@router.get("/reviews/{person_id}")
async def show(cycle_id: UUID, person_id: str, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """One person's review, as far as the caller may see it."""
    return describe_review(await read_review(tx, cycle_id, person_id, viewer=caller.person_id, now=now))


@router.post("/reviews/{person_id}/discrepancy-evidence")
async def explain(
    cycle_id: UUID, person_id: str, body: EvidenceBody, tx: Tx, caller: Caller, now: Now
) -> dict[str, str]:
    """Document a discrepancy that showed after the manager had submitted."""
    await amend_assessment.document_discrepancy(
        tx, cycle_id, person_id, evidence=body.evidence, by=caller.person_id, now=now
    )
    return {"status": "documented"}


@router.post("/reviews/{person_id}/share")
async def share(cycle_id: UUID, person_id: str, tx: Tx, caller: Caller, now: Now) -> dict[str, str]:
    """Let the employee read the written assessment now."""
    await amend_assessment.share_with_employee(tx, cycle_id, person_id, by=caller.person_id, now=now)
    return {"status": "shared"}


@router.post("/reviews/{person_id}/extension")
async def extend(
    cycle_id: UUID, person_id: str, body: ExtensionBody, tx: Tx, caller: Caller, now: Now
) -> dict[str, Any]:
    """Give one assessment more time."""
    await extend_deadline(
        tx,
        cycle_id,
        person_id,
        assessment=body.assessment,
        extended_to=body.extended_to,
        reason=body.reason,
        by=caller.person_id,
        now=now,
    )
    return {"status": "extended", "deadline_on": body.extended_to}


@router.post("/reviews/{person_id}/exclude")
async def exclude(
    cycle_id: UUID, person_id: str, body: ReasonBody, tx: Tx, caller: Caller, now: Now
) -> dict[str, str]:
    """Take somebody out of the cycle by name."""
    await exclude_participant(tx, cycle_id, person_id, reason=body.reason, by=caller.person_id, now=now)
    return {"status": "excluded"}


@router.post("/acknowledge")
async def acknowledge(cycle_id: UUID, tx: Tx, caller: Caller, now: Now) -> dict[str, str]:
    """Acknowledge the caller's own released result."""
    await acknowledge_review(tx, cycle_id, person_id=caller.person_id, now=now)
    return {"status": "acknowledged"}


def to_answers(body: ManagerAssessmentBody) -> ManagerAnswers:
    """One assessment of the list."""
    return ManagerAnswers(
        person_id=body.person_id,
        strengths=body.strengths,
        development_areas=body.development_areas,
        proposed_rating=body.proposed_rating,
        promotion_recommended=body.promotion_recommended,
        promotion_target_level=body.promotion_target_level,
        evidence_links=body.evidence_links,
        discrepancy_evidence=body.discrepancy_evidence,
    )
