"""What is announced for many at once is written without its contract; here it is held to it."""

import sqlalchemy as sa
from published import Bus, assessed, finalized, opened, pay, person, policy
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline.contracts.event import Event, Rating
from plumbline.contracts.outcomes import MeritAwardedV1, OutcomesDecidedV1

CONTRACTS: dict[str, type[Event]] = {each.TYPE: each for each in (OutcomesDecidedV1, MeritAwardedV1)}


async def test_every_payload_is_what_its_contract_would_write(bus: Bus, engine: AsyncEngine) -> None:
    people: dict[str, Rating] = {"a": "5", "b": "4", "c": "3", "d": "2", 'ünïcode "e"': "1"}
    await bus.publish(person("vp", manager=None), person("boss", manager="vp"), policy(), opened("Payments"))
    await bus.publish(*[event for name in people for event in (person(name), pay(name), assessed(name))])
    await bus.publish(*finalized("Payments", people))
    async with engine.begin() as tx:
        rows = (
            await tx.execute(sa.text("SELECT key, payload, headers::jsonb FROM outbox ORDER BY id"))
        ).all()
    assert [headers["ce_type"] for _, _, headers in rows] == [
        *[OutcomesDecidedV1.TYPE] * 5,
        *[MeritAwardedV1.TYPE] * 5,
    ]
    for key, payload, headers in rows:
        event = CONTRACTS[headers["ce_type"]].model_validate_json(payload)
        assert event.model_dump_json().encode() == payload
        assert event.aggregate == key
