"""Decides whatever can be decided: ratings whose inputs are all here, then the pools that are complete."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from itertools import groupby

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from outcomes.domain.decisions import Decision, decide_together
from outcomes.outbound.cases import ReadyCase, anything_pending, ready_cases
from outcomes.outbound.decisions import save_decisions
from outcomes.outbound.turns import take_turn_to_decide
from outcomes.usecases.award_pools import award_complete_pools
from plumbline.runtime.failpoints import reach
from plumbline.runtime.telemetry import FINALIZED_TO_OUTCOME_SECONDS

# People whose decisions are in memory and in one transaction.
AT_ONCE = 1000
# Transactions that the database works on while the next part is being decided.
BESIDE = 2


async def decide_ready_cases(engine: AsyncEngine, now: datetime) -> None:
    """Decide every case whose inputs are committed, a part a transaction, then award the complete pools.

    Each part is durable and published by itself; whoever calls again goes on with what is left. ``now`` is the
    time of what is announced.
    """
    async with engine.begin() as tx:
        if not await anything_pending(tx):
            return
        await take_turn_to_decide(tx)
        while await _decide_once(engine, tx, now):
            pass
        await award_complete_pools(tx, now=now)


async def _decide_once(engine: AsyncEngine, tx: AsyncConnection, now: datetime) -> bool:
    """Decide what is ready; whether anything was. A person's next revision is ready only after that."""
    free, finalized = asyncio.Semaphore(BESIDE), set[datetime | None]()

    async def save(decisions: Sequence[tuple[Decision, ReadyCase]]) -> None:
        try:
            async with engine.begin() as part:
                await save_decisions(part, decisions, now=now)
            await reach("outcomes.part_decided")
        finally:
            free.release()

    async with asyncio.TaskGroup() as saving:
        async for ready in ready_cases(tx, at_once=AT_ONCE):
            finalized |= {each.finalized_at for each in ready}
            decisions = _decide(ready)
            await free.acquire()
            saving.create_task(save(decisions))
    _note_latency(finalized, datetime.now(UTC))
    return bool(finalized)


def _decide(ready: Sequence[ReadyCase]) -> list[tuple[Decision, ReadyCase]]:
    decided: list[tuple[Decision, ReadyCase]] = []
    by_policy = sorted(ready, key=lambda each: each.policy.policy_id)
    for _, cases in groupby(by_policy, key=lambda each: each.policy.policy_id):
        group = list(cases)
        decisions = decide_together((each.case for each in group), group[0].policy)
        decided += zip(decisions, group, strict=True)
    return decided


def _note_latency(finalized: Collection[datetime | None], now: datetime) -> None:
    """Measure the seconds from each finalized calibration to its recorded outcomes."""
    for at in finalized:
        if at is not None:
            FINALIZED_TO_OUTCOME_SECONDS.observe(max(0.0, (now - at).total_seconds()))
