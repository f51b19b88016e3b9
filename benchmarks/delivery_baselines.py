"""What the same bytes cost without Plumbline: a plain COPY, a raw pipelined produce; and the relay against the latter."""

import asyncio
import json
import time
from collections.abc import Sequence
from io import BytesIO

import asyncpg
from aiokafka import AIOKafkaProducer
from confluent_kafka import Message

from plumbline.contracts.topics import GOALS
from plumbline.runtime.database import connect
from plumbline.runtime.outbox import CHANNEL
from plumbline.runtime.relay import Relay

from .delivery_company import Cycle
from .delivery_stack import Servers

Records = Sequence[Message]
OUTBOX_COLUMNS = ("topic", "key", "payload", "headers", "event_id", "sequence")
OutboxValues = tuple[str, str, bytes, str, str, int]
# What the relay adds itself, or a row has in columns.
ADDED = {
    "ce_id",
    "ce_sequence",
    "ce_subject",
    "ce_partitionkey",
    "ce_dataschema",
    "ce_specversion",
    "content-type",
}
TABLES = ("rating", "outcome", "award")
REPEATS = 3


def outbox_rows(records: Records) -> list[OutboxValues]:
    """The outbox rows that became these records, addressed to a topic that nobody reads."""
    rows: list[OutboxValues] = []
    for record in records:
        headers = {name: value.decode() for name, value in _headers(record)}
        shared = {name: headers[name] for name in sorted(headers.keys() - ADDED)}
        event_id, sequence = headers["ce_id"], int(headers["ce_sequence"])
        key, payload = _bytes(record.key()).decode(), _bytes(record.value())
        rows.append((GOALS.name, key, payload, json.dumps(shared), event_id, sequence))
    return rows


def _bytes(value: str | bytes | None) -> bytes:
    return value if isinstance(value, bytes) else (value or "").encode()


def _headers(record: Message) -> list[tuple[str, bytes]]:
    return [(name, _bytes(value)) for name, value in record.headers() or []]


async def copy_seconds(base: asyncpg.Connection, cycle: Cycle, records: Records) -> list[float]:
    """Seconds of COPY of the cycle's rows and outbox rows into empty tables with the same indexes, one commit."""
    dumps: dict[str, bytes] = {}
    for table in TABLES:
        buffer = BytesIO()
        query = f"SELECT * FROM {table} WHERE cycle_id = $1"
        await base.copy_from_query(query, cycle.cycle_id, output=buffer, format="binary")
        dumps[table] = buffer.getvalue()
    for table in (*TABLES, "outbox"):
        await base.execute(f"CREATE TABLE plain_{table} (LIKE {table} INCLUDING ALL)")
    rows, times = outbox_rows(records), list[float]()
    for _ in range(REPEATS):
        started = time.perf_counter()
        async with base.transaction():
            for table, dump in dumps.items():
                await base.copy_to_table(f"plain_{table}", source=BytesIO(dump), format="binary")
            await base.copy_records_to_table("plain_outbox", records=rows, columns=OUTBOX_COLUMNS)
        times.append(time.perf_counter() - started)
        await base.execute("TRUNCATE plain_rating, plain_outcome, plain_award, plain_outbox")
    return times


async def produce_seconds(producer: AIOKafkaProducer, records: Records) -> float:
    """Seconds until the broker has all records, sent one after the other without waiting in between."""
    plain = [(_bytes(record.key()), _bytes(record.value()), _headers(record)) for record in records]
    started = time.perf_counter()
    sent = [await producer.send(GOALS.name, value, key=key, headers=headers) for key, value, headers in plain]
    await asyncio.gather(*sent)
    return time.perf_counter() - started


async def relay_against_produce(stack: Servers, records: Records) -> list[tuple[float, float]]:
    """Seconds of the relay and of a raw produce for the same records, in turns; from commit to an empty outbox."""
    database = await stack.database("goals")
    base, engine = await stack.connect(database), connect(database.worker_url)
    relay = Relay(engine, url=database.worker_url, service="goals", bootstrap=stack.kafka.bootstrap)
    running, rows, pairs = asyncio.create_task(relay.run()), outbox_rows(records), list[tuple[float, float]]()
    try:
        async with stack.producer() as producer:
            # Both know their partitions before anything is timed.
            await produce_seconds(producer, records[:100])
            await _relay_seconds(base, rows[:100])
            for _ in range(REPEATS):
                pairs.append((await _relay_seconds(base, rows), await produce_seconds(producer, records)))
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await engine.dispose()
        await base.close()
    return pairs


async def _relay_seconds(base: asyncpg.Connection, rows: Sequence[OutboxValues]) -> float:
    async with base.transaction():
        await base.copy_records_to_table("outbox", records=rows, columns=OUTBOX_COLUMNS)
        await base.execute("SELECT pg_notify($1, '')", CHANNEL)
    started = time.perf_counter()
    while await base.fetchval("SELECT EXISTS (SELECT FROM outbox)"):  # noqa: ASYNC110 - the relay tells nobody
        await asyncio.sleep(0.01)
    return time.perf_counter() - started
