"""Brings services' databases to their newest version with Alembic: ``python -m plumbline.runtime.migrate``."""

import asyncio
import sys
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import command, context
from alembic.config import Config
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from plumbline.runtime import answers, audit, directory, inbox_tables, lease, outbox
from plumbline.runtime.answers import protect_answers
from plumbline.runtime.audit import protect_entries
from plumbline.runtime.database import runtime_metadata
from plumbline.runtime.rights import grant_to_api
from plumbline.runtime.service import Service, find, load

# Imported for the tables that they add to the runtime's collection.
_TABLE_MODULES = (answers, audit, directory, inbox_tables, lease, outbox)


def upgrade(service: Service, url: str) -> None:
    """Apply every migration of ``service`` that the database at ``url`` lacks, as its owner."""
    asyncio.run(upgrade_async(service, url))


async def upgrade_async(service: Service, url: str) -> None:
    """``upgrade`` for callers that run an event loop already."""
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade, service)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, service: Service) -> None:
    config = Config()
    config.set_main_option("script_location", str(service.migrations))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    _grant(connection, service)


def _grant(connection: Connection, service: Service) -> None:
    """Let the worker's role use every table, and the api's what is declared for it; where the roles exist."""
    worker, api = f"{service.name}_worker", f"{service.name}_api"
    roles = connection.scalars(
        sa.text("SELECT rolname FROM pg_roles WHERE rolname = ANY(:names)"), {"names": [worker, api]}
    ).all()
    for role in roles:
        connection.exec_driver_sql(f'GRANT USAGE ON SCHEMA public TO "{role}"')
    if worker in roles:
        connection.exec_driver_sql(
            f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "{worker}"'
        )
        connection.exec_driver_sql(f'GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO "{worker}"')
    if api in roles:
        grant_to_api(connection, api, load(service.rights))


def create_runtime_tables(connection: Connection) -> None:
    """Create the tables that the runtime keeps in every service's database."""
    runtime_metadata.create_all(connection)
    leave_room(connection, "outbox_sequence")
    for statement in (*protect_answers(), *protect_entries()):
        connection.exec_driver_sql(statement)


def leave_room(connection: Connection, table: str, *, percent: int = 50) -> None:
    """Fill pages of a table to ``percent`` only: its rows are updated soon, in place then (without new index entries)."""
    connection.exec_driver_sql(f'ALTER TABLE "{table}" SET (fillfactor = {percent})')


def run_environment() -> None:
    """What a service's ``migrations/env.py`` calls: run inside the connection that ``upgrade`` opened."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=runtime_metadata)
    with context.begin_transaction():
        context.run_migrations()


def main(arguments: Sequence[str]) -> None:
    """Migrate each ``service=url`` that is given."""
    for argument in arguments:
        name, _, url = argument.partition("=")
        upgrade(find(name), url)


if __name__ == "__main__":
    main(sys.argv[1:])
