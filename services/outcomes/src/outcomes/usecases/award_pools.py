"""Computes each merit pool once and as a whole, when every planned session of it is final or excluded."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from opentelemetry.trace import SpanKind
from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.rules.budget import correction_over_budget
from outcomes.domain.rules.pool import award_at_factor, award_pool
from outcomes.domain.rules.usable import why_sums_are_unusable
from outcomes.outbound.over_budget import load_spending, save_over_budget
from outcomes.outbound.pools import (
    AT_ONCE,
    Part,
    announce_parts,
    claimants_of,
    complete_pools,
    corrected_awards,
    hold_pool,
    parts_to_announce,
    save_awards,
    save_pool,
)
from outcomes.outbound.traces import traces_of_pool
from plumbline.runtime.parts import Parts
from plumbline.runtime.telemetry import continue_traces, current_traceparent


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
                await storing.store("announced", partial(_announce_later, parts=several, now=now))


async def award_complete_pools(tx: AsyncConnection, cycle_id: UUID | None = None) -> list[UUID]:
    """Store the awards of every complete pool, of one cycle or of all; answers which pools these are."""
    done: list[UUID] = []
    for pool in await complete_pools(tx, cycle_id):
        claimants = await claimants_of(tx, pool)
        members = [each.member for each in claimants]
        awarded = award_pool(members, budget=pool.budget_amount, budget_percent=pool.budget_percent)
        sums = (
            sum(each.guideline for each in members),
            sum(each.floor for each in members),
            awarded.budget or 0,
        )
        why = why_sums_are_unusable(sums)
        if why is not None:
            await hold_pool(tx, pool, why)
            continue
        done.append(pool.pool_id)
        await save_pool(tx, pool, claimants, awarded)
        if awarded.splits is not None:
            await save_awards(tx, pool, list(zip(claimants, awarded.splits, strict=True)), together=AT_ONCE)
    return done


async def award_corrections(tx: AsyncConnection) -> None:
    """Store the awards of later revisions at their pools' factors, and which of them ask for finance's signature;
    nobody else's award moves."""
    corrections, pools = list[UUID](), list[UUID]()
    for pool, factor, corrected in await corrected_awards(tx):
        awarded = [(each, award_at_factor(each.member, factor)) for each in corrected]
        await save_awards(tx, pool, awarded, together=1)
        pools.append(pool.pool_id)
        corrections += [each.outcome_id for each in corrected]
    if corrections:
        await _ask_finance(tx, corrections, pools)


async def _ask_finance(tx: AsyncConnection, corrections: Sequence[UUID], pools: Sequence[UUID]) -> None:
    spending = await load_spending(tx, corrections, pool_ids=pools)
    excess = [
        (
            each,
            correction_over_budget(
                award=each.award,
                share=each.share,
                spent=each.spent,
                budget=each.budget,
                reserve=each.reserve,
            ),
        )
        for each in spending
    ]
    await save_over_budget(tx, [(each, beyond) for each, beyond in excess if beyond is not None])


async def announce_awards(tx: AsyncConnection, pool_ids: list[UUID], *, now: datetime) -> None:
    """Announce what is still to be announced of these pools, in the open transaction."""
    for several in await parts_to_announce(tx, pool_ids):
        finalized = await traces_of_pool(tx, several[0].pool_id)
        with continue_traces((current_traceparent(), *finalized), "announce awards", kind=SpanKind.INTERNAL):
            await announce_parts(tx, parts=several, now=now)


async def _announce_later(tx: AsyncConnection, *, parts: Sequence[Part], now: datetime) -> None:
    """Announce behind a batch: what did it is the request that finalized, whatever the batch was about."""
    finalized = await traces_of_pool(tx, parts[0].pool_id)
    with continue_traces((*finalized, current_traceparent()), "announce awards", kind=SpanKind.INTERNAL):
        await announce_parts(tx, parts=parts, now=now)
