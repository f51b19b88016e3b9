"""Reads and writes the inbox's rows, a batch at a time."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.database import raw
from plumbline.runtime.message import Message

_LOCK = """
SELECT aggregate, last, waiting, parked FROM inbox_watermark
WHERE consumer = $1 AND topic = $2 AND aggregate = ANY($3::text[])
ORDER BY aggregate FOR UPDATE
"""
_INTRODUCE = """
INSERT INTO inbox_watermark (consumer, topic, aggregate)
SELECT $1, $2, aggregate FROM unnest($3::text[]) AS aggregate ORDER BY aggregate
ON CONFLICT DO NOTHING
"""
_SAVE = """
UPDATE inbox_watermark AS w SET last = n.last, waiting = n.waiting, parked = n.parked
FROM unnest($3::text[], $4::bigint[], $5::int[], $6::bigint[]) AS n (aggregate, last, waiting, parked)
WHERE w.consumer = $1 AND w.topic = $2 AND w.aggregate = n.aggregate
"""
_WAITING = """
SELECT aggregate, sequence, partition, "offset", headers, payload FROM inbox_waiting
WHERE consumer = $1 AND topic = $2 AND aggregate = ANY($3::text[])
"""
_HOLD = """
INSERT INTO inbox_waiting (consumer, topic, aggregate, sequence, partition, "offset", headers, payload)
SELECT $1, $2, * FROM unnest($3::text[], $4::bigint[], $5::int[], $6::bigint[], $7::text[], $8::bytea[])
ON CONFLICT DO NOTHING
"""
_UNHOLD = """
DELETE FROM inbox_waiting AS w USING unnest($3::text[], $4::bigint[]) AS n (aggregate, sequence)
WHERE w.consumer = $1 AND w.topic = $2 AND w.aggregate = n.aggregate AND w.sequence = n.sequence
"""
# A record that was parked, healed and is now refused again takes its old row back.
_PARK = """
INSERT INTO inbox_parked
    (consumer, topic, aggregate, sequence, partition, "offset", headers, payload, reason, fingerprint)
SELECT $1, $2, * FROM unnest($3::text[], $4::bigint[], $5::int[], $6::bigint[], $7::text[], $8::bytea[],
    $9::text[], $10::text[])
ON CONFLICT ON CONSTRAINT inbox_parked_once DO UPDATE SET reason = excluded.reason
"""


@dataclass(slots=True, kw_only=True)
class Mark:
    """An aggregate's watermark while a batch is worked on; ``last`` is the last applied sequence."""

    last: int = 0
    waiting: int = 0
    parked: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parking:
    """A record that cannot be applied, and why."""

    message: Message
    reason: str


class InboxStore:
    """The inbox rows of one consumer and topic, inside one transaction."""

    def __init__(self, tx: AsyncConnection, *, consumer: str, topic: str) -> None:
        self._tx = tx
        self._scope = (consumer, topic)

    async def lock(self, aggregates: Collection[str]) -> dict[str, Mark]:
        """Lock the watermarks of these aggregates in sorted order; new ones start at 0."""
        driver, wanted = await raw(self._tx), sorted(aggregates)
        rows = await driver.fetch(_LOCK, *self._scope, wanted)
        if len(rows) < len(wanted):
            # Introduced first and locked then, all together and in order, so that two workers cannot deadlock.
            await driver.execute(_INTRODUCE, *self._scope, wanted)
            rows = await driver.fetch(_LOCK, *self._scope, wanted)
        return {
            row["aggregate"]: Mark(last=row["last"], waiting=row["waiting"], parked=row["parked"])
            for row in rows
        }

    async def save(self, marks: dict[str, Mark]) -> None:
        """Write the watermarks back."""
        names = sorted(marks)
        await (await raw(self._tx)).execute(
            _SAVE,
            *self._scope,
            names,
            [marks[name].last for name in names],
            [marks[name].waiting for name in names],
            [marks[name].parked for name in names],
        )

    async def waiting(self, aggregates: Collection[str]) -> list[Message]:
        """The records of these aggregates that wait behind a gap or a parked record."""
        rows = await (await raw(self._tx)).fetch(_WAITING, *self._scope, sorted(aggregates))
        return [
            Message(
                topic=self._scope[1],
                partition=row["partition"],
                offset=row["offset"],
                key=row["aggregate"],
                headers=json.loads(row["headers"]),
                payload=row["payload"],
            )
            for row in rows
        ]

    async def hold(self, messages: Sequence[Message]) -> None:
        """Let records wait; one that waits already is left alone."""
        await (await raw(self._tx)).execute(
            _HOLD, *self._scope, *_columns(messages, key=[message.key for message in messages])
        )

    async def unhold(self, messages: Sequence[Message]) -> None:
        """Take records out of the waiting room."""
        await (await raw(self._tx)).execute(
            _UNHOLD,
            *self._scope,
            [message.key for message in messages],
            [message.sequence for message in messages],
        )

    async def park(self, parkings: Iterable[Parking]) -> None:
        """Park records with their reasons; the same record again changes nothing but the reason."""
        rows = list(parkings)
        messages = [row.message for row in rows]
        keys = [message.key if message.sequence is not None else None for message in messages]
        await (await raw(self._tx)).execute(
            _PARK,
            *self._scope,
            *_columns(messages, key=keys),
            [row.reason for row in rows],
            [message.fingerprint for message in messages],
        )


def _columns(messages: Sequence[Message], *, key: Sequence[str | None]) -> tuple[list[object], ...]:
    return (
        list(key),
        [message.sequence for message in messages],
        [message.partition for message in messages],
        [message.offset for message in messages],
        [json.dumps(message.headers) for message in messages],
        [message.payload for message in messages],
    )
