"""Saves or submits a manager's assessments of reports, all of them in one call."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime import audit
from plumbline.runtime.access import Action, Resource, State
from plumbline.runtime.outbox import announce
from reviews.domain.assessing import decide_manager_assessment
from reviews.domain.assessments import (
    Assessment,
    ManagerAnswers,
    ManagerAssessmentSaved,
    ManagerAssessmentSubmitted,
)
from reviews.outbound.announcements import SOURCE, manager_assessment_submitted
from reviews.outbound.assessments import save_manager_assessments
from reviews.outbound.completion import lock_sessions
from reviews.usecases.assessing import (
    place_people,
    require_each_once,
    require_right,
    reviews_to_write,
    templates_in,
)
from reviews.usecases.complete_departments import complete_departments


async def submit_manager_assessments(
    tx: AsyncConnection,
    cycle_id: UUID,
    assessments: Sequence[ManagerAnswers],
    *,
    author: str,
    submit: bool,
    now: datetime,
) -> list[ManagerAssessmentSaved]:
    """Keep these assessments; a department whose last one this is becomes ready for its calibration.

    Raises:
        Rejected: for one of them the phase is not open, it is in already, or a required answer is missing;
            then none is kept.
    """
    people = [each.person_id for each in assessments]
    require_each_once(people)
    for resource in (Resource.MANAGER_ASSESSMENT_TEXT, Resource.PROPOSED_RATING):
        await require_right(
            tx, viewer=author, person_ids=people, action=Action.WRITE, resource=resource, state=State.DRAFT
        )
    placed = await place_people(tx, cycle_id, people)
    sessions = {each.participant.session_id for each in placed.values()}
    await lock_sessions(tx, sessions)
    reviews = await reviews_to_write(tx, cycle_id, people, assessment=Assessment.MANAGER)
    templates = await templates_in(tx, cycle_id)
    facts = [
        decide_manager_assessment(
            reviews[each.person_id], each, author_id=author, templates=templates, submit=submit, now=now
        )
        for each in assessments
    ]
    await save_manager_assessments(tx, facts)
    await audit.record(tx, [_entry(fact) for fact in facts], service=SOURCE, now=now)
    submitted = [fact for fact in facts if isinstance(fact, ManagerAssessmentSubmitted)]
    events = [manager_assessment_submitted(fact) for fact in submitted]
    events += await complete_departments(
        tx, cycle_id, {fact.review.session_id for fact in submitted}, now=now
    )
    await announce(tx, events, source=SOURCE, now=now)
    return facts


def _entry(fact: ManagerAssessmentSaved) -> audit.AuditEntry:
    return audit.AuditEntry(
        who=fact.author_id,
        action=Action.WRITE,
        resource=Resource.MANAGER_ASSESSMENT_TEXT,
        subject=fact.review.person_id,
        purpose="submit" if isinstance(fact, ManagerAssessmentSubmitted) else "draft",
    )
