"""Connections as the api's role, which row-level security must hold: a role that it does not hold is refused."""

import asyncio
from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline.runtime.database import connect
from plumbline.runtime.settings import ConfigurationError

_ASKED_FOR = 10.0  # seconds
_PASSES_BY = """
SELECT current_user, rolsuper OR rolbypassrls OR pg_has_role(current_user, datdba, 'USAGE')
FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()
"""


def connect_as_api(url: str, *, pool_size: int) -> AsyncEngine:
    """``connect`` for an api: no connection is given out whose role passes by row-level security.

    Whoever asks for one gets a ``ConfigurationError``.
    """
    engine = connect(url, pool_size=pool_size)
    event.listen(engine.sync_engine, "connect", _require_held)
    return engine


def _require_held(adapted: Any, record: object) -> None:  # noqa: ANN401 - SQLAlchemy's adapter
    del record
    # Asked of the driver, which begins no transaction for it.
    role, passes_by = adapted.run_async(_ask)
    if passes_by:
        adapted.close()
        raise ConfigurationError(
            f"PLUMBLINE_API_DATABASE_URL names {role}, which passes by row-level security (SUPERUSER, BYPASSRLS or "
            "the database's owner); name the api's own role (<service>_api)"
        )


async def _ask(driver: asyncpg.Connection) -> tuple[str, bool]:
    row = await driver.fetchrow(_PASSES_BY)
    assert row is not None
    return row[0], row[1]


async def refuse_a_role_that_sees_all(engine: AsyncEngine) -> None:
    """Ask once whether row-level security holds the engine's role; a database that is away is asked again later.

    Raises:
        ConfigurationError: it does not.
    """
    try:
        async with asyncio.timeout(_ASKED_FOR), engine.connect():
            pass
    except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return
