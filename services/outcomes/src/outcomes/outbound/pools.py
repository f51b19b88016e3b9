"""Loads complete merit pools with their frozen inputs, and saves what was awarded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.rules.merit import MeritSplit
from outcomes.domain.rules.money import decimal_text, to_minor_units
from outcomes.domain.rules.pool import AwardedPool, Member
from outcomes.outbound.policies import ratio
from plumbline.contracts.outcomes import MeritAwardedV1
from plumbline.runtime.database import raw
from plumbline.runtime.outbox import Announcement, Written, announce

# Complete: every planned session of the pool's division is final or excluded by name, and nobody of the pool's
# division still waits for inputs.
_COMPLETE = """
SELECT p.* FROM pool AS p JOIN cycle AS c USING (cycle_id)
WHERE p.state = 'open' AND p.problem IS NULL AND c.merit AND ($1::uuid IS NULL OR p.cycle_id = $1)
  AND NOT EXISTS (
    SELECT FROM session AS s WHERE s.cycle_id = p.cycle_id AND s.division = p.division
      AND s.finalized_on IS NULL AND s.excluded_by IS NULL)
  AND NOT EXISTS (
    SELECT FROM waiting_rating AS r WHERE r.cycle_id = p.cycle_id AND r.division = p.division)
  AND EXISTS (SELECT FROM award AS a WHERE a.cycle_id = p.cycle_id AND a.pool_id = p.pool_id)
ORDER BY p.pool_id
"""
# Each person's newest revision; an award that a later one replaces takes no part.
_NEWEST = """
SELECT DISTINCT ON (person_id) outcome_id, person_id, division, revision, refusal, guideline, floor, salary, fte,
    maximum
FROM award WHERE cycle_id = $1 AND pool_id = $2 ORDER BY person_id, revision DESC
"""
_SAVE_POOL = """
UPDATE pool SET state = $2, people = $3, budget = $4, guideline = $5, floor = $6, award = $7, shortfall = $8,
    factor = $9, revisions = $10
WHERE pool_id = $1
"""
_HOLD_POOL = "UPDATE pool SET problem = $2 WHERE pool_id = $1"
_SAVE_AWARDS = """
UPDATE award AS a SET state = CASE WHEN a.refusal IS NULL THEN 'awarded' ELSE 'ineligible' END, award = n.award,
    base_increase = n.award - n.lump_sum, lump_sum = n.lump_sum, new_salary = n.new_salary
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[]) AS n (outcome_id, award, lump_sum, new_salary)
WHERE a.outcome_id = n.outcome_id
"""
_SAVE_PARTS = """
INSERT INTO pool_part (pool_id, cycle_id, first, last, people)
SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::int[]) ON CONFLICT DO NOTHING
"""
_PARTS = """
SELECT pool_id, cycle_id, first, last, people FROM pool_part WHERE $1::uuid[] IS NULL OR pool_id = ANY($1)
ORDER BY pool_id, first
"""
_TAKE_PARTS = "DELETE FROM pool_part WHERE pool_id = $1 AND first = ANY($2::text[]) RETURNING first, last"
# Each person's one award of the pool; signing may have gone on with it already.
_AWARDS_OF_PARTS = """
SELECT a.outcome_id, a.person_id, a.division, a.revision, a.currency, a.award, a.base_increase, a.lump_sum
FROM unnest($3::text[], $4::text[]) AS p (first, last)
JOIN award AS a ON a.cycle_id = $1 AND a.pool_id = $2 AND a.person_id BETWEEN p.first AND p.last
WHERE a.refusal IS NULL AND a.award IS NOT NULL AND a.state <> 'superseded'
ORDER BY a.person_id
"""
_REPLACE = """
UPDATE award AS a SET state = 'superseded' FROM unnest($1::text[], $2::int[]) AS n (person_id, revision)
WHERE a.cycle_id = $4 AND a.pool_id = $3 AND a.person_id = n.person_id AND a.revision < n.revision AND a.state <> 'superseded'
"""
_CORRECTED = """
SELECT a.outcome_id, a.person_id, a.division, a.revision, a.refusal, a.guideline, a.floor, a.salary, a.fte,
    a.maximum, a.currency, a.pool_id, p.cycle_id, p.factor
