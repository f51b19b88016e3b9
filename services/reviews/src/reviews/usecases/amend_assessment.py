"""What a manager may still do with a submitted assessment: explain a late discrepancy, and share the text."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime import audit
from plumbline.runtime.access import Action, Resource, State
from reviews.domain.assessing import require_submitted, require_text
from reviews.domain.assessments import Assessment
from reviews.outbound.announcements import SOURCE
from reviews.outbound.assessments import add_discrepancy_evidence, share_assessment
from reviews.usecases.assessing import place_people, require_right, reviews_to_write


async def document_discrepancy(
    tx: AsyncConnection, cycle_id: UUID, person_id: str, *, evidence: str, by: str, now: datetime
) -> None:
    """Add the evidence of a discrepancy that showed only when the self-assessment came later.

    Raises:
        Rejected: the text is empty, or the assessment was not submitted.
    """
    require_text("evidence", evidence)
    await _require_own_submitted(tx, cycle_id, person_id, by=by)
    await add_discrepancy_evidence(tx, cycle_id, person_id, evidence=evidence)
    await _audit(tx, person_id, by=by, purpose="document discrepancy", now=now)


async def share_with_employee(
    tx: AsyncConnection, cycle_id: UUID, person_id: str, *, by: str, now: datetime
) -> None:
    """Let the employee read the written assessment before the calibration; rating and promotion stay hidden.

    Raises:
        Rejected: the assessment was not submitted.
    """
    await _require_own_submitted(tx, cycle_id, person_id, by=by)
    await share_assessment(tx, cycle_id, person_id, now=now)
    await _audit(tx, person_id, by=by, purpose="share", now=now)


async def _require_own_submitted(tx: AsyncConnection, cycle_id: UUID, person_id: str, *, by: str) -> None:
    await require_right(
        tx,
        viewer=by,
        person_ids=[person_id],
        action=Action.WRITE,
        resource=Resource.MANAGER_ASSESSMENT_TEXT,
        state=State.DRAFT,
    )
    await place_people(tx, cycle_id, [person_id])
    reviews = await reviews_to_write(tx, cycle_id, [person_id], assessment=Assessment.MANAGER)
    require_submitted(reviews[person_id])


async def _audit(tx: AsyncConnection, person_id: str, *, by: str, purpose: str, now: datetime) -> None:
    entry = audit.AuditEntry(
        who=by,
        action=Action.DECIDE,
        resource=Resource.MANAGER_ASSESSMENT_TEXT,
        subject=person_id,
        purpose=purpose,
    )
    await audit.record(tx, [entry], service=SOURCE, now=now)
