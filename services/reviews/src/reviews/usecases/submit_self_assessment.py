"""Saves or submits the caller's own self-assessment."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime import audit
from plumbline.runtime.access import Action, Resource, State
from plumbline.runtime.outbox import announce
from reviews.domain.assessing import decide_self_assessment
from reviews.domain.assessments import (
    Assessment,
    SelfAnswers,
    SelfAssessmentSaved,
    SelfAssessmentSubmitted,
)
from reviews.outbound.announcements import SOURCE, self_assessment_submitted
from reviews.outbound.assessments import save_self_assessments
from reviews.usecases.assessing import place_people, require_right, reviews_to_write, templates_in


async def submit_self_assessment(
    tx: AsyncConnection, cycle_id: UUID, answers: SelfAnswers, *, submit: bool, now: datetime
) -> SelfAssessmentSaved:
    """Keep the answers of ``answers.person_id``, who is the one who asks.

    Raises:
        Rejected: the phase is not open, it is in already, or a required answer is missing.
    """
    author = answers.person_id
    await require_right(
        tx,
        viewer=author,
        person_ids=[author],
        action=Action.WRITE,
        resource=Resource.SELF_ASSESSMENT,
        state=State.DRAFT,
    )
    await place_people(tx, cycle_id, [author])
    reviews = await reviews_to_write(tx, cycle_id, [author], assessment=Assessment.SELF)
    templates = await templates_in(tx, cycle_id)
    fact = decide_self_assessment(reviews[author], answers, templates=templates, submit=submit, now=now)
    await save_self_assessments(tx, [fact])
    entry = audit.AuditEntry(
        who=author,
        action=Action.WRITE,
        resource=Resource.SELF_ASSESSMENT,
        subject=author,
        purpose="submit" if isinstance(fact, SelfAssessmentSubmitted) else "draft",
    )
    await audit.record(tx, [entry], service=SOURCE, now=now)
    if isinstance(fact, SelfAssessmentSubmitted):
        await announce(tx, [self_assessment_submitted(fact)], source=SOURCE, now=now)
    return fact
