"""Keeps what managers record beside the ratings of their reports."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from calibration.domain.decisions import require_own_report
from calibration.domain.errors import decide_each
from calibration.outbound.changes import CaseContext, save_contexts
from calibration.usecases.enter_session import enter_to_change, note
from calibration.usecases.load_cases import load_named_cases
from plumbline.runtime.access import Action, Resource


async def record_contexts(
    tx: AsyncConnection,
    session_id: UUID,
    given: Sequence[CaseContext],
    *,
    by: str,
    expected: int | None,
    now: datetime,
) -> int:
    """Record the context of these cases; answers the session's new version.

    Raises:
        Rejected: somebody named is no case here, or not an own report.
    """
    room = await enter_to_change(
        tx,
        session_id,
        who=by,
        action=Action.WRITE,
        resource=Resource.CALIBRATION_CASE,
        expected=expected,
    )
    people = [each.person_id for each in given]
    cases = await load_named_cases(tx, session_id, people, field="contexts.{place}.person_id")
    decide_each("contexts", list(cases.values()), lambda case: require_own_report(case, by))
    version = await save_contexts(tx, room.session, given, by=by, now=now)
    await note(tx, room, people, action=Action.WRITE, purpose="record context", now=now)
    return version
