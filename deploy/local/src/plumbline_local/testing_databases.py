"""Connections to a test's database, which end with the test, and what stands in it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline.runtime.database import connect


@asynccontextmanager
async def connected(url: str) -> AsyncGenerator[AsyncEngine]:
    """Connections to a database, closed afterwards, also when the test fails."""
    engine = connect(url)
    try:
        yield engine
    finally:
        await engine.dispose()


async def rows(engine: AsyncEngine, query: str) -> list[tuple[Any, ...]]:
    """What a query finds, in a transaction of its own."""
    async with engine.begin() as tx:
        return [tuple(row) for row in await tx.execute(sa.text(query))]
