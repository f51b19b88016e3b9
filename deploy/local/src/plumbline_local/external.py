"""Databases on a PostgreSQL server that somebody else runs, named by ``PLUMBLINE_DATABASE_URL``."""

import asyncio
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from sqlalchemy.engine import URL, make_url

from plumbline_local.databases import Database, create_statements, role_statements, roles
from plumbline_local.state import write_atomically

PASSWORD = "PLUMBLINE_ROLES_PASSWORD"


class PasswordUnknownError(RuntimeError):
    """The roles exist on the server already, with a password that was not given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalPostgres:
    """The server at ``url``, as a user who may make roles and databases.

    The roles' common password is ``$PLUMBLINE_ROLES_PASSWORD``, else one made up and kept in ``folder``.
    """

    url: str
    folder: Path

    def create_database(self, service: str) -> Database:
        """The database of a service with its three roles; what exists stays as it is, for others may be using it.

        Raises:
            PasswordUnknownError: the roles exist, and their password is another one.
        """
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
        if given := os.environ.get(PASSWORD):
            return given
        path = self.folder / "database-password"
        if not path.exists():
            write_atomically(path, secrets.token_urlsafe(24))
        return path.read_text()


async def _create(address: URL, service: str, password: str) -> None:
    connection = await _connect(address)
    try:
        await _create_roles(connection, service, password)
        await _require_password(address.set(username=roles(service)[0], password=password, database=service))
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


async def _create_roles(connection: asyncpg.Connection, service: str, password: str) -> None:
    """Only a role that is made here gets the password: changing another's would lock out who uses it."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext('plumbline roles'))")
        named = "SELECT rolname FROM pg_roles WHERE rolname = ANY($1::text[])"
        there = {row["rolname"] for row in await connection.fetch(named, roles(service))}
        await connection.execute(role_statements(service))
        for role in roles(service):
            if role not in there:
                altered = await connection.fetchval(
                    "SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text)", role, password
                )
                await connection.execute(altered)


async def _require_password(owner: URL) -> None:
    """A database that is still to be made is told of only to whom the password let in."""
    try:
        connection = await _connect(owner)
    except asyncpg.InvalidCatalogNameError:
        return
    except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError) as error:
        raise PasswordUnknownError(
            f"{owner.username} exists on this server, with another password than this stack's: "
            f"give the services' roles' password as {PASSWORD}, or use a server without them."
        ) from error
    await connection.close()


async def _connect(address: URL) -> asyncpg.Connection:
    return await asyncpg.connect(address.set(drivername="postgresql").render_as_string(hide_password=False))
