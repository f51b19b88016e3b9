"""Reads everything that was decided, a bounded part of it at a time, for its recomputation."""

import json
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.cases import DivisionPolicy
from outcomes.domain.policy import SalaryRange
from outcomes.domain.recheck_pool import StoredPool
from outcomes.domain.rules.money import to_minor_units
from outcomes.domain.rules.position import RangeKey
from outcomes.domain.stored import StoredAward, StoredOutcome, StoredPerson, StoredRating
from outcomes.outbound.pip_evidence import concern_of, resource_of
from outcomes.outbound.policies import read_policy
from plumbline.runtime.database import raw

AT_ONCE = 2000
# By id and digest.
Policies = Mapping[tuple[str, str], tuple[DivisionPolicy, Mapping[RangeKey, SalaryRange]]]

_POLICIES = "SELECT policy_id, digest, document FROM policy WHERE problem IS NULL"
_RATINGS = """
SELECT r.cycle_id, r.person_id, r.revision, r.session_id, r.division, r.rating, r.finalized_on,
       max(r.revision) OVER (PARTITION BY r.cycle_id, r.person_id) > r.revision AS superseded,
       c.period_start, c.period_end, c.merit, cp.policy_id, cp.digest, m.promotion, m.target_level,
       n.person_id IS NOT NULL AS without_pay, c.cycle_id IS NOT NULL AND m.person_id IS NOT NULL AS known
FROM rating AS r
LEFT JOIN cycle AS c ON c.cycle_id = r.cycle_id
LEFT JOIN cycle_policy AS cp ON cp.cycle_id = r.cycle_id AND cp.division = r.division
LEFT JOIN recommendation AS m ON m.cycle_id = r.cycle_id AND m.person_id = r.person_id
LEFT JOIN without_pay AS n ON n.cycle_id = r.cycle_id AND n.person_id = r.person_id
ORDER BY r.cycle_id, r.person_id, r.revision
"""
_OUTCOMES = """
SELECT o.cycle_id, o.person_id, o.revision, o.outcome_id::text, o.session_id, o.division, o.rating, o.component,
       o.state, o.policy_id, o.policy_digest, o.superseded, o.inputs, o.result, f.state AS current, (
           SELECT max(m.moved_on) FROM follow_up_move AS m
           WHERE m.outcome_id = f.outcome_id AND m.to_state = 'no_improvement') AS ended_on
FROM outcome AS o LEFT JOIN follow_up AS f USING (outcome_id)
WHERE (o.cycle_id, o.person_id, o.revision) IN (SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[]))
ORDER BY o.outcome_id
"""
_AWARD_COLUMNS = ", ".join(f"a.{name}" for name in StoredAward._fields[1:])
# By person, because a later revision's inputs are those of the first.
_AWARDS = f"""
SELECT a.cycle_id, a.outcome_id::text, {_AWARD_COLUMNS}
FROM award AS a WHERE (a.cycle_id, a.person_id) IN (SELECT * FROM unnest($1::uuid[], $2::text[]))
ORDER BY a.cycle_id, a.person_id, a.revision
"""
_POOLS_OF = "SELECT cycle_id, division, currency, pool_id FROM pool WHERE cycle_id = ANY($1::uuid[])"
_CONCERNS = "SELECT * FROM concern WHERE person_id = ANY($1::text[])"
_ATTESTATIONS = (
    "SELECT cycle_id, person_id, attestation_id::text FROM attestation WHERE person_id = ANY($1::text[])"
)
_POOLS = """
SELECT o.*, cp.policy_id, cp.digest FROM pool AS o
LEFT JOIN cycle_policy AS cp ON cp.cycle_id = o.cycle_id AND cp.division = o.division
ORDER BY o.pool_id
"""
_AWARDS_OF_POOL = f"""
SELECT a.outcome_id::text, {_AWARD_COLUMNS} FROM award AS a
WHERE a.cycle_id = $1 AND a.pool_id = $2 ORDER BY a.person_id, a.revision
"""
_UNDECIDED = """
SELECT 'outcome' AS kind, s.outcome_id::text, s.component, s.state FROM outcome AS s
WHERE NOT EXISTS (
    SELECT FROM rating AS r WHERE r.cycle_id = s.cycle_id AND r.person_id = s.person_id
      AND r.revision = s.revision)
UNION ALL
SELECT 'award', a.outcome_id::text, 'merit', a.state FROM award AS a
WHERE NOT EXISTS (
    SELECT FROM rating AS r WHERE r.cycle_id = a.cycle_id AND r.person_id = a.person_id
      AND r.revision = a.revision)
   OR NOT EXISTS (SELECT FROM pool AS p WHERE p.pool_id = a.pool_id AND p.cycle_id = a.cycle_id)
ORDER BY 2
"""
# As they arrived: the digest is over the sorted lines "person:revision:rating".
_DIGESTS = """
SELECT c.session_id, c.revision, c.digest AS stored, r.digest AS recomputed FROM (
    SELECT DISTINCT session_id, revision, digest FROM rating_chunk WHERE released
) AS c
LEFT JOIN (
    SELECT session_id, session_revision, encode(sha256(convert_to(string_agg(
        person_id || ':' || revision || ':' || rating, E'\n' ORDER BY person_id COLLATE "C", revision
    ), 'UTF8')), 'hex') AS digest
    FROM (TABLE rating UNION ALL TABLE waiting_rating) AS arrived GROUP BY session_id, session_revision
) AS r ON r.session_id = c.session_id AND r.session_revision = c.revision
WHERE c.digest IS DISTINCT FROM r.digest ORDER BY 1, 2
"""
# Where each stands by now, and the states that its moves lead through, in their order.
_MOVED = """
SELECT i.outcome_id::text, o.component, o.state AS decided_as, f.state AS current,
       array_agg(m.from_state ORDER BY m.version) AS froms, array_agg(m.to_state ORDER BY m.version) AS tos
FROM (SELECT outcome_id FROM follow_up UNION SELECT outcome_id FROM follow_up_move) AS i
LEFT JOIN outcome AS o USING (outcome_id)
LEFT JOIN follow_up AS f USING (outcome_id)
LEFT JOIN follow_up_move AS m USING (outcome_id)
GROUP BY i.outcome_id, o.component, o.state, f.state ORDER BY i.outcome_id
"""


