"""Loads complete merit pools with their frozen inputs, and saves what was awarded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.cases import DivisionPolicy
from outcomes.domain.rules.merit import MeritInputs, MeritSplit
from outcomes.domain.rules.money import decimal_text, to_minor_units
from outcomes.domain.rules.pool import MeritPool
from outcomes.outbound.policies import read_policy, thaw
from plumbline.contracts.outcomes import MeritAwardedV1
from plumbline.runtime.database import raw
from plumbline.runtime.outbox import Announcement, announce

# Complete: every planned session of the pool's division is final or excluded by name, and nobody of the pool's
# division still waits for inputs.
_COMPLETE = """
SELECT p.* FROM pool AS p JOIN cycle AS c USING (cycle_id)
WHERE p.cycle_id = ANY($1::uuid[]) AND p.state = 'open' AND c.merit
  AND NOT EXISTS (
    SELECT FROM session AS s WHERE s.cycle_id = p.cycle_id AND s.division = p.division
      AND s.finalized_on IS NULL AND s.excluded_by IS NULL)
  AND NOT EXISTS (
    SELECT FROM rating AS r WHERE r.cycle_id = p.cycle_id AND r.division = p.division AND r.state <> 'decided')
  AND EXISTS (SELECT FROM award AS a WHERE a.pool_id = p.pool_id)
ORDER BY p.pool_id
"""
_POLICY = """
SELECT p.policy_id, p.digest, p.document FROM cycle_policy AS c JOIN policy AS p USING (policy_id)
WHERE c.cycle_id = $1 AND c.division = $2
"""
# Each person's newest revision; an award that a later one replaces takes no part.
_NEWEST = """
SELECT DISTINCT ON (person_id) outcome_id, person_id, division, revision, currency, inputs, refusal
FROM award WHERE pool_id = $1 ORDER BY person_id, revision DESC
"""
_SAVE_POOL = """
UPDATE pool SET state = $2, people = $3, budget = $4, guideline = $5, floor = $6, award = $7, shortfall = $8,
    factor = $9
WHERE pool_id = $1
"""
_SAVE_AWARDS = """
UPDATE award AS a SET state = CASE WHEN n.eligible THEN 'awarded' ELSE 'ineligible' END, award = n.award,
    base_increase = n.base_increase, lump_sum = n.lump_sum, new_salary = n.new_salary
