"""Unreadable records are parked and hold up their own key only; discarding them lets what waited go on."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from acting import attest, ready_for_ratings
from company import Company, Sent
from oracle import Outcomes
from processes import plumbline
from wire import UNREADABLE, send

from plumbline.runtime.database import connect
from plumbline.runtime.operators import Operator
from plumbline.runtime.parked import heal
from plumbline.runtime.service import find, load
from plumbline_local.state import StackState

TOPICS = {handler.event.TOPIC.name for handler in load(find("outcomes").handlers)}

pytestmark = pytest.mark.faults


async def test_one_poison_message_a_topic_is_parked_and_holds_up_only_its_key(outcomes: Outcomes) -> None:
    healthy, poisoned, stack = Company(), Company(), outcomes.stack
    ordered, loose, later = poison([*poisoned.background(), *poisoned.ratings()])
    assert {each.event.TOPIC.name for each in ordered} == TOPICS
    await send(stack.kafka, [*ordered, *healthy.background(), *loose])
    await ready_for_ratings(outcomes, healthy)
    await attest(outcomes, healthy)
    await send(stack.kafka, [*later, *healthy.ratings()])
    await outcomes.awarded(healthy)
    injected = len(ordered) + len(loose)
    unsettled = "SELECT count(*) FROM inbox_parked WHERE settled_at IS NULL"
    await outcomes.until(unsettled, expected=[(injected,)])
    await outcomes.check(healthy, parked=injected)
    waiting = "SELECT topic, aggregate, sequence FROM inbox_waiting ORDER BY topic"
    behind = sorted((each.event.TOPIC.name, each.event.aggregate, 2) for each in ordered)
    await outcomes.until(waiting, expected=behind)
    cycle = poisoned.cycle_id
    assert await outcomes.count("rating WHERE cycle_id = $1", cycle) == 0

    await ready_for_ratings(outcomes, poisoned, held=1)
    listed = json.loads(await plumbline(stack, "parked", "list", "--service", "outcomes", "--json"))["parked"]
    assert sorted((each["topic"], each["sequence"] or 0) for each in listed) == sorted(
        (topic, sequence) for topic in TOPICS for sequence in (0, 1)
    )
    assert (await told_of(stack, "outcomes")) == {
        "parked": injected,
        "waiting": len(behind),
        "outbox": 0,
        "quarantined": 0,
        "ready": True,
        "error": None,
    }
    await discard_all(outcomes, [each["id"] for each in listed])
    await outcomes.awarded(poisoned)
    await outcomes.check(poisoned)


async def told_of(stack: StackState, service: str) -> dict[str, Any]:
    """What ``plumbline status`` says of a service that has caught up."""
    async with asyncio.timeout(60):
        while True:
            told = json.loads(await plumbline(stack, "status", "--json"))
            (found,) = [each for each in told["services"] if each["name"] == service]
            if found["lag"] == 0:
                break
    (runs,) = [each for each in stack.services if each.name == service]
    assert (told["running"], told["kafka"]) == (True, stack.kafka)
    assert (found["url"], found["database_url"]) == (runs.url, runs.database_url)
    return {name: found[name] for name in ("parked", "waiting", "outbox", "quarantined", "ready", "error")}


def poison(records: Sequence[Sent]) -> tuple[list[Sent], list[Sent], list[Sent]]:
    """One aggregate a topic begins with an unreadable record; another copy of it lacks its sequence.

    Returns:
        The unreadable ones, those without a sequence, and the given records with the sequences behind them.
    """
    victims = {each.event.TOPIC.name: each for each in reversed(records)}
    ordered = [replace(each, payload=UNREADABLE) for each in victims.values()]
    loose = [replace(each, payload=UNREADABLE, sequence=None) for each in victims.values()]
    places = {(name, each.event.aggregate) for name, each in victims.items()}
    later = [
        replace(
            each, sequence=(each.sequence or 0) + ((each.event.TOPIC.name, each.event.aggregate) in places)
        )
        for each in records
    ]
    return ordered, loose, later


async def discard_all(outcomes: Outcomes, ids: Sequence[int]) -> None:
    """The first by the command, after it was tried again in vain; the others as the command does it."""
    where = ("--service", "outcomes")
    assert "parked again" in await plumbline(outcomes.stack, "parked", "retry", str(ids[0]), *where)
    assert "discarded" in await plumbline(outcomes.stack, "parked", "discard", str(ids[0]), *where)
    service = find("outcomes")
    engine = connect(outcomes.stack.services[0].database_url)
    try:
        for parked_id in ids[1:]:
            answer = await heal(
                engine,
                consumer=service.consumer,
                handlers=load(service.handlers),
                parked_id=parked_id,
                how="discard",
                by=Operator(name="olga", service=service.name, at=datetime.now(UTC)),
            )
            assert answer == "discarded"
    finally:
        await engine.dispose()
