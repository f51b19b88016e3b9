"""Excludes a planned session from its pools by name, so that the others need not wait for it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.outbound.turns import take_turn_to_decide
from outcomes.usecases.award_pools import announce_awards, award_complete_pools
from plumbline.runtime.database import raw

_EXCLUDE = """
UPDATE session SET excluded_by = $2, excluded_reason = $3
WHERE session_id = $1 AND finalized_on IS NULL AND excluded_by IS NULL
RETURNING cycle_id
"""


async def exclude_session(
    tx: AsyncConnection, *, session_id: UUID, person_id: str, reason: str, now: datetime
) -> bool:
    """Exclude it and award the pools that this completes; False when it is unknown, final or excluded."""
    await take_turn_to_decide(tx)
    cycle_id = await (await raw(tx)).fetchval(_EXCLUDE, session_id, person_id, reason)
    if cycle_id is None:
        return False
    await announce_awards(tx, await award_complete_pools(tx, cycle_id), now=now)
    return True
