"""Turns: what must look at everything that others committed, and only one at a time may do."""

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.database import raw

_TURN = "SELECT pg_advisory_xact_lock($1)"
# Any numbers that nothing else in this database locks.
_COMPLETING = 0x504C554D42
_DECIDING = 0x504C554D43
_PENDING = """
SELECT EXISTS (SELECT FROM waiting_rating)
    OR EXISTS (SELECT FROM pool WHERE state = 'open')
    OR EXISTS (SELECT FROM pool_part)
    OR EXISTS (SELECT FROM award WHERE revision > 1 AND state = 'provisional')
"""


async def take_turn_to_complete(tx: AsyncConnection) -> None:
    """Let one transaction at a time store chunks of ratings, until this one ends.

    Of two workers that store two chunks of a session at once, neither would see the other's, and nobody would
    ever find the session complete.
    """
    await (await raw(tx)).execute(_TURN, _COMPLETING)


async def anything_pending(tx: AsyncConnection) -> bool:
    """Whether any rating waits to be decided, or any award for its pool."""
    return await (await raw(tx)).fetchval(_PENDING)


async def take_turn_to_decide(tx: AsyncConnection) -> None:
    """Let one transaction at a time decide and award, until this one ends; the next one sees all it did."""
    await (await raw(tx)).execute(_TURN, _DECIDING)
