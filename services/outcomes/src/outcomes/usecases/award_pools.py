"""Computes each merit pool once and as a whole, when every planned session of it is final or excluded."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.rules.pool import award_at_factor, award_pool
from outcomes.outbound.pools import (
    claimants_of,
    complete_pools,
    corrected_awards,
    save_awards,
    save_pool,
)


async def award_complete_pools(tx: AsyncConnection, *, now: datetime, cycle_id: UUID | None = None) -> None:
    """Award every complete pool, of one cycle or of all, and corrections that came after their pool's award.

    The caller took its turn (``take_turn_to_decide``).
    """
    for pool in await complete_pools(tx, cycle_id):
        claimants = await claimants_of(tx, pool)
        members = [each.member for each in claimants]
        awarded = award_pool(members, budget=pool.budget_amount, budget_percent=pool.budget_percent)
        await save_pool(tx, pool, members, awarded)
        if awarded.splits is not None:
            await save_awards(tx, pool, list(zip(claimants, awarded.splits, strict=True)), now=now)
    # They draw on the reserve for appeals, so nobody else's award moves.
    for pool, factor, corrected in await corrected_awards(tx):
        splits = [(each, award_at_factor(each.member, factor)) for each in corrected]
        await save_awards(tx, pool, splits, now=now)
