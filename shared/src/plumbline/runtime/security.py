"""Row-level security by division, for the role of an api; the worker's role sees every division."""

import json
import re
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

ALL_DIVISIONS = "*"
SETTING = "plumbline.divisions"
CALLER = "plumbline.person"
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_.]{0,80}")


def enable_division_security(table_name: str, *, service: str, column: str = "division") -> tuple[str, ...]:
    """The statements for a migration, one ``op.execute`` each, that hold ``<service>_api`` to its divisions.

    Rows of other divisions can neither be read nor written by it; ``<service>_worker`` and the owner see all.
    Without ``limit_to_divisions`` in the transaction the api sees nothing.
    """
    return enable_row_security(table_name, service=service, condition=in_allowed_division(column))


def enable_row_security(table_name: str, *, service: str, condition: str) -> tuple[str, ...]:
    """``enable_division_security`` for a table without a division of its own: the SQL ``condition`` leads to one.

    Tables that the condition asks are themselves seen as the api sees them. The condition is this code's own.
    """
    table, role = _checked(table_name), _checked(service)
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY {table}_api ON {table} TO {role}_api USING ({condition}) WITH CHECK ({condition})",
        f"CREATE POLICY {table}_worker ON {table} TO {role}_worker USING (true) WITH CHECK (true)",
    )


def let_caller_read(table_name: str, *, service: str, column: str) -> tuple[str, ...]:
    """The statement for a migration that shows ``<service>_api`` also the rows that name whoever asks."""
    table, role = _checked(table_name), _checked(service)
    return (f"CREATE POLICY {table}_own ON {table} FOR SELECT TO {role}_api USING ({is_caller(column)})",)


def in_allowed_division(column: str) -> str:
    """The condition that the column's division is one of those that the transaction is limited to."""
    divisions = f"(SELECT NULLIF(current_setting('{SETTING}', true), '')::jsonb)"
    return f"{divisions} ?| ARRAY[{_checked(column)}, '{ALL_DIVISIONS}']"


def sees_all_divisions() -> str:
    """The condition that the transaction is limited to no division."""
    return f"(SELECT NULLIF(current_setting('{SETTING}', true), '')::jsonb) ? '{ALL_DIVISIONS}'"


def is_caller(column: str) -> str:
    """The condition that the column names whoever asks, in a transaction that says who that is."""
    return f"{_checked(column)} = (SELECT current_setting('{CALLER}', true))"


def _checked(name: str) -> str:
    if not _IDENTIFIER.fullmatch(name):
        raise ValueError(f"{name!r} is no plain SQL name")
    return name


async def limit_to_divisions(tx: AsyncConnection, divisions: Iterable[str]) -> None:
    """Until this transaction ends, row-level security shows these divisions; ``ALL_DIVISIONS`` shows all.

    A use case that a relation permits across divisions (a peer who answers about a colleague elsewhere)
    may call it again with the subject's division, after the policy said yes.
    """
    listed = json.dumps(sorted(set(divisions)))
    await tx.execute(sa.select(sa.func.set_config(SETTING, listed, True)))


@asynccontextmanager
async def across_divisions(tx: AsyncConnection) -> AsyncGenerator[None]:
    """Until the block ends, row-level security shows every division; afterwards those of before.

    For what a rule must count over everybody, whatever the caller may see of it. An error ends the transaction.
    """
    before = await tx.scalar(sa.select(sa.func.current_setting(SETTING, True)))
    await limit_to_divisions(tx, [ALL_DIVISIONS])
    yield
    await tx.execute(sa.select(sa.func.set_config(SETTING, before or "", True)))
