"""One PostgreSQL database a service: the engine, its transactions, and the raw connection for bulk work."""

from typing import cast

import asyncpg
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

# Every table that the runtime itself keeps in a service's database stands in this collection.
runtime_metadata = MetaData()
_BEGIN = text("SELECT 1")


def connect(url: str, *, pool_size: int = 5, idle_seconds: int = 0) -> AsyncEngine:
    """An engine for ``url``, for example ``postgresql+asyncpg:///people?host=/run/pg&user=people_worker``.

    ``idle_seconds``: a transaction in which nothing is asked for so long is rolled back by the database, so
    that a frozen process does not hold its locks for ever; 0 means never.
    """
    # Parameters stay out of errors: they hold what people wrote, earn and are rated.
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"server_settings": {"idle_in_transaction_session_timeout": str(idle_seconds * 1000)}},
    )


async def raw(connection: AsyncConnection) -> asyncpg.Connection:
    """The asyncpg connection under an open transaction, for COPY and UNNEST."""
    proxied = await connection.get_raw_connection()
    driver = cast("asyncpg.Connection", proxied.driver_connection)
    if not driver.is_in_transaction():
        # SQLAlchemy begins with its first statement only; before that, ours would commit by themselves.
        await connection.execute(_BEGIN)
    return driver
