"""Measures a service from outside: consumer lag, outbox depth, and what is parked or waits."""

from collections.abc import Collection

import asyncpg
from sqlalchemy.engine import make_url

from plumbline.runtime.inbox import consumed_topics
from plumbline.runtime.kafka_security import UNSECURED, KafkaSecurity
from plumbline.runtime.lag import LagMeter
from plumbline.runtime.service import installed, load

_DEPTHS = """
SELECT (SELECT count(*) FROM outbox) AS outbox,
       (SELECT count(*) FROM outbox_quarantine) AS quarantined,
       (SELECT count(*) FROM outbox JOIN outbox_held USING (topic)) AS held,
       (SELECT count(*) FROM inbox_parked WHERE settled_at IS NULL) AS parked,
       (SELECT count(*) FROM inbox_waiting) AS waiting
"""


async def depths(database_url: str) -> dict[str, int]:
    """Rows in the outbox, in quarantine and held (in the outbox, of topics that the broker refuses), parked and waiting."""
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(url, timeout=5)
    try:
        row = await connection.fetchrow(_DEPTHS)
    finally:
        await connection.close()
    return (
        {name: int(row[name]) for name in ("outbox", "quarantined", "held", "parked", "waiting")}
        if row
        else {}
    )


async def lag(
    bootstrap: str,
    group: str,
    topics: Collection[str] | None = None,
    *,
    security: KafkaSecurity = UNSECURED,
) -> int:
    """Records that the group has not acknowledged yet; of a partition that it never acknowledged, all records.

    ``topics`` are those that the group reads; unless given, those of the installed service whose group it is.

    Raises:
        LookupError: no installed service has that group.
    """
    asked = topics_of(group) if topics is None else topics
    async with LagMeter(bootstrap, group=group, topics=asked, security=security) as meter:
        return sum((await meter.measure()).values())


def topics_of(group: str) -> Collection[str]:
    """The topics that an installed service's consumer group reads.

    Raises:
        LookupError: no installed service has that group.
    """
    for service in installed():
        if service.consumer == group:
            return consumed_topics(load(service.handlers))
    raise LookupError(f"no installed service reads as the group {group!r}")
