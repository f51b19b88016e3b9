"""Applies each event once and in its aggregate's order, in the transaction of what it changes."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import structlog
from opentelemetry.trace import SpanKind
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from plumbline.contracts.event import Event
from plumbline.contracts.topics import TOPICS, Topic
from plumbline.runtime.batches import arrange_batch, collector_paused, parts_of, place_of
from plumbline.runtime.failpoints import reach
from plumbline.runtime.failures import is_infrastructure
from plumbline.runtime.inbox_store import InboxStore, Mark, Parking
from plumbline.runtime.message import Message, Received, read_all, received
from plumbline.runtime.telemetry import continue_trace, continue_traces

log = structlog.get_logger("plumbline.inbox")

Apply = Callable[[AsyncConnection, Sequence[Received[Any]]], Awaitable[None]]
Then = Callable[[AsyncEngine, datetime | None], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """What a service does with all the events of one contract that are due at once.

    ``apply`` gets them in each aggregate's order, works in sets inside the open transaction, and raises
    ``Refused`` for those that a rule does not let in. Of a state topic it gets one record a key: the newest.

    ``then`` follows when the batch is durable and before it is acknowledged, in transactions of its own, for
    work that looks at what several batches or workers stored. It gets the newest time of the batch's events,
    and comes again with a redelivered batch, so it finds in the database what is left to do.
    """

    event: type[Event]
    apply: Apply
    then: Then | None = None


def consumed_topics(handlers: Sequence[Handler]) -> tuple[str, ...]:
    """The topics that handlers read, each once."""
    return tuple(dict.fromkeys(handler.event.TOPIC.name for handler in handlers))


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One event that a rule refuses, and the rule's reason (no personal content)."""

    received: Received[Any]
    reason: str


