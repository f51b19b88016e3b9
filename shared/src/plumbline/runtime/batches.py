"""How a batch of records is cut into transactions, and which of its records are due."""

import gc
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager

from plumbline.contracts.topics import Topic
from plumbline.runtime.inbox_store import Mark
from plumbline.runtime.message import Message
from plumbline.runtime.sequencing import arrange

# Read, a record takes some twenty times its bytes.
PART_BYTES = 400_000


def parts_of(messages: Iterable[Message]) -> Iterator[list[Message]]:
    """Consecutive records of at most ``PART_BYTES`` together, or one that is larger."""
    part, size = list[Message](), 0
    for message in messages:
        if part and size + len(message.payload) > PART_BYTES:
            yield part
            part, size = [], 0
        part.append(message)
        size += len(message.payload)
    if part:
        yield part


def place_of(message: Message) -> tuple[str, int | None]:
    """A record's aggregate and its sequence there."""
    return (message.key, message.sequence)


def arrange_batch(
    topic: Topic, marks: Mapping[str, Mark], present: Mapping[tuple[str, int | None], Message]
) -> tuple[dict[str, list[Message]], list[Message]]:
    """Split the records at hand into those that are due, by aggregate and in order, and those that wait."""
    sequences: dict[str, list[int]] = {}
    for key, sequence in present:
        sequences.setdefault(key, []).append(sequence or 0)
    due: dict[str, list[Message]] = {}
    held: list[Message] = []
    for key, numbers in sequences.items():
        mark = marks[key]
        plan = arrange(last=mark.last, ordered=topic.kind == "events", parked=mark.parked, present=numbers)
        if plan.apply:
            due[key] = [present[key, number] for number in plan.apply]
        held.extend(present[key, number] for number in plan.hold)
    return due, held


@asynccontextmanager
async def collector_paused() -> AsyncGenerator[None]:
    """No garbage collection within a batch: what it makes has no cycles, and walking a company's people again
    and again took 40 % of the processor time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
