"""What an HRIS exports in the tests of the api, and what the service publishes of it."""

from collections.abc import Awaitable, Callable

import httpx
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline.runtime.outbox import outbox

HEADER = (
    "employee_id,name,email,manager_id,division,department,team,level,hire_date,gender,birth_date,"
    "salary,currency,roles,status\n"
)
VICE = (
    "VP,Vera Pike,vera@example.com,,Engineering,Office,Office,L6,2015-03-01,F,1975-01-01,310000,USD,,active\n"
)
JANE = "E1,Jane Doe,jane@example.com,VP,Engineering,Payments,Core,L4,2020-05-04,F,1990-02-03,182000,USD,,active\n"
HANA = "H1,Hana Ross,,,People,HR,HR,L4,2019-01-01,female,1985-01-01,120000,EUR,hr_admin,active\n"
THREE = HEADER + VICE + JANE + HANA
Post = Callable[..., Awaitable[httpx.Response]]


async def published(engine: AsyncEngine) -> list[tuple[str, str]]:
    """Take the outbox's (topic, key) pairs, so that the next call gives only what came since."""
    async with engine.begin() as tx:
        rows = await tx.execute(sa.delete(outbox).returning(outbox.c.topic, outbox.c.key))
        return sorted((row.topic.removeprefix("pm.").removesuffix(".state.v1"), row.key) for row in rows)
