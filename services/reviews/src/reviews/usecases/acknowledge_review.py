"""The employee acknowledges the released result."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime import audit
from plumbline.runtime.access import Action, Resource, State
from plumbline.runtime.outbox import announce
from plumbline.runtime.problems import not_found
from reviews.domain.assessing import require_released
from reviews.domain.assessments import Assessment
from reviews.outbound.announcements import SOURCE, review_acknowledged
from reviews.outbound.assessments import acknowledge
from reviews.outbound.cycle_reader import is_released
from reviews.outbound.participants import load_reviews
from reviews.outbound.review_reader import has_final_rating
from reviews.usecases.assessing import place_people, require_right


async def acknowledge_review(tx: AsyncConnection, cycle_id: UUID, *, person_id: str, now: datetime) -> None:
    """Record that the person received the result, which is not: agreed with it; once.

    Raises:
        Rejected: the results are not released, or this person has none.
    """
    await require_right(
        tx,
        viewer=person_id,
        person_ids=[person_id],
        action=Action.ACKNOWLEDGE,
        resource=Resource.FINAL_RATING,
        state=State.AFTER_RELEASE,
    )
    released = await is_released(tx, cycle_id)
    if released is None:
        raise not_found("cycle")
    await place_people(tx, cycle_id, [person_id])
    require_released(
        released=released,
        has_rating=await has_final_rating(tx, cycle_id, person_id),
    )
    reviews = await load_reviews(tx, cycle_id, [person_id], assessment=Assessment.MANAGER)
    if not await acknowledge(tx, reviews[person_id], now=now):
        return
    entry = audit.AuditEntry(
        who=person_id,
        action=Action.ACKNOWLEDGE,
        resource=Resource.FINAL_RATING,
        subject=person_id,
        purpose="acknowledge",
    )
    await audit.record(tx, [entry], service=SOURCE, now=now)
    await announce(tx, [review_acknowledged(reviews[person_id], at=now)], source=SOURCE, now=now)
