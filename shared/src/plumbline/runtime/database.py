"""One PostgreSQL database a service: the engine, its transactions, and the raw connection for bulk work."""

from typing import Any, cast

import asyncpg
from sqlalchemy import MetaData, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

# Every table that the runtime itself keeps in a service's database stands in this collection.
runtime_metadata = MetaData()


def connect(url: str, *, pool_size: int = 5, idle_seconds: int = 0) -> AsyncEngine:
    """An engine for ``url``, for example ``postgresql+asyncpg:///people?host=/run/pg&user=people_worker``.

    ``idle_seconds``: a transaction in which nothing is asked for so long is rolled back by the database, so
    that a frozen process does not hold its locks for ever; 0 means never.
    """
    # Parameters stay out of errors: they hold what people wrote, earn and are rated. A random read costs nearly what a
    # sequential one does, as on any disk without a head: by the server's default, made for the other kind, a batch of
    # one cycle's rows read those of all cycles.
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        hide_parameters=True,
        connect_args={
            "server_settings": {
                "idle_in_transaction_session_timeout": str(idle_seconds * 1000),
                "random_page_cost": "1.1",
            }
        },
    )
    event.listen(engine.sync_engine, "checkout", _replace_closed)
    return engine


def _replace_closed(adapted: Any, record: object, proxy: object) -> None:  # noqa: ANN401 - SQLAlchemy's adapter
    """Give a new connection for one that the server closed, so that a restart of it fails nobody who comes later.

    The driver knows that without asking the server; SQLAlchemy's own check asks it three times for each transaction.
    """
    del record, proxy
    if adapted.driver_connection.is_closed():
        raise DisconnectionError


async def raw(connection: AsyncConnection) -> asyncpg.Connection:
    """The asyncpg connection under an open transaction, for COPY and UNNEST."""
    proxied = await connection.get_raw_connection()
    driver = cast("asyncpg.Connection", proxied.driver_connection)
    if not driver.is_in_transaction():
        # SQLAlchemy begins with its first statement only; before that, ours would commit by themselves. Its adapter's
        # own beginning, because a statement for nothing would be every tenth that the server executes.
        if not connection.in_transaction():
            await connection.begin()
        adapted: Any = proxied.dbapi_connection
        await adapted._start_transaction()
    return driver
