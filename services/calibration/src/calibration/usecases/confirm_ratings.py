"""Leaves ratings as they are: those of named people, or all that nobody has settled yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from calibration.domain.decisions import decide_confirmation
from calibration.domain.events import CasesConfirmed
from calibration.outbound.changes import save_confirmations
from calibration.outbound.sessions import load_cases, load_waiting
from calibration.usecases.enter_session import enter_to_change, note
from calibration.usecases.load_cases import load_named_cases
from plumbline.runtime.access import Action, Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """Who was confirmed, who was left out, and the session's new version."""

    fact: CasesConfirmed
    version: int


async def confirm_ratings(
    tx: AsyncConnection,
    session_id: UUID,
    person_ids: Sequence[str] | None,
    *,
    by: str,
    expected: int | None,
    now: datetime,
) -> Confirmed:
    """Confirm these people's ratings; None means every case that is still open and that one may confirm.

    Raises:
        Rejected: somebody named is no case here, oneself, or an own report.
    """
    room = await enter_to_change(
        tx,
        session_id,
        who=by,
        action=Action.WRITE,
        resource=Resource.CALIBRATION_CASE,
        expected=expected,
    )
    if person_ids is None:
        cases = await load_cases(tx, session_id)
    else:
        named = await load_named_cases(tx, session_id, person_ids, field="person_ids.{place}")
        cases = list(named.values())
    waiting = {each.person_id for each in await load_waiting(tx, session_id)}
    fact = decide_confirmation(cases, by=by, all_remaining=person_ids is None, waiting=waiting)
    version = await save_confirmations(tx, room.session, fact, now=now)
    await note(tx, room, fact.person_ids, action=Action.WRITE, purpose="confirm", now=now)
    return Confirmed(fact=fact, version=version)
