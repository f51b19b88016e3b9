"""Inserts a whole list in one statement into a table under row-level security, which takes no COPY."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.database import raw

_DIALECT = pg.dialect()


async def insert_many(
    tx: AsyncConnection, table: sa.Table, *, columns: Sequence[str], records: Sequence[Sequence[Any]]
) -> None:
    """Insert these records, each in the order of ``columns``; none of the columns is an array."""
    if not records:
        return
    types = [table.c[name].type.compile(_DIALECT) for name in columns]
    arrays = ", ".join(f"${index}::{name}[]" for index, name in enumerate(types, start=1))
    statement = f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT * FROM unnest({arrays})"
    await (await raw(tx)).execute(statement, *(list(values) for values in zip(*records, strict=True)))
