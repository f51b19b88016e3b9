"""A record as it came from the broker or from the waiting room, before and after its contract is read."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Generic, TypeVar, cast

from aiokafka import ConsumerRecord
from pydantic import TypeAdapter, ValidationError

from plumbline.contracts.event import Event

E = TypeVar("E", bound=Event, covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One record's bytes with its headers as text; ``headers`` is empty when they cannot be read."""

    topic: str
    partition: int
    offset: int
    key: str
    headers: dict[str, str]
    payload: bytes

    @property
    def type(self) -> str | None:
        """The CloudEvents type, if the record has one."""
        return self.headers.get("ce_type")

    @property
    def sequence(self) -> int | None:
        """The sequence in its aggregate, from 1; None when the record has no usable one."""
        text = self.headers.get("ce_sequence", "")
        return int(text) if text.isdecimal() and self.key and int(text) > 0 else None

    @property
    def time(self) -> datetime | None:
        """When the event happened, as its producer says; None when that says no instant."""
        try:
            time = datetime.fromisoformat(self.headers["ce_time"])
        except (KeyError, ValueError):
            return None
        return None if time.tzinfo is None else time

    @property
    def fingerprint(self) -> str:
        """What tells this record from every other: its topic, key, headers and payload."""
        headers = json.dumps(self.headers, sort_keys=True)
        parts = (self.topic, self.key, headers)
        return sha256("\x00".join(parts).encode() + b"\x00" + self.payload).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Received(Generic[E]):
    """An event that was read and is due, with what its envelope says."""

    event: E
    aggregate: str
    sequence: int
    division: str
    event_id: str
    time: datetime | None
    correlation_id: str | None
    traceparent: str | None
    message: Message = field(repr=False)


def from_record(record: ConsumerRecord[Any, Any]) -> Message:
    """Take over a consumed record; what is not UTF-8 counts as absent, so that it is found unreadable."""
    try:
        headers = {name: value.decode() for name, value in record.headers}
        key = (record.key or b"").decode()
    except (UnicodeDecodeError, AttributeError):
        headers, key = {}, ""
    return Message(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=key,
        headers=headers,
        payload=record.value or b"",
    )


def received(message: Message, event: E) -> Received[E]:
    """Join an event with its envelope."""
    headers = message.headers
    return Received(
        event=event,
        aggregate=message.key,
        sequence=message.sequence or 0,
        division=headers.get("ce_division", ""),
        event_id=headers.get("ce_id", ""),
        time=message.time,
        correlation_id=headers.get("ce_correlationid"),
        traceparent=headers.get("ce_traceparent"),
        message=message,
    )


@lru_cache(maxsize=256)
def _list_of(contract: type[Event]) -> TypeAdapter[list[Event]]:
    # The element type is known at run time only.
    adapter: TypeAdapter[list[Event]] = TypeAdapter(cast("Any", list)[contract])
    return adapter


def read_all(contract: type[Event], messages: Sequence[Message]) -> list[Event | str]:
    """Read payloads of one contract in one validation; a payload that does not fit gives its reason instead."""
    try:
        joined = b"[" + b",".join(message.payload for message in messages) + b"]"
        events = _list_of(contract).validate_json(joined)
        if len(events) == len(messages):
            return [*events]
    except ValidationError:
        pass
    return [read_one(contract, message) for message in messages]


def read_one(contract: type[Event], message: Message) -> Event | str:
    """Read one payload, or say what is wrong with it without repeating what stands there."""
    try:
        event = contract.model_validate_json(message.payload)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        fields = "; ".join(f"{'.'.join(map(str, p['loc'])) or 'payload'}: {p['type']}" for p in problems)
        return f"unreadable as {contract.TYPE}: {fields}"
    if event.aggregate != message.key:
        return f"unreadable as {contract.TYPE}: the record's key is not the event's {contract.KEY}"
    return event
