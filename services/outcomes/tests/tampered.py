"""Everything decided, for the tests that rewrite it, and what verifying finds then."""

import json
from dataclasses import asdict
from datetime import date

from followed import concern
from published import CYCLE, DIVISION, NOW, Bus, assessed, finalized, opened, pay, person, policy
from sqlalchemy.ext.asyncio import AsyncEngine

from outcomes.usecases.attest_standing import attest_standing
from outcomes.usecases.verify_outcomes import Verified, verify_outcomes
from plumbline.contracts.event import Rating

STAFF = (
    person("vp", manager=None),
    person("boss", manager="vp"),
    person("hr", manager="vp", roles=(f"hr_partner:{DIVISION}",)),
)
RATINGS: dict[str, Rating] = {"jane": "4", "grow": "3", "two": "2", "low": "1", "bare": "1"}
Found = set[tuple[str, str]]


async def decide_everything(bus: Bus, engine: AsyncEngine) -> None:
    """Every component decided, a pool that a budget limits, and an appeal before it and one after it."""
    people = [event for name in RATINGS for event in (person(name), pay(name))]
    reviews = [assessed(name, promotion=name == "jane") for name in RATINGS]
    late = [person("late"), pay("late", "150000"), assessed("late")]
    await bus.publish(*STAFF, *people, *late, policy(), *reviews)
    await bus.publish(opened("Payments", "Platform", budget="27000"))
    await bus.publish(concern(1, date(2026, 10, 10)), concern(2, date(2026, 11, 2)))
    async with engine.begin() as tx:
        await attest_standing(tx, cycle_id=CYCLE, person_ids=["low"], by="hr", now=NOW)
    await bus.publish(*finalized("Payments", RATINGS))
    await bus.publish(*finalized("Payments", {"two": "3"}, revision=2))
    await bus.publish(*finalized("Platform", {"late": "3"}))
    await bus.publish(pay("grow", "999999"), *finalized("Payments", {"grow": "4"}, revision=3))


async def verified(engine: AsyncEngine, *tampered: str) -> Verified:
    """What verifying finds after these statements, which are undone."""
    async with engine.connect() as tx:
        for statement in tampered:
            changed = await tx.exec_driver_sql(statement)
            assert changed.rowcount > 0, statement
        found = await verify_outcomes(tx)
        await tx.rollback()
    json.dumps([asdict(each) for each in found.differences])
    return found


async def found_by(engine: AsyncEngine, *tampered: str) -> Found:
    return {(each.component, each.field) for each in (await verified(engine, *tampered)).differences}
