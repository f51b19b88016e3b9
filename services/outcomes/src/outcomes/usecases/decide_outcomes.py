"""Decides whatever can be decided: ratings whose inputs are all here, then the pools that are complete."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.decisions import decide_outcomes
from outcomes.outbound.cases import ready_cases
from outcomes.outbound.decisions import save_decisions
from outcomes.usecases.award_pools import award_complete_pools
from plumbline.runtime.telemetry import FINALIZED_TO_OUTCOME_SECONDS

# Bounds the memory of a department of any size.
AT_ONCE = 4000


async def decide_ready_cases(tx: AsyncConnection, cycle_ids: Sequence[UUID], *, now: datetime) -> None:
    """Decide every ready case of these cycles and award their complete pools, in the open transaction.

    The caller took its turn (``take_turn``) before it stored anything.
    """
    if not cycle_ids:
        return
    async for ready in ready_cases(tx, cycle_ids, at_once=AT_ONCE):
        decided = [
            (decide_outcomes(each.case, each.policy), each.policy.policy_id, each.policy.digest)
            for each in ready
        ]
        await save_decisions(tx, decided, now=now)
    await award_complete_pools(tx, cycle_ids, now=now)


def note_latency(finalized_at: datetime | None, now: datetime) -> None:
    """Measure the seconds from a finalized calibration to its recorded outcomes."""
    if finalized_at is not None:
        FINALIZED_TO_OUTCOME_SECONDS.observe(max(0.0, (now - finalized_at).total_seconds()))
