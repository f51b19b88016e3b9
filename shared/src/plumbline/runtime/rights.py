"""What the api's role may do in a service's database: what is declared here and by the service, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE")
NOTHING = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRights:
    """The privileges of the api's role by table (``SELECT, INSERT``; ``NOTHING`` for a table that only workers touch).

    ``open``: the tables whose rows it reads whatever their division, with the reason; every other one that it reads
    is under row-level security.
    """

    privileges: Mapping[str, str]
    open: Mapping[str, str]


# An api writes events and never reads one; of what arrives it knows nothing. What its audit log says is the auditors'.
RUNTIME = ApiRights(
    privileges={
        "alembic_version": NOTHING,
        "audit_log": "SELECT, INSERT",
        "audit_seal": "SELECT",
        "audit_unsealed": "SELECT, INSERT",
        "directory": "SELECT",
        "idempotency": "SELECT, INSERT, UPDATE",
        "inbox_parked": NOTHING,
        "inbox_waiting": NOTHING,
        "inbox_watermark": NOTHING,
        "outbox": "INSERT",
        "outbox_held": NOTHING,
        "outbox_quarantine": NOTHING,
        # Taking a sequence reads what it adds to.
        "outbox_sequence": "SELECT, INSERT, UPDATE",
        "relay_lease": NOTHING,
    },
    open={
        "audit_seal": "digests and numbers",
        "audit_unsealed": "numbers",
        "directory": "who may see which division follows from it; it holds no name and no address",
        "outbox_sequence": "keys and counters",
    },
)
# Entries take their numbers before they are written, since what is written need not be readable.
SEQUENCES = ("audit_log_id_seq",)


class UndeclaredTablesError(Exception):
    """A service has tables for which nobody declared what its api may do, or declares some that it lacks."""


def with_runtime(rights: ApiRights) -> ApiRights:
    """A service's rights with those on the runtime's tables, of which the service's own word counts."""
    return ApiRights(
        privileges={**RUNTIME.privileges, **rights.privileges}, open={**RUNTIME.open, **rights.open}
    )


def grant_to_api(connection: Connection, role: str, rights: ApiRights) -> None:
    """Give ``role`` the declared privileges on the tables of this database, and take every other.

    Raises:
        UndeclaredTablesError: the declaration and the tables differ.
    """
    declared = with_runtime(rights).privileges
    _require_declared(connection, declared)
    for statement in (
        # What an older version granted, also on tables that are still to be made.
        f'ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM "{role}"',
        f'ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM "{role}"',
        f'REVOKE ALL ON ALL TABLES IN SCHEMA public FROM "{role}"',
        f'REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM "{role}"',
        *(f'GRANT {granted} ON "{table}" TO "{role}"' for table, granted in declared.items() if granted),
        *(f'GRANT USAGE ON SEQUENCE "{name}" TO "{role}"' for name in SEQUENCES),
    ):
        connection.exec_driver_sql(statement)


def _require_declared(connection: Connection, declared: Mapping[str, str]) -> None:
    there = set(connection.scalars(sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")))
    if differing := sorted(there ^ declared.keys()):
        raise UndeclaredTablesError(
            f"{', '.join(differing)}: the service's outbound/rights.py (the runtime's rights.py for its own) declares "
            "what the api may do with each table that there is, and with no other"
        )
