"""Decides whatever can be decided: ratings whose inputs are all here, then the pools that are complete."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from opentelemetry.trace import SpanKind
from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.decisions import Decision, decide_together
from outcomes.outbound.cases import ReadyCase, frames_of, ready_among, ready_cases
from outcomes.outbound.decisions import PoolKey, save_decisions
from outcomes.outbound.merit_years import turns_of_cycles
from outcomes.outbound.rows import insert_rows
from outcomes.outbound.turns import anything_pending, take_turn_to_decide
from outcomes.usecases.award_pools import award_and_announce
from plumbline.runtime.parts import Parts
from plumbline.runtime.telemetry import FINALIZED_TO_OUTCOME_SECONDS, continue_traces, current_traceparent

# People whose decisions are in memory and in one transaction.
AT_ONCE = 2000


async def decide_ready_cases(tx: AsyncConnection, parts: Callable[[], Parts], *, now: datetime) -> None:
    """Decide every case whose inputs are committed, a part a transaction, then award the complete pools.

    The open transaction keeps the turn; each part is durable and published by itself, so that whoever calls again
    goes on with what is left. ``now`` is the time of what is announced.
    """
    if not await anything_pending(tx):
        return
    await take_turn_to_decide(tx)
    for standing_back in await turns_of_cycles(tx) or [[]]:
        while await _decide_once(tx, parts, now, without=standing_back):
            pass
    await award_and_announce(tx, parts, now=now)


async def _decide_once(
    tx: AsyncConnection, parts: Callable[[], Parts], now: datetime, *, without: Sequence[UUID]
) -> bool:
    """Decide what is ready in other cycles than these; whether anything was.

    A person's next revision is ready only after that.
    """
    finalized: set[datetime | None] = set()
    pools: dict[PoolKey, UUID] = {}
    async with parts() as storing:
        async for ready in ready_cases(tx, at_once=AT_ONCE, without=without):
            finalized |= {frame.finalized_at for frame in frames_of(ready)}
            decided = _decide(ready)
            await storing.store("decided", partial(_save_later, decisions=decided, now=now, pools=pools))
    _note_latency(finalized, datetime.now(UTC))
    return bool(finalized)


async def decide_now(tx: AsyncConnection, cycle_id: UUID, people: Sequence[str], *, now: datetime) -> int:
    """Decide those of these people whose inputs are here, in the open transaction; answers how many revisions.

    For a command: the caller took its turn (``take_turn_to_decide``) and names few people.
    """
    decided = 0
    while ready := await ready_among(tx, cycle_id, people):
        traces = (current_traceparent(), *(frame.traceparent for frame in frames_of(ready)))
        with continue_traces(traces, "decide", kind=SpanKind.INTERNAL):
            await save_decisions(tx, decisions=_decide(ready), now=now, pools={}, store=insert_rows)
        decided += len(ready)
    return decided


async def _save_later(
    tx: AsyncConnection,
    *,
    decisions: Sequence[tuple[Decision, ReadyCase]],
    now: datetime,
    pools: dict[PoolKey, UUID],
) -> None:
    """Save behind a batch: what did it is the request that finalized, whatever the batch was about."""
    finalized = (frame.traceparent for frame in frames_of(ready for _, ready in decisions))
    with continue_traces((*finalized, current_traceparent()), "decide", kind=SpanKind.INTERNAL):
        await save_decisions(tx, decisions=decisions, now=now, pools=pools)


def _decide(ready: Iterable[ReadyCase]) -> list[tuple[Decision, ReadyCase]]:
    by_policy: dict[tuple[str, str], list[ReadyCase]] = {}
    for each in ready:
        policy = each.frame.policy
        by_policy.setdefault((policy.policy_id, policy.digest), []).append(each)
    decided: list[tuple[Decision, ReadyCase]] = []
    for group in by_policy.values():
        decisions = decide_together((each.case for each in group), group[0].frame.policy)
        decided += zip(decisions, group, strict=True)
    return decided


def _note_latency(finalized: Collection[datetime | None], now: datetime) -> None:
    """Measure the seconds from each finalized calibration to its recorded outcomes."""
    for at in finalized:
        if at is not None:
            FINALIZED_TO_OUTCOME_SECONDS.observe(max(0.0, (now - at).total_seconds()))
