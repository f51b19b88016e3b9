"""Gives a division's merit pool another budget after the cycle opened, for example when it does not cover the floors."""

from dataclasses import asdict, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.outbox import announce
from reviews.domain.setup import Pool, require_budget_change
from reviews.outbound import cycles
from reviews.outbound.announcements import SOURCE, budget_changed
from reviews.outbound.records import StoredCycle
from reviews.usecases.load import load_for_change


async def change_budget(
    tx: AsyncConnection,
    cycle_id: UUID,
    pool: Pool,
    *,
    reason: str,
    by: str,
    expected: int | None,
    now: datetime,
) -> StoredCycle:
    """Store and announce the budget; whether it still counts is known where pools are awarded, not here.

    Raises:
        Rejected: the cycle is a draft or pays no merit, the division takes no part, the budget cannot be one, or
            there is no reason.
    """
    stored = await load_for_change(tx, cycle_id, expected=expected)
    require_budget_change(
        pool, stage=stored.cycle.stage, divisions=stored.divisions, merit=stored.merit, reason=reason
    )
    await cycles.save_budget(tx, cycle_id, asdict(pool), reason=reason, by=by, now=now)
    version = await cycles.update_stage(tx, stored, stored.cycle.stage, what="budget changed", by=by, now=now)
    await announce(tx, [budget_changed(stored, pool, at=now)], source=SOURCE, now=now)
    others = [each for each in stored.pools if each.pool_id != pool.pool_id]
    pools = sorted([*others, pool], key=lambda each: (each.division, each.currency))
    return replace(stored, pools=tuple(pools), version=version)
