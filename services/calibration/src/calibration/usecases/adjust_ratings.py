"""Moves ratings, all of a list together or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from calibration.domain.decisions import Move, decide_adjustment
from calibration.domain.errors import decide_each
from calibration.domain.events import RatingAdjusted
from calibration.outbound.changes import save_adjustments
from calibration.usecases.enter_session import enter_to_change, note
from calibration.usecases.load_cases import load_named_cases
from plumbline.runtime.access import Action, Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """The moves as they stand, and the session's new version."""

    facts: Sequence[RatingAdjusted]
    version: int


async def adjust_ratings(
    tx: AsyncConnection,
    session_id: UUID,
    moves: Sequence[Move],
    *,
    by: str,
    expected: int | None,
    now: datetime,
) -> Adjusted:
    """Log these moves; those that need a second supporter wait for one, the others count at once.

    Raises:
        Rejected: one of them is refused; then none is kept.
    """
    room = await enter_to_change(
        tx,
        session_id,
        who=by,
        action=Action.WRITE,
        resource=Resource.CALIBRATION_CASE,
        expected=expected,
    )
    people = [move.person_id for move in moves]
    cases = await load_named_cases(tx, session_id, people, field="adjustments.{place}.person_id")
    facts = decide_each(
        "adjustments", moves, lambda move: decide_adjustment(cases[move.person_id], move, by=by)
    )
    version = await save_adjustments(tx, room.session, facts, now=now)
    await note(tx, room, people, action=Action.WRITE, purpose="adjust", now=now)
    return Adjusted(facts=facts, version=version)
