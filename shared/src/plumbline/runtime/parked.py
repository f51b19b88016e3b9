"""Heals parked records: tries one again, or gives it up, under the same lock as the live path; all of it audited."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from plumbline.contracts.topics import TOPICS
from plumbline.runtime.access import Action
from plumbline.runtime.inbox import Handler, Inbox
from plumbline.runtime.inbox_store import InboxStore
from plumbline.runtime.inbox_tables import parked
from plumbline.runtime.message import Message
from plumbline.runtime.operators import Operator


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedRecord:
    """A parked record as an operator sees it; the payload may hold personal data, so lists leave it out."""

    id: int
    topic: str
    aggregate: str | None
    sequence: int | None
    reason: str
    parked_at: datetime
    message: Message


async def list_parked(tx: AsyncConnection, *, consumer: str) -> list[ParkedRecord]:
    """Every record of this consumer that is parked and not settled, oldest first."""
    query = (
        sa.select(parked)
        .where(parked.c.consumer == consumer, parked.c.settled_at.is_(None))
        .order_by(parked.c.id)
    )
    return [_record(row) for row in await tx.execute(query)]


async def show(tx: AsyncConnection, *, consumer: str, parked_id: int, by: Operator) -> ParkedRecord:
    """One parked record with its payload, for an operator's eyes, which the audit log tells of.

    Raises:
        LookupError: there is no such parked record.
    """
    record = await _take(tx, consumer=consumer, parked_id=parked_id)
    await _note(tx, record, by, action=Action.READ, purpose="show")
    return record


async def heal(
    engine: AsyncEngine,
    *,
    consumer: str,
    handlers: Sequence[Handler],
    parked_id: int,
    how: Literal["retry", "discard"],
    by: Operator,
) -> str:
    """Retry or discard one parked record, then apply what waited behind it, in one transaction with its audit entry.

    Returns:
        ``applied``, ``discarded``, or ``parked again: <reason>``.

    Raises:
        LookupError: there is no such parked record.
    """
    inbox = Inbox(engine, consumer=consumer, handlers=handlers)
    async with engine.begin() as tx:
        record = await _take(tx, consumer=consumer, parked_id=parked_id)
        topic = TOPICS[record.topic]
        blocking = record.aggregate if record.sequence is not None else None
        if blocking is not None:
            await _unblock(tx, consumer=consumer, record=record, skip=how == "discard")
        again = [record.message] if how == "retry" and blocking is not None else []
        await inbox.receive_in(tx, topic, again, drain=[blocking] if blocking is not None else [])
        answer = await _settle(tx, record=record, blocking=blocking, consumer=consumer, how=how)
        # Why it is parked again may quote a rule, never a person's data; the log takes neither.
        await _note(tx, record, by, action=Action.DECIDE, purpose=f"{how}, {answer.partition(':')[0]}")
    await inbox.follow_up([record.message])
    return answer


async def _note(
    tx: AsyncConnection, record: ParkedRecord, by: Operator, *, action: Action, purpose: str
) -> None:
    """A record that names no person and no thing is called by its number."""
    subject = record.aggregate or record.message.headers.get("ce_subject") or f"parked:{record.id}"
    about = f"{purpose}: parked record {record.id} of {record.topic}"
    await by.note(tx, subject=subject, action=action, purpose=about)


async def _take(tx: AsyncConnection, *, consumer: str, parked_id: int) -> ParkedRecord:
    query = sa.select(parked).where(
        parked.c.id == parked_id, parked.c.consumer == consumer, parked.c.settled_at.is_(None)
    )
    row = (await tx.execute(query)).one_or_none()
    if row is None:
        raise LookupError(f"no parked record {parked_id} of {consumer}; `plumbline parked list` shows them")
    return _record(row)


async def _unblock(tx: AsyncConnection, *, consumer: str, record: ParkedRecord, skip: bool) -> None:
    """Lift the block under the watermark's lock; ``skip`` counts the record as applied."""
    store = InboxStore(tx, consumer=consumer, topic=record.topic)
    marks = await store.lock([record.aggregate or ""])
    mark = marks[record.aggregate or ""]
    if mark.parked == record.sequence:
        mark.parked = None
        if skip and record.sequence is not None:
            mark.last = max(mark.last, record.sequence)
        await store.save(marks)


async def _settle(
    tx: AsyncConnection, *, record: ParkedRecord, blocking: str | None, consumer: str, how: str
) -> str:
    """Close the row, unless the record was refused again or cannot be retried at all."""
    if how == "retry":
        if blocking is None:
            return "parked again: without a key and a sequence it can only be discarded"
        store = InboxStore(tx, consumer=consumer, topic=record.topic)
        if (await store.lock([blocking]))[blocking].parked == record.sequence:
            reason = await tx.scalar(sa.select(parked.c.reason).where(parked.c.id == record.id))
            return f"parked again: {reason}"
    answer = "applied" if how == "retry" else "discarded"
    values = {"settled_at": sa.func.now(), "settled_as": answer}
    await tx.execute(parked.update().where(parked.c.id == record.id).values(values))
    return answer


def _record(row: sa.Row[tuple[object, ...]]) -> ParkedRecord:
    data = row._mapping  # pyright: ignore[reportPrivateUsage] - SQLAlchemy's documented name for it
    return ParkedRecord(
        id=data["id"],
        topic=data["topic"],
        aggregate=data["aggregate"],
        sequence=data["sequence"],
        reason=data["reason"],
        parked_at=data["parked_at"],
        message=Message(
            topic=data["topic"],
            partition=data["partition"],
            offset=data["offset"],
            key=data["aggregate"] or "",
            headers=json.loads(data["headers"]),
            payload=data["payload"],
        ),
    )
