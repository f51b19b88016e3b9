"""The traces of the requests that finalized a pool's sessions."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.database import raw

# As many as a span can be linked to.
_OF_POOL = """
SELECT k.traceparent FROM pool AS p
JOIN session AS s ON s.cycle_id = p.cycle_id AND s.division = p.division
JOIN rating_chunk AS k ON k.session_id = s.session_id AND k.released
WHERE p.pool_id = $1 AND k.traceparent IS NOT NULL
GROUP BY k.traceparent ORDER BY max(k.finalized_at) DESC NULLS LAST, k.traceparent LIMIT 128
"""


async def traces_of_pool(tx: AsyncConnection, pool_id: UUID) -> list[str]:
    """The newest first: with that one the pool was complete, or corrected."""
    return [row["traceparent"] for row in await (await raw(tx)).fetch(_OF_POOL, pool_id)]
