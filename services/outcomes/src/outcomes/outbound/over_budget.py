"""Which corrections leave their pool over budget, from the awards as they are stored."""

from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.rules.money import decimal_to_minor_units
from plumbline.runtime.database import raw

# ``share``: what the person got when the pool was computed, at the first revision that it awarded.
_SPENDING = """
SELECT a.outcome_id, a.division, a.award, p.budget, s.spent, coalesce((
    SELECT w.award FROM award AS w
    WHERE w.cycle_id = a.cycle_id AND w.person_id = a.person_id AND w.pool_id = a.pool_id
      AND w.revision < a.revision AND w.award IS NOT NULL
    ORDER BY w.revision LIMIT 1), 0) AS share, p.reserve, p.currency
FROM award AS a
JOIN pool AS p USING (pool_id)
JOIN (
    SELECT pool_id, sum(award)::bigint AS spent FROM award
    WHERE (cycle_id, pool_id) IN (SELECT cycle_id, pool_id FROM pool WHERE pool_id = ANY($2::uuid[]))
      AND state <> 'superseded'
    GROUP BY pool_id
) AS s USING (pool_id)
WHERE a.outcome_id = ANY($1::uuid[]) AND a.state <> 'superseded'
"""
_MARK = """
INSERT INTO over_budget (outcome_id, division, excess)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[])
ON CONFLICT DO NOTHING
"""


class Spending(NamedTuple):
    """A correction's award beside its pool's budget (None: no limit), its reserve and all that the pool awards; minor
    units."""

    outcome_id: UUID
    division: str
    award: int
    budget: int | None
    spent: int
    share: int
    reserve: int


async def load_spending(
    tx: AsyncConnection, outcome_ids: Collection[UUID], *, pool_ids: Collection[UUID]
) -> list[Spending]:
    """What these corrections of these pools make of the pools' spending, all of them together."""
    rows = await (await raw(tx)).fetch(_SPENDING, list(outcome_ids), list(pool_ids))
    return [Spending(*columns, reserve=reserve_of(kept, currency)) for *columns, kept, currency in rows]


def reserve_of(kept: Decimal | None, currency: str) -> int:
    """What a pool holds for appeals, in minor units; 0 where nothing was named."""
    return 0 if kept is None else decimal_to_minor_units(kept, currency)


async def save_over_budget(tx: AsyncConnection, beyond: Collection[tuple[Spending, int]]) -> None:
    """Ask for finance's signature on these corrections, each with the excess."""
    if beyond:
        await (await raw(tx)).execute(
            _MARK,
            [each.outcome_id for each, _ in beyond],
            [each.division for each, _ in beyond],
            [excess for _, excess in beyond],
        )
