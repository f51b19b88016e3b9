"""Completes the departments of which no manager assessment is missing any more, each exactly once."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.contracts.cycle import proposals_digest
from plumbline.runtime.outbox import Announcement
from reviews.outbound.announcements import department_completed
from reviews.outbound.completion import (
    Completed,
    find_incomplete_and_ready,
    list_proposals,
    mark_completed,
)


async def complete_departments(
    tx: AsyncConnection, cycle_id: UUID, session_ids: Collection[UUID], *, now: datetime
) -> list[Announcement]:
    """What to announce of these sessions, whose rows the caller has locked before it wrote.

    Under that lock the last of two managers sees what the other committed, and only that one completes.
    """
    if not session_ids:
        return []
    ready = await find_incomplete_and_ready(tx, session_ids)
    if not ready:
        return []
    proposals = await list_proposals(tx, [each.session_id for each in ready])
    completed = [
        Completed(
            session=each,
            people=len(proposals[each.session_id]),
            digest=proposals_digest(proposals[each.session_id]),
        )
        for each in ready
    ]
    await mark_completed(tx, completed, now=now)
    return [
        department_completed(cycle_id, each.session, people=each.people, digest=each.digest)
        for each in completed
    ]
