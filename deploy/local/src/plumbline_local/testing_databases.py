"""Connections to a test's database, which end with the test."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

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