FROM award AS a JOIN pool AS p USING (pool_id)
WHERE a.revision > 1 AND a.state = 'provisional' AND p.state = 'awarded'
ORDER BY a.pool_id, a.person_id, a.revision
"""
# How many people's rows and events are in memory at once, beside the pool itself.
AT_ONCE = 4000


class Claimant(NamedTuple):
    """One person's place in a pool: the award's row, and what the pool needs of it."""

    outcome_id: UUID
    division: str
    revision: int
    refusal: str | None
    member: Member


class Part(NamedTuple):
    """People of an awarded pool, from the first to the last id, whose awards are still to be announced."""

    pool_id: UUID
    cycle_id: UUID
    first: str
    last: str
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A pool's identity and its planned budget: minor units, or a percentage of the payroll, or no limit."""

    pool_id: UUID
    cycle_id: UUID
    division: str
    currency: str
    budget_amount: int | None
    budget_percent: Fraction | None


async def complete_pools(tx: AsyncConnection, cycle_id: UUID | None = None) -> list[Pool]:
    """The pools, of one cycle or of all, that can be computed now."""
    return [_pool(row) for row in await (await raw(tx)).fetch(_COMPLETE, cycle_id)]


async def claimants_of(tx: AsyncConnection, pool: Pool) -> list[Claimant]:
    """Everybody in a pool, by id."""
    people = (await raw(tx)).cursor(_NEWEST, pool.cycle_id, pool.pool_id, prefetch=AT_ONCE)
    return [_claimant(row) async for row in people]


def _pool(row: Any) -> Pool:  # noqa: ANN401 - a database row
    amount: Decimal | None = row["budget_amount"]
    percent: Decimal | None = row["budget_percent"]
    return Pool(
        pool_id=row["pool_id"],
        cycle_id=row["cycle_id"],
        division=row["division"],
        currency=row["currency"],
        budget_amount=None if amount is None else to_minor_units(Fraction(amount), row["currency"]),
        budget_percent=None if percent is None else Fraction(percent),
    )


def _claimant(row: Any) -> Claimant:  # noqa: ANN401 - a database row
    outcome_id, person_id, division, revision, refusal, guideline, floor, salary, fte, maximum = row
    member = Member(person_id, refusal is None, guideline, floor, salary, ratio(fte), maximum)
    return Claimant(outcome_id, division, revision, refusal, member)


async def hold_pool(tx: AsyncConnection, pool: Pool, why: str) -> None:
    """Leave a pool open until a new budget comes."""
    await (await raw(tx)).execute(_HOLD_POOL, pool.pool_id, why)


async def save_pool(
    tx: AsyncConnection, pool: Pool, claimants: Sequence[Claimant], awarded: AwardedPool
) -> None:
    """Store the pool's sums; ``refused`` when the budget does not cover the floors."""
    splits, members = awarded.splits, [each.member for each in claimants]
    await (await raw(tx)).execute(
        _SAVE_POOL,
        pool.pool_id,
        "refused" if splits is None else "awarded",
        sum(each.eligible for each in members),
        awarded.budget,
        sum(each.guideline for each in members),
        sum(each.floor for each in members),
        None if splits is None else sum(split.award for split in splits),
        awarded.shortfall,
        None if awarded.factor is None else str(awarded.factor),
        to_json({each.member.employee_id: each.revision for each in claimants if each.revision > 1}).decode(),
    )


