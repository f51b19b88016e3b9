"""What follows from a finalization is in the trace of the request that finalized, whatever made it possible to decide."""

import json
from collections.abc import Iterator, Sequence

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from published import DIVISION, Bus, assessed, finalized, opened, pay, person, policy
from sqlalchemy.ext.asyncio import AsyncEngine

from outcomes.inbound.kafka import HANDLERS
from plumbline.contracts.event import Event
from plumbline.contracts.outcomes import MeritAwardedV1
from plumbline.runtime.inbox import Inbox
from plumbline.runtime.message import Message
from plumbline_local.testing_databases import rows
from plumbline_local.testing_spans import record_spans

STAFF = (
    person("vp", manager=None),
    person("boss", manager="vp"),
    person("hr", manager="vp", roles=(f"hr_partner:{DIVISION}",)),
)
IMPORT, FIRST, SECOND = ("1" * 32, "2" * 32, "3" * 32)


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    yield from record_spans()


def traced(bus: Bus, trace_id: str, *events: Event) -> list[Message]:
    """These events as a request of that trace announced them."""
    messages = bus.number(*events)
    for message in messages:
        message.headers["ce_traceparent"] = f"00-{trace_id}-00f067aa0ba902b7-01"
    return messages


async def traces(engine: AsyncEngine, kind: str | None = None) -> list[str]:
    """The trace of each announced event, of one type or of all."""
    headers = [
        json.loads(str(row[0])) for row in await rows(engine, "SELECT headers FROM outbox ORDER BY id")
    ]
    return [each["ce_traceparent"].split("-")[1] for each in headers if kind in (None, each["ce_type"])]


def linked(spans: InMemorySpanExporter, name: str) -> list[set[str]]:
    """The traces that the spans of that name are linked to."""
    found = [span for span in spans.get_finished_spans() if span.name == name]
    return [{format(link.context.trace_id, "032x") for link in span.links} for span in found]


async def prepare(bus: Bus, *people: str, departments: Sequence[str]) -> None:
    await bus.publish(*STAFF, policy(), opened(*departments))
    for each in people:
        await bus.deliver(bus.number(person(each), assessed(each)))


async def test_everything_that_follows_from_one_finalization_is_in_its_trace(
    bus: Bus, engine: AsyncEngine, spans: InMemorySpanExporter
) -> None:
    await prepare(bus, "jane", departments=["Payments"])
    paid = traced(bus, IMPORT, pay("jane"))
    await bus.deliver([*paid, *traced(bus, FIRST, *finalized("Payments", {"jane": "4"}))])
    assert len(await traces(engine, MeritAwardedV1.TYPE)) == 1
    assert set(await traces(engine)) == {FIRST}, "the pay record came first, but it is not what decided"
    assert linked(spans, "follow up")[-1] == {FIRST}


async def test_a_rating_that_waited_for_pay_is_decided_in_the_trace_of_its_finalization(
    bus: Bus, engine: AsyncEngine, spans: InMemorySpanExporter
) -> None:
    await prepare(bus, "jane", departments=["Payments"])
    await bus.deliver(traced(bus, FIRST, *finalized("Payments", {"jane": "4"})))
    assert await traces(engine) == []
    await bus.deliver(traced(bus, IMPORT, pay("jane")))
    assert set(await traces(engine)) == {FIRST}
    assert IMPORT in linked(spans, "decide")[-1]


async def test_several_finalizations_at_once_are_one_span_that_is_linked_to_each(
    bus: Bus, engine: AsyncEngine, spans: InMemorySpanExporter
) -> None:
    await prepare(bus, "a", "b", departments=["Payments", "Platform"])
    await bus.publish(pay("a"), pay("b"))
    first = traced(bus, FIRST, *finalized("Payments", {"a": "4"}))
    await bus.deliver([*first, *traced(bus, SECOND, *finalized("Platform", {"b": "3"}))])
    for name in ("follow up", "decide", "announce awards"):
        (span,) = [each for each in spans.get_finished_spans() if each.name == name][-1:]
        assert span.context is not None
        own = format(span.context.trace_id, "032x")
        assert {own} | linked(spans, name)[-1] == {FIRST, SECOND}, name
    assert set(await traces(engine)) <= {FIRST, SECOND}


async def test_what_a_repair_left_undone_is_finished_in_the_trace_of_its_finalization(
    bus: Bus, engine: AsyncEngine, spans: InMemorySpanExporter
) -> None:
    await prepare(bus, "jane", departments=["Payments"])
    await bus.publish(pay("jane"))
    inbox = Inbox(engine, consumer="pm.outcomes", handlers=HANDLERS)
    (message,) = traced(bus, FIRST, *finalized("Payments", {"jane": "4"}))
    async with engine.begin() as tx:
        await inbox.receive_in(tx, HANDLERS[-1].event.TOPIC, [message])
    assert await traces(engine) == []
    await inbox.finish()
    assert set(await traces(engine)) == {FIRST}
    assert len(linked(spans, "finish")) == 1
