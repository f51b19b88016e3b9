"""Computes each merit pool once and as a whole, when every planned session of it is final or excluded."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.rules.pool import award_at_factor, award_pool
from outcomes.outbound.pools import (
    AT_ONCE,
    announce_parts,
    claimants_of,
    complete_pools,
    corrected_awards,
    parts_to_announce,
    save_awards,
    save_pool,
)
from plumbline.runtime.parts import Parts


async def award_and_announce(tx: AsyncConnection, parts: Callable[[], Parts], *, now: datetime) -> None:
    """Award every complete pool, and corrections that came after their pool's award; then announce, in parts.

    The caller took its turn (``take_turn_to_decide``) in ``tx``. A pool's awards are stored as a whole and what is to
    be announced beside them, so that whoever comes after an end in between announces the rest.
    """
    for award in (award_complete_pools, award_corrections):
        async with parts() as storing:
            await storing.store("awarded", award)
        async with parts() as storing:
            for several in await parts_to_announce(tx):
                await storing.store("announced", partial(announce_parts, parts=several, now=now))


async def award_complete_pools(tx: AsyncConnection, cycle_id: UUID | None = None) -> list[UUID]:
    """Store the awards of every complete pool, of one cycle or of all; answers which pools these are."""
    pools = await complete_pools(tx, cycle_id)
    for pool in pools:
        claimants = await claimants_of(tx, pool)
        members = [each.member for each in claimants]
        awarded = award_pool(members, budget=pool.budget_amount, budget_percent=pool.budget_percent)
        await save_pool(tx, pool, claimants, awarded)
        if awarded.splits is not None:
            await save_awards(tx, pool, list(zip(claimants, awarded.splits, strict=True)), together=AT_ONCE)
    return [pool.pool_id for pool in pools]


async def award_corrections(tx: AsyncConnection) -> None:
    """Store the awards of later revisions at their pools' factors; they draw on the reserve for appeals, so that
    nobody else's award moves."""
    for pool, factor, corrected in await corrected_awards(tx):
        awarded = [(each, award_at_factor(each.member, factor)) for each in corrected]
        await save_awards(tx, pool, awarded, together=1)


async def announce_awards(tx: AsyncConnection, pool_ids: list[UUID], *, now: datetime) -> None:
    """Announce what is still to be announced of these pools, in the open transaction."""
    for several in await parts_to_announce(tx, pool_ids):
        await announce_parts(tx, parts=several, now=now)
