"""Takes somebody out of a running cycle by name, for example who left before the review was written."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime import audit
from plumbline.runtime.access import Action, Resource
from plumbline.runtime.outbox import announce
from reviews.domain.assessing import require_excludable
from reviews.domain.assessments import Assessment
from reviews.outbound.announcements import SOURCE
from reviews.outbound.completion import lock_sessions
from reviews.outbound.participants import count_participants
from reviews.outbound.participants import exclude_participant as save_exclusion
from reviews.usecases.assessing import place_people, require_right, reviews_to_write
from reviews.usecases.complete_departments import complete_departments


async def exclude_participant(
    tx: AsyncConnection, cycle_id: UUID, person_id: str, *, reason: str, by: str, now: datetime
) -> None:
    """Leave this person's review out; the department may become complete by it.

    Raises:
        Rejected: there is no reason, the manager's assessment is in, or nobody else is left in the department.
    """
    await require_right(
        tx, viewer=by, person_ids=[person_id], action=Action.WRITE, resource=Resource.COMPLETION
    )
    session_id = (await place_people(tx, cycle_id, [person_id]))[person_id].participant.session_id
    await lock_sessions(tx, [session_id])
    reviews = await reviews_to_write(tx, cycle_id, [person_id], assessment=Assessment.MANAGER)
    others = await count_participants(tx, session_id) - 1
    require_excludable(reviews[person_id], reason=reason, others=others)
    await save_exclusion(tx, cycle_id, person_id, reason=reason, by=by, now=now)
    entry = audit.AuditEntry(
        who=by,
        action=Action.WRITE,
        resource=Resource.COMPLETION,
        subject=person_id,
        purpose="exclude",
    )
    await audit.record(tx, [entry], service=SOURCE, now=now)
    events = await complete_departments(tx, cycle_id, [session_id], now=now)
    await announce(tx, events, source=SOURCE, now=now)