async def read_policies(tx: AsyncConnection) -> Policies:
    """Every policy that a cycle may have frozen."""
    rows = await (await raw(tx)).fetch(_POLICIES)
    return {
        (row["policy_id"], row["digest"]): read_policy(row["policy_id"], row["digest"], row["document"])
        for row in rows
    }


async def read_people(tx: AsyncConnection) -> AsyncGenerator[list[StoredPerson]]:
    """Every decided rating with what is stored of it, ``AT_ONCE`` in memory."""
    driver = await raw(tx)
    portal = await driver.cursor(_RATINGS)
    while rows := await portal.fetch(AT_ONCE):
        yield await _people(driver, [StoredRating(*row) for row in rows])


async def _people(driver: asyncpg.Connection, ratings: Sequence[StoredRating]) -> list[StoredPerson]:
    cycles = [each.cycle_id for each in ratings]
    names = [each.person_id for each in ratings]
    outcomes: dict[tuple[UUID, str, int], list[StoredOutcome]] = {}
    for row in await driver.fetch(_OUTCOMES, cycles, names, [each.revision for each in ratings]):
        outcomes.setdefault((row[0], row[1], row[2]), []).append(StoredOutcome(*tuple(row)[3:]))
    awards: dict[tuple[UUID, str], list[StoredAward]] = {}
    for cycle_id, *columns in await driver.fetch(_AWARDS, cycles, names):
        award = StoredAward(*columns)
        awards.setdefault((cycle_id, award.person_id), []).append(award)
    pools: dict[tuple[UUID, str], dict[str, UUID]] = {}
    for cycle_id, division, currency, pool_id in await driver.fetch(_POOLS_OF, list(set(cycles))):
        pools.setdefault((cycle_id, division), {})[currency] = pool_id
    documented = await _documented(
        driver, {key[1] for key, found in outcomes.items() if any(o.component == "pip" for o in found)}
    )
    return [
        _person(
            each,
            outcomes.get((each.cycle_id, each.person_id, each.revision), []),
            awards.get((each.cycle_id, each.person_id), []),
            pools.get((each.cycle_id, each.division), {}),
            documented,
        )
        for each in ratings
    ]