async def save_awards(
    tx: AsyncConnection, pool: Pool, awarded: Sequence[tuple[Claimant, MeritSplit]], *, together: int
) -> None:
    """Store awards, and beside them what is to be announced: ``together`` neighbours in a part."""
    driver = await raw(tx)
    for start in range(0, len(awarded), AT_ONCE):
        part = awarded[start : start + AT_ONCE]
        await driver.execute(
            _SAVE_AWARDS,
            [each.outcome_id for each, _ in part],
            [split.award for _, split in part],
            [split.lump_sum for _, split in part],
            [split.new_salary for _, split in part],
        )
    # Behind them all: of two corrections of one person that are awarded together, the later one counts.
    later = [(each.member.employee_id, each.revision) for each, _ in awarded if each.revision > 1]
    if later:
        people, numbers = [person for person, _ in later], [number for _, number in later]
        await driver.execute(_REPLACE, people, numbers, pool.pool_id, pool.cycle_id)
    names = [each.member.employee_id for each, _ in awarded]
    parts = [names[start : start + together] for start in range(0, len(names), together)]
    firsts, lasts = [part[0] for part in parts], [part[-1] for part in parts]
    await driver.execute(
        _SAVE_PARTS, pool.pool_id, pool.cycle_id, firsts, lasts, [len(part) for part in parts]
    )


async def parts_to_announce(tx: AsyncConnection, pool_ids: Sequence[UUID] | None = None) -> list[list[Part]]:
    """What is still to be announced, of these pools or of all: parts of one pool that are to be announced at once."""
    found: list[list[Part]] = []
    for row in await (await raw(tx)).fetch(_PARTS, pool_ids):
        part, last = Part(*row), found[-1] if found else []
        fits = last and last[0].pool_id == part.pool_id
        if fits and sum(each.people for each in last) + part.people <= AT_ONCE:
            last.append(part)
        else:
            found.append([part])
    return found


async def announce_parts(tx: AsyncConnection, *, parts: Sequence[Part], now: datetime) -> None:
    """Announce the awards of eligible people in parts of one pool, unless somebody else did."""
    driver, (pool_id, cycle_id, *_) = await raw(tx), parts[0]
    cycle, pool = str(cycle_id), str(pool_id)
    taken = await driver.fetch(_TAKE_PARTS, pool_id, [part.first for part in parts])
    firsts, lasts = [row["first"] for row in taken], [row["last"] for row in taken]
    announcements = [
        Announcement(
            Written(MeritAwardedV1, award.person_id, _payload(cycle, pool, award)), award.division, cycle
        )
        for award in map(_Award._make, await driver.fetch(_AWARDS_OF_PARTS, cycle_id, pool_id, firsts, lasts))
    ]
    await announce(tx, announcements, source="outcomes", now=now)


class _Award(NamedTuple):
    """A row of ``_AWARDS_OF_PARTS``, column by column."""

    outcome_id: UUID
    person_id: str
    division: str
    revision: int
    currency: str
    award: int
    base_increase: int
    lump_sum: int


def _payload(cycle_id: str, pool_id: str, award: _Award) -> bytes:
    """``MeritAwardedV1`` as JSON, written by hand: for a whole company, dictionaries cost twice as much."""
    _, person_id, _, revision, currency, *amounts = award
    total, base, once = [decimal_text(amount, currency) for amount in amounts]
    return (
        f'{{"person_id":{to_json(person_id).decode()},"cycle_id":"{cycle_id}","pool_id":"{pool_id}",'
        f'"outcome_id":"{award.outcome_id}","revision":{revision},"award":"{total}","base_increase":"{base}",'
        f'"lump_sum":"{once}","currency":"{currency}"}}'
    ).encode()


async def corrected_awards(tx: AsyncConnection) -> list[tuple[Pool, Fraction, list[Claimant]]]:
    """Awards of later revisions whose pool was awarded already, by pool and with its factor."""
    found: dict[UUID, tuple[Pool, Fraction, list[Claimant]]] = {}
    for row in await (await raw(tx)).fetch(_CORRECTED):
        *columns, currency, pool_id, cycle_id, factor = row
        pool = Pool(
            pool_id=pool_id,
            cycle_id=cycle_id,
            division=row["division"],
            currency=currency,
            budget_amount=None,
            budget_percent=None,
        )
        _, _, corrected = found.setdefault(pool_id, (pool, Fraction(factor), []))
        corrected.append(_claimant(columns))
    return list(found.values())
