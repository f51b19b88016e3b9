"""Gives one person's assessment more time, with a reason."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime import audit
from plumbline.runtime.access import Action, Resource
from reviews.domain.assessments import Assessment, Review
from reviews.domain.rules.deadlines import require_extension
from reviews.outbound.announcements import SOURCE
from reviews.outbound.assessments import grant_extension
from reviews.usecases.assessing import place_people, require_right, reviews_to_write


async def extend_deadline(
    tx: AsyncConnection,
    cycle_id: UUID,
    person_id: str,
    *,
    assessment: Assessment,
    extended_to: date,
    reason: str,
    by: str,
    now: datetime,
) -> Review:
    """Move the last day of one assessment; it may be written until then even after the phase closed.

    Raises:
        Rejected: there is no reason, or the day is not later.
    """
    await require_right(
        tx, viewer=by, person_ids=[person_id], action=Action.WRITE, resource=Resource.COMPLETION
    )
    await place_people(tx, cycle_id, [person_id])
    review = (await reviews_to_write(tx, cycle_id, [person_id], assessment=assessment))[person_id]
    require_extension(deadline_on=review.deadline_on, extended_to=extended_to, reason=reason)
    values: dict[str, object] = {
        "assessment": assessment.value,
        "deadline_on": extended_to,
        "reason": reason,
        "granted_by": by,
        "granted_at": now,
    }
    await grant_extension(tx, review, values=values)
    entry = audit.AuditEntry(
        who=by,
        action=Action.WRITE,
        resource=Resource.COMPLETION,
        subject=person_id,
        purpose="extend",
    )
    await audit.record(tx, [entry], service=SOURCE, now=now)
    return review