FROM unnest($1::uuid[], $2::bool[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
    AS n (outcome_id, eligible, award, base_increase, lump_sum, new_salary)
WHERE a.outcome_id = n.outcome_id
"""
_REPLACE = """
UPDATE award AS a SET state = 'superseded' FROM unnest($1::text[], $2::int[]) AS n (person_id, revision)
WHERE a.pool_id = $3 AND a.person_id = n.person_id AND a.revision < n.revision AND a.state <> 'superseded'
"""
_CORRECTED = """
SELECT a.outcome_id, a.person_id, a.division, a.revision, a.currency, a.inputs, a.refusal, a.pool_id,
       p.cycle_id, p.factor
FROM award AS a JOIN pool AS p USING (pool_id)
WHERE a.cycle_id = ANY($1::uuid[]) AND a.state = 'provisional' AND p.state = 'awarded'
ORDER BY a.pool_id, a.person_id, a.revision
"""

# How many people's rows and events are in memory at once, beside the pool itself.
AT_ONCE = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolAward:
    """One person's place in a pool."""

    outcome_id: UUID
    person_id: str
    division: str
    revision: int
    refusal: str | None
    inputs: MeritInputs


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletePool:
    """A pool whose sessions are all final, with its people by id; amounts in minor units."""

    pool_id: UUID
    cycle_id: UUID
    currency: str
    budget_amount: int | None
    budget_percent: Fraction | None
    policy: DivisionPolicy
    awards: tuple[PoolAward, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedAward:
    """A later revision's award, with the factor of the pool that was awarded before it."""

    award: PoolAward
    policy: DivisionPolicy
    factor: Fraction


async def load_complete_pools(tx: AsyncConnection, cycle_ids: Sequence[UUID]) -> list[CompletePool]:
    """The pools of these cycles that can be computed now."""
    driver = await raw(tx)
    pools: list[CompletePool] = []
    for row in await driver.fetch(_COMPLETE, sorted(set(cycle_ids))):
        policy = await _policy(tx, row["cycle_id"], row["division"])
        people = driver.cursor(_NEWEST, row["pool_id"], prefetch=AT_ONCE)
        pools.append(_pool(row, policy, tuple([_award(each) async for each in people])))
    return pools


def _pool(row: Any, policy: DivisionPolicy, awards: tuple[PoolAward, ...]) -> CompletePool:  # noqa: ANN401 - a database row
    amount: Decimal | None = row["budget_amount"]
    percent: Decimal | None = row["budget_percent"]
    return CompletePool(
        pool_id=row["pool_id"],
        cycle_id=row["cycle_id"],
        currency=row["currency"],
        budget_amount=None if amount is None else to_minor_units(Fraction(amount), row["currency"]),
        budget_percent=None if percent is None else Fraction(percent),
        policy=policy,
        awards=awards,
    )


def _award(row: Any) -> PoolAward:  # noqa: ANN401 - a database row
    return PoolAward(
        outcome_id=row["outcome_id"],
        person_id=row["person_id"],
        division=row["division"],
        revision=row["revision"],
        refusal=row["refusal"],
        inputs=thaw(row["person_id"], row["inputs"]),
    )


async def _policy(tx: AsyncConnection, cycle_id: UUID, division: str) -> DivisionPolicy:
    row = await (await raw(tx)).fetchrow(_POLICY, cycle_id, division)
    assert row is not None, "a pool has awards, and these were decided with this policy"
    return read_policy(row["policy_id"], row["digest"], row["document"])[0]


async def save_pool(tx: AsyncConnection, pool: CompletePool, computed: MeritPool) -> None:
    """Store the pool's sums; ``refused`` when the budget does not cover the floors."""
    state = "refused" if computed.splits is None else "awarded"
    awards = None if computed.splits is None else sum(split.award for split in computed.splits)
    await (await raw(tx)).execute(
        _SAVE_POOL,
        pool.pool_id,
        state,
        sum(each.eligible for each in computed.recommendations),
        computed.budget,
        sum(each.guideline for each in computed.recommendations),
        sum(each.floor for each in computed.recommendations),
        awards,
        computed.shortfall,
        None if computed.factor is None else str(computed.factor),
    )


async def save_awards(
    tx: AsyncConnection,
    pool: CompletePool,
    awarded: Sequence[tuple[PoolAward, MeritSplit]],
    *,
    now: datetime,
) -> None:
    """Store awards and announce those of eligible people, in parts that bound the memory."""
    for start in range(0, len(awarded), AT_ONCE):
        await _save_part(tx, pool, awarded[start : start + AT_ONCE], now=now)


async def _save_part(
    tx: AsyncConnection,
    pool: CompletePool,
    awarded: Sequence[tuple[PoolAward, MeritSplit]],
    *,
    now: datetime,
) -> None:
    driver = await raw(tx)
    later = [(each.person_id, each.revision) for each, _ in awarded if each.revision > 1]
    if later:
        await driver.execute(
            _REPLACE, [person for person, _ in later], [number for _, number in later], pool.pool_id
        )
    await driver.execute(
        _SAVE_AWARDS,
        [each.outcome_id for each, _ in awarded],
        [each.refusal is None for each, _ in awarded],
        [split.award for _, split in awarded],
        [split.base_increase for _, split in awarded],
        [split.lump_sum for _, split in awarded],
        [split.new_salary for _, split in awarded],
    )
    announcements = [
        Announcement(
            event=_event(pool, each, split), division=each.division, correlation_id=str(pool.cycle_id)
        )
        for each, split in awarded
        if each.refusal is None
    ]
    await announce(tx, announcements, source="outcomes", now=now)


def _event(pool: CompletePool, each: PoolAward, split: MeritSplit) -> MeritAwardedV1:
    return MeritAwardedV1(
        person_id=each.person_id,
        cycle_id=pool.cycle_id,
        pool_id=pool.pool_id,
        outcome_id=each.outcome_id,
        revision=each.revision,
        award=Decimal(decimal_text(split.award, pool.currency)),
        base_increase=Decimal(decimal_text(split.base_increase, pool.currency)),
        lump_sum=Decimal(decimal_text(split.lump_sum, pool.currency)),
        currency=pool.currency,
    )


async def load_corrected_awards(
    tx: AsyncConnection, cycle_ids: Sequence[UUID]
) -> list[tuple[CompletePool, list[CorrectedAward]]]:
    """Awards of later revisions whose pool was awarded already, by pool."""
    driver = await raw(tx)
    found: dict[UUID, tuple[CompletePool, list[CorrectedAward]]] = {}
    for row in await driver.fetch(_CORRECTED, sorted(set(cycle_ids))):
        if row["pool_id"] not in found:
            policy = await _policy(tx, row["cycle_id"], row["division"])
            pool = CompletePool(
                pool_id=row["pool_id"],
                cycle_id=row["cycle_id"],
                currency=row["currency"],
                budget_amount=None,
                budget_percent=None,
                policy=policy,
                awards=(),
            )
            found[row["pool_id"]] = (pool, [])
        pool, corrected = found[row["pool_id"]]
        factor = Fraction(row["factor"])
        corrected.append(CorrectedAward(award=_award(row), policy=pool.policy, factor=factor))
    return list(found.values())