class _Documented:
    """Concerns, offered help and attestations of a few people."""

    def __init__(self, concerns: Sequence[Any], attestations: Sequence[Any]) -> None:
        self.attested = {(row[0], row[1]): str(row[2]) for row in attestations}
        self.concerns: dict[str, list[Any]] = {}
        for row in concerns:
            self.concerns.setdefault(row["person_id"], []).append(row)


async def _documented(driver: asyncpg.Connection, people: Collection[str]) -> _Documented:
    if not people:
        return _Documented([], [])
    names = list(people)
    return _Documented(await driver.fetch(_CONCERNS, names), await driver.fetch(_ATTESTATIONS, names))


def _person(
    rating: StoredRating,
    outcomes: Sequence[StoredOutcome],
    awards: Sequence[StoredAward],
    pools: Mapping[str, UUID],
    documented: _Documented,
) -> StoredPerson:
    mine = documented.concerns.get(rating.person_id, [])
    first = awards[0] if awards and awards[0].revision < rating.revision else None
    return StoredPerson(
        rating=rating,
        outcomes=outcomes,
        award=next((each for each in awards if each.revision == rating.revision), None),
        first_inputs=None if first is None else first.inputs,
        pools=pools,
        concerns={str(each["concern_id"]): concern_of(each) for each in mine},
        offers={str(each["concern_id"]): resource_of(each) for each in mine if each["resource_offered_on"]},
        attestation=documented.attested.get((rating.cycle_id, rating.person_id)),
    )


async def read_pools(
    tx: AsyncConnection,
) -> AsyncGenerator[tuple[StoredPool, tuple[str, str] | None, list[StoredAward]]]:
    """Every pool with its frozen policy's id and digest and its awards, one pool in memory."""
    driver = await raw(tx)
    for row in await driver.fetch(_POOLS):
        awards = driver.cursor(_AWARDS_OF_POOL, row["cycle_id"], row["pool_id"], prefetch=AT_ONCE)
        frozen = None if row["policy_id"] is None else (row["policy_id"], row["digest"])
        yield _pool(row), frozen, [StoredAward(*each) async for each in awards]


def _pool(row: Any) -> StoredPool:  # noqa: ANN401 - a database row
    # Nothing was computed yet with a budget that cannot be computed with.
    amount, percent = (None, None) if row["problem"] else (row["budget_amount"], row["budget_percent"])
    as_they_are = ("pool_id", "state", "people", "budget", "guideline", "floor", "award", "shortfall")
    return StoredPool(
        **{name: row[name] for name in as_they_are},
        factor=row["factor"],
        budget_amount=None if amount is None else to_minor_units(Fraction(amount), row["currency"]),
        budget_percent=None if percent is None else Fraction(percent),
        revisions=json.loads(row["revisions"]),
    )


async def read_undecided(tx: AsyncConnection) -> list[Any]:
    """Outcomes and awards for which no rating is decided, or no pool is there."""
    return await (await raw(tx)).fetch(_UNDECIDED)


async def read_wrong_digests(tx: AsyncConnection) -> list[Any]:
    """Sessions whose stored ratings are not those that calibration finalized."""
    return await (await raw(tx)).fetch(_DIGESTS)


async def read_moves(tx: AsyncConnection) -> AsyncGenerator[list[Any]]:
    """Every outcome that people moved, with its moves, ``AT_ONCE`` in memory."""
    portal = await (await raw(tx)).cursor(_MOVED)
    while rows := await portal.fetch(AT_ONCE):
        yield rows
