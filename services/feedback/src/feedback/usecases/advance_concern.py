"""Take the next step with a documented concern."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from feedback.domain.concern_steps import DocumentedConcern, Step, take_step
from feedback.outbound.concerns import announce_concerns, update_concern


async def advance_concern(
    tx: AsyncConnection,
    concern: DocumentedConcern,
    step: Step,
    *,
    by: str,
    leads: bool,
    now: datetime,
    resource: str | None = None,
) -> DocumentedConcern:
    """Store and announce the step; the concern is locked by the caller. ``leads``: ``by`` is the person's manager.

    Raises:
        Rejected: the step comes too early, was taken before, or is somebody else's to take.
    """
    changed = take_step(concern, step, by=by, leads=leads, today=now.date(), resource=resource)
    await update_concern(tx, changed)
    await announce_concerns(tx, [changed], now=now)
    return changed
