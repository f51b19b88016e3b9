"""Databases on a PostgreSQL server that somebody else runs, named by ``PLUMBLINE_DATABASE_URL``."""

import asyncio
import secrets
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from sqlalchemy.engine import URL, make_url

from plumbline_local.databases import Database, create_statements, role_statements, roles
from plumbline_local.state import write_atomically


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalPostgres:
    """The server at ``url``, as a user who may make roles and databases; passwords are kept in ``folder``."""

    url: str
    folder: Path

    def create_database(self, service: str) -> Database:
        """The database of a service with its three roles, whose common password is ours; an existing one stays."""
        address = make_url(self.url)
        password = self._password()
        asyncio.run(_create(address, service, password))
        owner, worker, api = (
            address.set(
                drivername="postgresql+asyncpg", username=role, password=password, database=service
            ).render_as_string(hide_password=False)
            for role in roles(service)
        )
        return Database(name=service, owner_url=owner, worker_url=worker, api_url=api)

    def _password(self) -> str:
        path = self.folder / "database-password"
        if not path.exists():
            write_atomically(path, secrets.token_urlsafe(24))
        return path.read_text()


async def _create(address: URL, service: str, password: str) -> None:
    connection = await _connect(address)
    try:
        await connection.execute(role_statements(service))
        for role in roles(service):
            # token_urlsafe: letters, digits, - and _ only, so it needs no quoting.
            await connection.execute(f"ALTER ROLE {role} PASSWORD '{password}'")
        if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", service):
            return
        create, grants = create_statements(service, name=service, template=None)
        await connection.execute(create)
    finally:
        await connection.close()
    inside = await _connect(address.set(database=service))
    try:
        await inside.execute(grants)
    finally:
        await inside.close()


async def _connect(address: URL) -> asyncpg.Connection:
    return await asyncpg.connect(address.set(drivername="postgresql").render_as_string(hide_password=False))
