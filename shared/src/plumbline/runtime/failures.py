"""Tells a part of the infrastructure that is away from an event that cannot be applied."""

import asyncpg
from aiokafka.errors import KafkaError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

# PostgreSQL's error classes that pass by themselves: connection, transaction rollback (deadlock,
# serialization), insufficient resources, operator intervention (shutdown, cancel), system and internal errors.
_PASSING = ("08", "40", "53", "57", "58", "XX", "25")


def is_infrastructure(error: BaseException) -> bool:
    """Whether the database or the broker failed, so that the same batch may succeed later as it is."""
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None) or ""
        passing = (
            state.startswith(_PASSING) if state else isinstance(error, OperationalError | InterfaceError)
        )
        return error.connection_invalidated or passing
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "").startswith(_PASSING)
    kinds = (OSError, KafkaError, PoolTimeoutError, TimeoutError)
    return isinstance(error, (*kinds, asyncpg.InterfaceError))
