"""Excludes a planned session from its pools by name, so that the others need not wait for it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.outbound.turns import take_turn_to_decide
from outcomes.usecases.award_pools import announce_awards, award_complete_pools
from outcomes.usecases.note_affected import note_awarded, note_left_out
from plumbline.runtime.database import raw

_EXCLUDE = """
UPDATE session SET excluded_by = $2, excluded_reason = $3
WHERE session_id = $1 AND finalized_on IS NULL AND excluded_by IS NULL
RETURNING cycle_id
"""


async def exclude_session(
    tx: AsyncConnection, *, session_id: UUID, person_id: str, reason: str, now: datetime
) -> bool:
    """Exclude it and award the pools that this completes; False when it is unknown, final or excluded.

    The log notes everybody of the department, and everybody whose award this computes.
    """
    await take_turn_to_decide(tx)
    cycle_id = await (await raw(tx)).fetchval(_EXCLUDE, session_id, person_id, reason)
    if cycle_id is None:
        return False
    pools = await award_complete_pools(tx, cycle_id)
    await announce_awards(tx, pools, now=now)
    await note_left_out(tx, session_id, who=person_id, now=now)
    await note_awarded(tx, cycle_id, pools, who=person_id, why="session excluded", now=now)
    return True