class Refused(Exception):
    """Some events cannot be applied; the others of the batch are applied without them."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(f"{len(refusals)} events refused")
        self.refusals = tuple(refusals)


class Inbox:
    """A consumer's inbox over one database."""

    def __init__(self, engine: AsyncEngine, *, consumer: str, handlers: Sequence[Handler]) -> None:
        self._engine = engine
        self._consumer = consumer
        self._handlers: Mapping[str, Handler] = {handler.event.TYPE: handler for handler in handlers}
        ordered = {handler.event.TOPIC.name: handler.event.TOPIC for handler in handlers}
        self._topics: Mapping[str, Topic] = ordered

    async def receive(self, messages: Sequence[Message]) -> None:
        """Apply a batch, the topics in the order in which handlers name them.

        One transaction a topic; more of them when the records are large, so that what is read at once is bounded.
        """
        order = {name: index for index, name in enumerate(self._topics)}
        known = sorted((m for m in messages if m.topic in order), key=lambda m: order[m.topic])
        for name, group in groupby(known, key=lambda message: message.topic):
            for part in parts_of(group):
                async with collector_paused(), self._engine.begin() as tx:
                    await self.receive_in(tx, TOPICS[name], part)
                    await reach("inbox.before_commit")
                await reach("inbox.after_commit")
        await self.follow_up(known)

    async def follow_up(self, messages: Sequence[Message]) -> None:
        """Do what follows from the topics of these records, each thing once."""
        topics = {message.topic for message in messages}
        newest = max((message.time for message in messages if message.time is not None), default=None)
        with continue_traces((message.headers.get("ce_traceparent") for message in messages), "follow up"):
            await self._follow_up(topics, newest)

    async def finish(self) -> None:
        """Do what follows from any topic: what somebody who ended in between may have left undone."""
        with continue_trace(None, "finish", kind=SpanKind.INTERNAL):
            await self._follow_up(self._topics, None)

    async def _follow_up(self, topics: Collection[str], newest: datetime | None) -> None:
        due = {each.then: None for each in self._handlers.values() if each.event.TOPIC.name in topics}
        for then in due:
            if then is not None:
                async with collector_paused():
                    await then(self._engine, newest)

    async def receive_in(
        self, tx: AsyncConnection, topic: Topic, messages: Sequence[Message], *, drain: Sequence[str] = ()
    ) -> None:
        """Apply one topic's records in the open transaction; ``drain`` names aggregates to look at anyway."""
        store = InboxStore(tx, consumer=self._consumer, topic=topic.name)
        loose = [Parking(message=m, reason="no key or no sequence") for m in messages if m.sequence is None]
        arrived = {(m.key, m.sequence): m for m in messages if m.sequence is not None}
        await reach("inbox.before")
        marks = await store.lock({key for key, _ in arrived} | set(drain))
        stored = await self._fetch_waiting(store, marks)
        due, held = arrange_batch(topic, marks, {**stored, **arrived})
        await reach("inbox.after")
        outcome = await self._apply_due(tx, topic, marks, due)
        held += outcome.behind
        await self._write(store, marks, held=held, stored=stored, parked=[*loose, *outcome.parked])

    async def _fetch_waiting(
        self, store: InboxStore, marks: Mapping[str, Mark]
    ) -> dict[tuple[str, int | None], Message]:
        with_waiting = [key for key, mark in marks.items() if mark.waiting]
        if not with_waiting:
            return {}
        return {(m.key, m.sequence): m for m in await store.waiting(with_waiting)}

    async def _write(
        self,
        store: InboxStore,
        marks: dict[str, Mark],
        *,
        held: Sequence[Message],
        stored: Mapping[tuple[str, int | None], Message],
        parked: Sequence[Parking],
    ) -> None:
        keep = {(message.key, message.sequence) for message in held}
        gone = [message for pair, message in stored.items() if pair not in keep]
        fresh = [message for message in held if (message.key, message.sequence) not in stored]
        for mark in marks.values():
            mark.waiting = 0
        for key, _ in keep:
            marks[key].waiting += 1
        if gone:
            await store.unhold(gone)
        if fresh:
            await store.hold(fresh)
        if parked:
            await store.park(parked)
            log.warning("parked", consumer=self._consumer, count=len(parked), reasons=_reasons(parked))
        if marks:
            await store.save(marks)

    async def _apply_due(
        self, tx: AsyncConnection, topic: Topic, marks: dict[str, Mark], due: Mapping[str, Sequence[Message]]
    ) -> "_Outcome":
        """Apply what is due; whatever is refused is parked, and its aggregate's later records go behind it."""
        outcome = _Outcome(parked=[], behind=[])
        ready = {key: list(queue) for key, queue in due.items()}
        read = self._read(ready)
        for key, queue in ready.items():
            for message in queue:
                problem = read.get(place_of(message))
                if isinstance(problem, str):
                    outcome.park(ready[key], message, problem, marks[key])
                    break
        pending = {key: queue for key, queue in ready.items() if queue}
        while pending:
            batch = self._due_events(topic, pending, read)
            refusals, settled = await self._try(tx, batch)
            for refusal in refusals:
                queue = pending[refusal.received.aggregate]
                if refusal.received.message in queue:
                    mark = marks[refusal.received.aggregate]
                    outcome.park(queue, refusal.received.message, refusal.reason, mark)
            pending = {key: queue for key, queue in pending.items() if queue}
            if settled:
                break
        for key, queue in pending.items():
            marks[key].last = queue[-1].sequence or marks[key].last
        return outcome

    def _read(self, ready: Mapping[str, Sequence[Message]]) -> dict[tuple[str, int | None], Event | str]:
        """Read every record that a handler wants, one validation a contract."""
        by_type: dict[str, list[Message]] = {}
        for queue in ready.values():
            for message in queue:
                if (name := message.type) in self._handlers and name is not None:
                    by_type.setdefault(name, []).append(message)
        read: dict[tuple[str, int | None], Event | str] = {}
        for name, messages in by_type.items():
            events = read_all(self._handlers[name].event, messages)
            read.update({place_of(message): event for message, event in zip(messages, events, strict=True)})
        return read

    def _due_events(
        self,
        topic: Topic,
        pending: Mapping[str, Sequence[Message]],
        read: Mapping[tuple[str, int | None], Event | str],
    ) -> list[tuple[str, list[Received[Any]]]]:
        """The due events in waves of one contract each, so that each aggregate's order is kept."""
        waves: dict[tuple[int, str], list[Received[Any]]] = {}
        for queue in pending.values():
            level, previous = 0, None
            for message in queue if topic.kind == "events" else queue[-1:]:
                event = read.get(place_of(message))
                if event is None or isinstance(event, str):
                    continue
                level += previous is not None and previous != event.TYPE
                previous = event.TYPE
                waves.setdefault((level, event.TYPE), []).append(received(message, event))
        return [(name, waves[level, name]) for level, name in sorted(waves)]

    async def _try(
        self, tx: AsyncConnection, waves: Sequence[tuple[str, list[Received[Any]]]]
    ) -> tuple[Sequence[Refusal], bool]:
        """Apply all waves; answers what to leave out, and whether everything else is applied already."""
        try:
            async with tx.begin_nested() if waves else nullcontext():
                for name, events in waves:
                    with _span(name, events):
                        await self._handlers[name].apply(tx, events)
        except Refused as refused:
            return refused.refusals, False
        except Exception as error:
            if is_infrastructure(error):
                raise
            log.exception("unexpected", consumer=self._consumer, types=[name for name, _ in waves])
            return await self._apply_singly(tx, waves), True
        await reach("inbox.rows")
        return (), True

    async def _apply_singly(
        self, tx: AsyncConnection, waves: Sequence[tuple[str, list[Received[Any]]]]
    ) -> Sequence[Refusal]:
        """After an unexpected error: apply the events one by one, so that only the culprits stay out."""
        culprits: dict[str, Refusal] = {}
        for name, events in waves:
            for event in events:
                if event.aggregate in culprits:
                    continue
                try:
                    async with tx.begin_nested():
                        with _span(name, [event]):
                            await self._handlers[name].apply(tx, [event])
                except Refused as refused:
                    culprits[event.aggregate] = refused.refusals[0]
                except Exception as error:
                    if is_infrastructure(error):
                        raise
                    reason = f"unexpected {type(error).__name__}"
                    culprits[event.aggregate] = Refusal(received=event, reason=reason)
        return list(culprits.values())


@dataclass(slots=True, kw_only=True)
class _Outcome:
    """What could not be applied: parked records, and the records that now wait behind them."""

    parked: list[Parking]
    behind: list[Message]

    def park(self, queue: list[Message], message: Message, reason: str, mark: Mark) -> None:
        """Park a record; what stood behind it in its queue waits, what stood before it still applies."""
        place = queue.index(message)
        self.parked.append(Parking(message=message, reason=reason))
        self.behind.extend(queue[place + 1 :])
        del queue[place:]
        mark.parked = message.sequence


def _span(name: str, events: Sequence[Received[Any]]) -> AbstractContextManager[object]:
    """The span of a batch: it goes on with the first event's trace and points to the others'."""
    return continue_traces((event.traceparent for event in events), f"receive {name}")


def _reasons(parkings: Sequence[Parking]) -> list[str]:
    return sorted({parking.reason for parking in parkings})
