"""Two ways to store many rows in one statement: by COPY, and where row-level security refuses that, by INSERT."""

from collections.abc import Awaitable, Callable, Sequence

import asyncpg
from pydantic_core import to_json

Records = Sequence[tuple[object, ...]]
Store = Callable[[asyncpg.Connection, str, Sequence[str], Records], Awaitable[None]]


async def copy_rows(driver: asyncpg.Connection, table: str, columns: Sequence[str], records: Records) -> None:
    """The faster one, for the worker's role."""
    await driver.copy_records_to_table(table, records=records, columns=columns)


async def insert_rows(
    driver: asyncpg.Connection, table: str, columns: Sequence[str], records: Records
) -> None:
    """For the api's role, which row-level security holds to its caller's divisions; names are this code's own."""
    names = ", ".join(columns)
    statement = (
        f"INSERT INTO {table} ({names}) SELECT {names} FROM json_populate_recordset(NULL::{table}, $1)"
    )
    rows = [dict(zip(columns, record, strict=True)) for record in records]
    await driver.execute(statement, to_json(rows).decode())
