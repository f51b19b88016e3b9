"""Row-level security by division, for the role of an api; the worker's role sees every division."""

import json
import re
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

ALL_DIVISIONS = "*"
SETTING = "plumbline.divisions"
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,50}")


def enable_division_security(table_name: str, *, service: str, column: str = "division") -> tuple[str, ...]:
    """The statements for a migration, one ``op.execute`` each, that hold ``<service>_api`` to its divisions.

    Rows of other divisions can neither be read nor written by it; ``<service>_worker`` and the owner see all.
    Without ``limit_to_divisions`` in the transaction the api sees nothing.
    """
    for name in (table_name, service, column):
        if not _IDENTIFIER.fullmatch(name):
            raise ValueError(f"{name!r} is no plain SQL name")
    allowed = f"(SELECT NULLIF(current_setting('{SETTING}', true), '')::jsonb) ?| ARRAY[{column}, '{ALL_DIVISIONS}']"
    return (
        f"ALTER TABLE {table_name} ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY {table_name}_api ON {table_name} TO {service}_api USING ({allowed}) WITH CHECK ({allowed})",
        f"CREATE POLICY {table_name}_worker ON {table_name} TO {service}_worker USING (true) WITH CHECK (true)",
    )


async def limit_to_divisions(tx: AsyncConnection, divisions: Iterable[str]) -> None:
    """Until this transaction ends, row-level security shows these divisions; ``ALL_DIVISIONS`` shows all.

    A use case that a relation permits across divisions (a peer who answers about a colleague elsewhere)
    may call it again with the subject's division, after the policy said yes.
    """
    listed = json.dumps(sorted(set(divisions)))
    await tx.execute(sa.select(sa.func.set_config(SETTING, listed, True)))
