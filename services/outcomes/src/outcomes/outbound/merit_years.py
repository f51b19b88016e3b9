"""Merit comes once a person and year: which cycles take their turn, and who had theirs in another cycle."""

from collections.abc import Iterable
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.database import raw

# Of the merit cycles of one year the one that ends first has the first turn.
_TURNS = """
SELECT cycle_id, rank() OVER (PARTITION BY date_part('year', period_end) ORDER BY period_end, cycle_id) AS turn
FROM cycle WHERE merit
"""
_TWICE = """
SELECT EXISTS (SELECT FROM cycle WHERE merit GROUP BY date_part('year', period_end) HAVING count(*) > 1)
"""
# Who was eligible in another cycle of the year: the merit of the year was decided there, even if it came to nothing,
# and even if its pool still waits for a budget.
_HAD = """
SELECT DISTINCT a.person_id, date_part('year', c.period_end)::int AS year
FROM award AS a JOIN cycle AS c USING (cycle_id)
WHERE a.person_id = ANY($2::text[]) AND a.refusal IS NULL AND a.cycle_id = ANY(ARRAY(
    SELECT other.cycle_id FROM cycle AS other
    WHERE other.merit AND other.cycle_id <> ALL($1::uuid[]) AND date_part('year', other.period_end) IN (
        SELECT date_part('year', mine.period_end) FROM cycle AS mine WHERE mine.cycle_id = ANY($1::uuid[]))))
"""


async def turns_of_cycles(tx: AsyncConnection) -> list[list[UUID]]:
    """For each turn the cycles that have to stand back in it: at one turn no two merit cycles of a year decide.

    Two that decided at once would not see each other's awards, and pay a person twice.
    """
    turn_of = {row["cycle_id"]: row["turn"] for row in await (await raw(tx)).fetch(_TURNS)}
    last = max(turn_of.values(), default=1)
    return [[each for each, own in turn_of.items() if own != turn] for turn in range(1, last + 1)]


async def any_year_has_two(driver: asyncpg.Connection) -> bool:
    """Whether a year has more than one merit cycle, so that somebody can have had merit in another one."""
    return await driver.fetchval(_TWICE)


async def who_had_merit(
    driver: asyncpg.Connection, cycles: Iterable[UUID], people: Iterable[str]
) -> set[tuple[str, int]]:
    """Who of these people had merit in a year of these cycles, in another cycle, as (person, year)."""
    return {(row[0], row[1]) for row in await driver.fetch(_HAD, list(set(cycles)), list(people))}
