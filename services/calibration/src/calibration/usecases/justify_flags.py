"""Keeps a named person's justification of flags."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from calibration.domain.checks import CheckResult
from calibration.domain.decisions import require_justifiable
from calibration.domain.errors import decide_each
from calibration.outbound.changes import Justification, save_justifications
from calibration.usecases.enter_session import enter_to_change, note
from calibration.usecases.judge_session import load_session_checks
from plumbline.runtime.access import Action, Resource


async def justify_flags(
    tx: AsyncConnection,
    session_id: UUID,
    given: Sequence[Justification],
    *,
    by: str,
    expected: int | None,
    now: datetime,
) -> int:
    """Justify flags of the checks on the ratings as they stand now; answers the session's new version.

    Raises:
        Rejected: a text is empty, what is justified is no flag, or it is about oneself.
    """
    room = await enter_to_change(
        tx,
        session_id,
        who=by,
        action=Action.APPROVE,
        resource=Resource.CALIBRATION_CHECKS,
        expected=expected,
    )
    checks = await load_session_checks(tx, room.session, on="final")
    flagged = _flagged(await checks.judge_for(by))
    decide_each(
        "justifications",
        given,
        lambda each: require_justifiable((each.check, each.subject), text=each.text, flagged=flagged, by=by),
    )
    version = await save_justifications(tx, room.session, given, by=by, now=now)
    await note(
        tx,
        room,
        [f"{session_id}/{each.check}/{each.subject}" for each in given],
        action=Action.APPROVE,
        purpose="justify",
        now=now,
        resource=Resource.CALIBRATION_CHECKS,
    )
    return version


def _flagged(results: Sequence[CheckResult]) -> set[tuple[str, str]]:
    return {
        (each.check, subject)
        for each in results
        if each.state in {"flag", "justified"}
        for subject in each.subjects
    }
