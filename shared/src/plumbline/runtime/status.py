"""Measures a service from outside: consumer lag, outbox depth, and what is parked or waits."""

from typing import Any, cast

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from sqlalchemy.engine import make_url

_DEPTHS = """
SELECT (SELECT count(*) FROM outbox) AS outbox,
       (SELECT count(*) FROM outbox_quarantine) AS quarantined,
       (SELECT count(*) FROM inbox_parked WHERE settled_at IS NULL) AS parked,
       (SELECT count(*) FROM inbox_waiting) AS waiting
"""


async def depths(database_url: str) -> dict[str, int]:
    """Rows in the outbox, in quarantine, parked and waiting."""
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(url, timeout=5)
    try:
        row = await connection.fetchrow(_DEPTHS)
    finally:
        await connection.close()
    return {name: int(row[name]) for name in ("outbox", "quarantined", "parked", "waiting")} if row else {}


async def lag(bootstrap: str, group: str) -> int:
    """Records that the group has not acknowledged yet, over all partitions that it ever acknowledged."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        acknowledged: dict[TopicPartition, int] = {
            partition: place.offset
            for partition, place in (await admin.list_consumer_group_offsets(group)).items()
        }
    finally:
        await admin.close()
    if not acknowledged:
        return 0
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed")
    await consumer.start()
    try:
        ends: dict[TopicPartition, int] = await cast("Any", consumer).end_offsets(list(acknowledged))
    finally:
        await consumer.stop()
    return sum(max(0, ends[partition] - offset) for partition, offset in acknowledged.items())
