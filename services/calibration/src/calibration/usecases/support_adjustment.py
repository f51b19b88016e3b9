"""Supports somebody else's move, which counts from then on."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from calibration.domain.decisions import decide_support
from calibration.domain.errors import Rejected
from calibration.outbound.changes import save_support
from calibration.outbound.sessions import load_waiting
from calibration.usecases.enter_session import enter_to_change, note
from calibration.usecases.load_cases import load_named_cases
from plumbline.runtime.access import Action, Resource


async def support_adjustment(
    tx: AsyncConnection,
    session_id: UUID,
    adjustment_id: UUID,
    *,
    by: str,
    expected: int | None,
    now: datetime,
) -> int:
    """Apply the move with ``by`` as its second supporter; answers the session's new version.

    Raises:
        Rejected: no such move waits, it is one's own, or the rating changed meanwhile.
    """
    room = await enter_to_change(
        tx,
        session_id,
        who=by,
        action=Action.APPROVE,
        resource=Resource.CALIBRATION_CASE,
        expected=expected,
    )
    waiting = {each.adjustment_id: each for each in await load_waiting(tx, session_id)}.get(adjustment_id)
    if waiting is None:
        raise Rejected(
            field="adjustment_id",
            message="No such move waits for a supporter.",
            fix="Read the session for the moves that wait.",
            status="not_found",
        )
    case = (await load_named_cases(tx, session_id, [waiting.person_id]))[waiting.person_id]
    version = await save_support(tx, room.session, decide_support(case, waiting, by=by), now=now)
    await note(tx, room, [waiting.person_id], action=Action.APPROVE, purpose="support", now=now)
    return version
