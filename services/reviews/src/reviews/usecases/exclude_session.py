"""Excludes a planned session by name, so that nobody waits for its ratings any more."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.outbox import announce
from reviews.domain.cycle import evolve
from reviews.domain.decisions import settle_session
from reviews.outbound import cycles
from reviews.outbound.announcements import SOURCE, session_excluded
from reviews.outbound.completion import lock_sessions
from reviews.outbound.records import StoredCycle
from reviews.usecases.load import load_for_change


async def exclude_session(
    tx: AsyncConnection,
    cycle_id: UUID,
    session_id: UUID,
    *,
    reason: str,
    by: str,
    expected: int | None,
    now: datetime,
) -> StoredCycle:
    """Settle the session without ratings.

    Raises:
        Rejected: the cycle is not in calibration, the session is not planned or settled already, or no reason.
    """
    await lock_sessions(tx, [session_id])
    stored = await load_for_change(tx, cycle_id, expected=expected)
    fact = settle_session(stored.cycle, session_id=str(session_id), excluded_because=reason, now=now)
    cycle = evolve(stored.cycle, fact)
    session = next(each for each in stored.sessions if each.session_id == session_id)
    await cycles.exclude_session(tx, session_id, reason=reason)
    version = await cycles.update_stage(tx, stored, cycle.stage, what="session excluded", by=by, now=now)
    await announce(tx, [session_excluded(stored, session, at=now)], source=SOURCE, now=now)
    excluded = replace(session, excluded_reason=reason)
    sessions = tuple(excluded if each.session_id == session_id else each for each in stored.sessions)
    return replace(stored, cycle=cycle, sessions=sessions, version=version)
