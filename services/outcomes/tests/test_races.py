"""Two workers at once: whoever commits last sees the other's part, so that somebody decides."""

import asyncio
from collections.abc import Sequence

import pytest
import sqlalchemy as sa
from published import Bus, assessed, finalized, opened, pay, person, policy
from sqlalchemy.ext.asyncio import AsyncEngine
from unpaid import STATES

from outcomes.inbound.kafka import HANDLERS
from plumbline.contracts.event import Event
from plumbline.contracts.topics import TOPICS
from plumbline.runtime.inbox import Inbox
from plumbline.runtime.message import Message

STAFF = (person("vp", manager=None), person("boss", manager="vp"))


async def deliver_at_once(engine: AsyncEngine, first: Message, second: Message) -> None:
    """The second worker begins while the first one's transaction is still open; each decides after its own."""
    inbox = Inbox(engine, consumer="pm.outcomes", handlers=HANDLERS)
    async with engine.begin() as tx:
        await inbox.receive_in(tx, TOPICS[first.topic], [first])
        other = asyncio.create_task(inbox.receive([second]))
        await asyncio.sleep(0.3)
    await asyncio.wait_for(asyncio.gather(inbox.follow_up([first]), other), 60)


async def states(engine: AsyncEngine) -> Sequence[str]:
    async with engine.begin() as tx:
        return [state for *_, state in (await tx.execute(sa.text(STATES))).all()]


async def test_two_chunks_of_one_session_at_once_complete_it(bus: Bus, engine: AsyncEngine) -> None:
    await bus.publish(
        *STAFF, *[event for name in "ab" for event in (person(name), pay(name), assessed(name))]
    )
    await bus.publish(policy(), opened("Payments"))
    one, two = bus.number(*finalized("Payments", {"a": "4", "b": "3"}, chunk_size=1))
    await deliver_at_once(engine, one, two)
    assert await states(engine) == ["decided", "decided"]


INPUTS = {"pay": pay("a"), "person": person("a"), "assessment": assessed("a"), "policy": policy()}


@pytest.mark.parametrize("late", INPUTS)
async def test_a_rating_and_the_input_that_it_waits_for_at_once_are_decided(
    bus: Bus, engine: AsyncEngine, late: str
) -> None:
    others: list[Event] = [event for name, event in INPUTS.items() if name != late]
    await bus.publish(*STAFF, *others, opened("Payments"))
    (rating,) = bus.number(*finalized("Payments", {"a": "4"}))
    (last,) = bus.number(INPUTS[late])
    await deliver_at_once(engine, last, rating)
    assert await states(engine) == ["decided"]


async def test_two_inputs_of_a_waiting_rating_at_once_decide_it(bus: Bus, engine: AsyncEngine) -> None:
    await bus.publish(*STAFF, person("a"), policy(), opened("Payments"), *finalized("Payments", {"a": "4"}))
    one, two = bus.number(pay("a"), assessed("a"))
    await deliver_at_once(engine, one, two)
    assert await states(engine) == ["decided"]


async def test_workers_that_decide_at_once_decide_everybody_once(bus: Bus, engine: AsyncEngine) -> None:
    people = [f"p{number:03}" for number in range(40)]
    known = [event for name in people for event in (person(name), pay(name), assessed(name))]
    await bus.publish(*STAFF, *known, opened("Payments"))
    await bus.publish(*finalized("Payments", dict.fromkeys(people, "4")))
    (last,) = bus.number(policy())
    inbox = Inbox(engine, consumer="pm.outcomes", handlers=HANDLERS)
    async with engine.begin() as tx:
        await inbox.receive_in(tx, TOPICS[last.topic], [last])
    await asyncio.gather(*[inbox.follow_up([last]) for _ in range(4)])
    assert await states(engine) == ["decided"] * 40
    async with engine.begin() as tx:
        events = await tx.execute(sa.text("SELECT key, count(*) FROM outbox GROUP BY key ORDER BY key"))
        assert [tuple(row) for row in events] == [(name, 2) for name in people]


async def test_what_somebody_left_undecided_is_decided_at_the_next_start(
    bus: Bus, engine: AsyncEngine
) -> None:
    await bus.publish(*STAFF, person("a"), assessed("a"), policy(), opened("Payments"))
    await bus.publish(*finalized("Payments", {"a": "4"}))
    (last,) = bus.number(pay("a"))
    inbox = Inbox(engine, consumer="pm.outcomes", handlers=HANDLERS)
    async with engine.begin() as tx:
        await inbox.receive_in(tx, TOPICS[last.topic], [last])
    assert await states(engine) == ["awaiting_inputs"]
    await inbox.finish()
    assert await states(engine) == ["decided"]
