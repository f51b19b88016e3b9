"""Computes each merit pool once and as a whole, when every planned session of it is final or excluded."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.rules.merit import MeritSplit, recommend_merit, split_at_range_maximum
from outcomes.domain.rules.pool import MeritPool, merit_pool
from outcomes.outbound.pools import (
    CompletePool,
    CorrectedAward,
    load_complete_pools,
    load_corrected_awards,
    save_awards,
    save_pool,
)


async def award_complete_pools(tx: AsyncConnection, cycle_ids: Sequence[UUID], *, now: datetime) -> None:
    """Award every complete pool of these cycles, and corrections that came after their pool's award."""
    for pool in await load_complete_pools(tx, cycle_ids):
        computed = compute(pool)
        await save_pool(tx, pool, computed)
        if computed.splits is not None:
            awarded = list(zip(pool.awards, computed.splits, strict=True))
            await save_awards(tx, pool, awarded, now=now)
    for pool, corrected in await load_corrected_awards(tx, cycle_ids):
        splits = [(each.award, correct(each)) for each in corrected]
        await save_awards(tx, pool, splits, now=now)


def compute(pool: CompletePool) -> MeritPool:
    """The pool's awards from the frozen inputs and the frozen policy."""
    return merit_pool(
        [each.inputs for each in pool.awards],
        pool.policy.merit,
        budget=pool.budget_amount,
        budget_percent=pool.budget_percent,
    )


def correct(each: CorrectedAward) -> MeritSplit:
    """A later revision's award at the pool's own factor, rounded down; it draws on the reserve for appeals,
    so nobody else's award moves."""
    recommended = recommend_merit(each.award.inputs, each.policy.merit)
    spread = recommended.guideline - recommended.floor
    award = recommended.floor + int(each.factor * Fraction(spread))
    return split_at_range_maximum(each.award.inputs, award)
