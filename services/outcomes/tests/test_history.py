"""What a batch costs does not grow with the cycles before it: it finds its rows, and reads nobody else's."""

from fractions import Fraction
from uuid import UUID

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from outcomes.domain.rules.merit import MeritSplit
from outcomes.domain.rules.pool import Member
from outcomes.outbound.pools import Claimant, Pool, save_awards
from plumbline.runtime.database import raw
from plumbline_local.databases import Database
from plumbline_local.testing_databases import connected

CYCLES, PEOPLE, BATCH = 5, 8000, 4000
AWARDS = f"""
INSERT INTO award (outcome_id, cycle_id, pool_id, person_id, division, revision, currency, inputs, salary, fte,
    guideline, floor)
SELECT gen_random_uuid(), md5(cycle::text)::uuid, md5(cycle::text)::uuid, 'e' || person, 'Engineering', 1, 'USD',
    repeat('x', 200), 100, '1', 5, 3
FROM generate_series(1, {CYCLES}) AS cycle, generate_series(1, {PEOPLE}) AS person
"""
LAST = (
    f"SELECT outcome_id, person_id, cycle_id FROM award WHERE cycle_id = md5('{CYCLES}')::uuid LIMIT {BATCH}"
)
READ_FROM_END_TO_END = "SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'award'"


@pytest.fixture
async def history(base: Database, engine: AsyncEngine) -> list[asyncpg.Record]:
    """Awards of many cycles, as the planner knows them; answers a batch of the last one."""
    async with engine.begin() as tx:
        await tx.execute(sa.text(AWARDS))
        found = await (await raw(tx)).fetch(LAST)
    async with connected(base.owner_url) as owner, owner.begin() as tx:
        await tx.execute(sa.text("ANALYZE award"))
    return found


async def test_a_pools_awards_are_stored_without_reading_other_cycles(
    engine: AsyncEngine, history: list[asyncpg.Record]
) -> None:
    cycle_id: UUID = history[0]["cycle_id"]
    pool = Pool(
        pool_id=cycle_id,
        cycle_id=cycle_id,
        division="Engineering",
        currency="USD",
        budget_amount=None,
        budget_percent=None,
    )
    split = MeritSplit(award=5, base_increase=5, lump_sum=0, new_salary=105)
    awarded = [
        (Claimant(row["outcome_id"], "Engineering", 1, None, _member(row["person_id"])), split)
        for row in history
    ]
    async with engine.begin() as tx:
        await save_awards(tx, pool, awarded, together=BATCH)
        assert await (await raw(tx)).fetchval(READ_FROM_END_TO_END) == 0
        stored = await tx.scalar(sa.text("SELECT count(*) FROM award WHERE award = 5 AND state = 'awarded'"))
        assert stored == BATCH


def _member(person_id: str) -> Member:
    return Member(
        employee_id=person_id,
        eligible=True,
        guideline=5,
        floor=3,
        salary=100,
        fte=Fraction(1),
        maximum=None,
    )
