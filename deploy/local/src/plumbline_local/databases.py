"""What makes a service's database: its three roles, and what each of them may do."""

import re
from dataclasses import dataclass

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """One service's database and the addresses for migrations (owner), the worker and the api."""

    name: str
    owner_url: str
    worker_url: str
    api_url: str


def role_statements(service: str) -> str:
    """Make ``<service>_owner``, ``_worker`` and ``_api``; harmless if they exist or are being made.

    The worker passes by row-level security, since PostgreSQL refuses COPY to roles that it holds to rows.
    """
    _, worker, _ = roles(service)
    return "\n".join(
        f"DO $$ BEGIN CREATE ROLE {role} LOGIN{' BYPASSRLS' if role == worker else ''}; "
        "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;"
        for role in roles(service)
    )


def roles(service: str) -> tuple[str, str, str]:
    """The names of a service's roles: owner, worker, api."""
    owner, worker, api = (_checked(f"{service}_{part}") for part in ("owner", "worker", "api"))
    return owner, worker, api


def create_statements(service: str, *, name: str, template: str | None) -> tuple[str, str]:
    """The statement that makes the database, and those to run inside it: the worker reads and writes, owns nothing.

    What the api's role may do is granted by the migrations, table by table (``plumbline.runtime.rights``).
    """
    owner, worker, api = roles(service)
    source = f" TEMPLATE {_checked(template)}" if template else ""
    create = f"CREATE DATABASE {_checked(name)} OWNER {owner}{source}"
    defaults = f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public"
    grants = f"""
        REVOKE ALL ON DATABASE {name} FROM PUBLIC;
        GRANT CONNECT, TEMPORARY ON DATABASE {name} TO {worker}, {api};
        ALTER SCHEMA public OWNER TO {owner};
        GRANT USAGE ON SCHEMA public TO {worker}, {api};
        {defaults} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {worker};
        {defaults} GRANT USAGE, SELECT ON SEQUENCES TO {worker};
    """
    return create, grants


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no database name: use small letters, digits and underscores.")
    return name
