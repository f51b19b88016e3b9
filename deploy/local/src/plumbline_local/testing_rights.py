"""What the tests of services share about the api's role: what it may do, and which rows it sees."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from plumbline.runtime.rights import PRIVILEGES, ApiRights, with_runtime
from plumbline.runtime.security import ALL_DIVISIONS, limit_to_divisions
from plumbline_local.databases import Database
from plumbline_local.postgres import Postgres
from plumbline_local.testing_databases import connected
from plumbline_local.testing_services import client_of

Seen = Mapping[str, tuple[int, int, int, int]]
# Two people, each in a division of their own; everything that a test writes is about one of them.
PEOPLE = {"ann": "Engineering", "sam": "Sales"}
# What auditors and whoever gave an answer see, by the relation and not by the division.
_BY_RELATION = frozenset({"audit_log", "idempotency"})
_HELD = {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"}
_PRIVILEGES = """
SELECT t.tablename, p.privilege FROM pg_tables AS t, unnest(CAST(:privileges AS text[])) AS p (privilege)
WHERE t.schemaname = 'public' AND has_table_privilege(CAST(:role AS text), t.tablename, p.privilege)
"""
_SECURED = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity"
_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, NULL) AS type
FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
  AND a.attidentity = '' ORDER BY c.relname, a.attnum
"""
# By type; a uuid and a text name the person, so that rows of one person belong together.
_VALUES = {
    "bigint[]": "'{}'",
    "boolean": "true",
    "bytea": "''",
    "date": "'2026-01-01'",
    "integer[]": "'{}'",
    "jsonb": "'{}'",
    "numeric": "1",
    "text[]": "'{}'",
    "timestamp with time zone": "'2026-01-01'",
}


async def let_api_do_everything(owner: AsyncConnection, role: str) -> None:
    """Grant all that an api can be granted on the tables of a database that no service's migrations made."""
    for what, privileges in (("TABLES", ", ".join(PRIVILEGES)), ("SEQUENCES", "USAGE")):
        await owner.execute(sa.text(f"GRANT {privileges} ON ALL {what} IN SCHEMA public TO {role}"))


async def privileges_of(engine: AsyncEngine, role: str) -> set[tuple[str, str]]:
    """Every (table, privilege) that the role has in this database."""
    async with engine.connect() as tx:
        asked = {"role": role, "privileges": sorted(_HELD)}
        return {(row[0], row[1]) for row in await tx.execute(sa.text(_PRIVILEGES), asked)}


def declared_in(rights: ApiRights) -> Iterator[tuple[str, str]]:
    """Every (table, privilege) that a service and the runtime declare for its api."""
    for table, granted in with_runtime(rights).privileges.items():
        for privilege in granted.split(", ") if granted else ():
            assert privilege in PRIVILEGES, f"{table}: {privilege!r}"
            yield table, privilege


async def unheld_tables(engine: AsyncEngine, rights: ApiRights) -> set[str]:
    """The tables that the api reads without row-level security, and for which no reason is declared."""
    async with engine.connect() as tx:
        secured = set((await tx.execute(sa.text(_SECURED))).scalars())
    read = {table for table, privilege in declared_in(rights) if privilege == "SELECT"}
    return read - secured - with_runtime(rights).open.keys()


async def seen_in(app: FastAPI, base: Database, postgres: Postgres, rights: ApiRights) -> tuple[Seen, Seen]:
    """What unfiltered queries find of one row about each of ``PEOPLE`` in every table: the api's, and the worker's."""
    async with connected(postgres.url(base.name)) as superuser:
        await _write_about_everybody(superuser)
    async with client_of(app), connected(base.worker_url) as worker:
        api = await _seen_by_division(app.state.engine, rights)
        return api, await _seen_by_division(worker, rights)


async def _write_about_everybody(superuser: AsyncEngine) -> None:
    """One row about each of ``PEOPLE`` in every table, by a role that no check of a reference stops."""
    async with superuser.begin() as tx:
        await tx.execute(sa.text("SET LOCAL session_replication_role = replica"))
        columns: dict[str, dict[str, str]] = {}
        for table, column, kind in await tx.execute(sa.text(_COLUMNS)):
            columns.setdefault(table, {})[column] = kind
        for table, kinds in columns.items():
            if table == "alembic_version":
                continue
            for person in PEOPLE:
                values = {name: _value(name, kind, person) for name, kind in kinds.items()}
                names = ", ".join(f'"{name}"' for name in values)
                await tx.execute(
                    sa.text(f'INSERT INTO "{table}" ({names}) VALUES ({", ".join(values.values())})')
                )


def _value(name: str, kind: str, person: str) -> str:
    if name == "division":
        return f"'{PEOPLE[person]}'"
    if kind == "uuid":
        return f"md5('{person}')::uuid"
    if kind in {"bigint", "integer", "smallint"}:
        return str(list(PEOPLE).index(person) + 1)
    return f"'{person}'" if kind == "text" else _VALUES[kind]


async def _seen_by_division(engine: AsyncEngine, rights: ApiRights) -> Seen:
    """How many rows of each table under row-level security an unfiltered query finds.

    Limited to the one division, to the other, to none, and to all of them.
    """
    read = {table for table, privilege in declared_in(rights) if privilege == "SELECT"}
    held = sorted(read - with_runtime(rights).open.keys() - _BY_RELATION)
    each = [await _counts(engine, held, limit) for limit in (["Engineering"], ["Sales"], [], [ALL_DIVISIONS])]
    return {table: (each[0][table], each[1][table], each[2][table], each[3][table]) for table in held}


async def _counts(engine: AsyncEngine, tables: Iterable[str], divisions: list[str]) -> dict[str, int]:
    async with engine.begin() as tx:
        await limit_to_divisions(tx, divisions)
        return {table: await _count(tx, table) for table in tables}


async def _count(tx: AsyncConnection, table: str) -> Any:  # noqa: ANN401 - a number
    return (await tx.execute(sa.text(f'SELECT count(*) FROM "{table}"'))).scalar_one()
