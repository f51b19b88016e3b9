"""Merit comes once a person and year, in cycles that pay it; everything else that a rating leads to comes each time."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid5

import pytest
from published import CYCLE, Bus, assessed, finalized, opened, pay, person, policy
from sqlalchemy.ext.asyncio import AsyncEngine
from unpaid import differences

from plumbline.contracts.calibration import RatingsFinalizedV1, chunk_key
from plumbline.contracts.cycle import CycleOpenedV1
from plumbline.contracts.event import Event, Rating
from plumbline.contracts.outcomes import OutcomesDecidedV1
from plumbline_local.testing_databases import rows
from plumbline_local.testing_services import published

MIDYEAR = UUID("018f0000-0000-7000-8000-0000000000aa")
AWARDS = """
SELECT c.name, a.person_id, a.revision, a.state, a.refusal, a.award FROM award AS a JOIN cycle AS c USING (cycle_id)
WHERE a.state <> 'superseded' ORDER BY c.period_end, a.person_id
"""
COMPONENTS = (
    "SELECT DISTINCT component FROM outcome WHERE cycle_id = '{cycle}' AND NOT superseded ORDER BY component"
)


def midyear(*, merit: bool = True, ends: date = date(2026, 6, 30)) -> CycleOpenedV1:
    yearly = opened("Payments")
    (session,), (pool,) = yearly.sessions, yearly.pools
    return yearly.model_copy(
        update={
            "cycle_id": MIDYEAR,
            "name": "midyear",
            "merit": merit,
            "period_start": date(ends.year, 1, 1),
            "period_end": ends,
            "sessions": (session.model_copy(update={"session_id": uuid5(MIDYEAR, "session")}),),
            "pools": (pool.model_copy(update={"pool_id": uuid5(MIDYEAR, "pool")}),) if merit else (),
        }
    )


def rated_midyear(ratings: dict[str, Rating], *, revision: int = 1) -> list[RatingsFinalizedV1]:
    session_id = uuid5(MIDYEAR, "session")
    moved = {"cycle_id": MIDYEAR, "session_id": session_id, "chunk_key": chunk_key(session_id, revision, 1)}
    return [each.model_copy(update=moved) for each in finalized("Payments", ratings, revision=revision)]


def people(*names: str) -> list[Event]:
    found: list[Event] = []
    for name in names:
        review = assessed(name)
        moved = {"cycle_id": MIDYEAR, "review_id": uuid5(MIDYEAR, name)}
        found += [person(name), pay(name), review, review.model_copy(update=moved)]
    return found


async def open_both(bus: Bus, *names: str, first: CycleOpenedV1 | None = None) -> None:
    yearly = opened("Payments").model_copy(update={"name": "yearly"})
    await bus.publish(*people(*names), policy(), first or midyear(), yearly)


async def test_a_second_merit_cycle_of_the_year_gives_plans_and_equity_and_no_second_raise(
    bus: Bus, engine: AsyncEngine
) -> None:
    await open_both(bus, "jane", "omar")
    await bus.publish(*rated_midyear({"jane": "4"}))
    await bus.publish(*finalized("Payments", {"jane": "4", "omar": "4"}))
    assert await rows(engine, AWARDS) == [
        ("midyear", "jane", 1, "awarded", None, 1_274_000),
        ("yearly", "jane", 1, "ineligible", "merit_had", 0),
        ("yearly", "omar", 1, "awarded", None, 1_274_000),
    ]
    for cycle in (MIDYEAR, CYCLE):
        components = await rows(engine, COMPONENTS.format(cycle=cycle))
        assert components == [("assignment",), ("equity",)], cycle
    told = [
        OutcomesDecidedV1.model_validate(payload)
        for _, payload in await published(engine, "pm.outcomes.decided.v1")
    ]
    merit = {
        (each.cycle_id, each.person_id): (component.state, component.detail)
        for each in told
        for component in each.components
        if component.component == "merit"
    }
    assert merit[CYCLE, "jane"] == ("ineligible", "merit_had")
    assert merit[MIDYEAR, "jane"] == merit[CYCLE, "omar"] == ("provisional", None)
    assert await differences(engine) == ()


@pytest.mark.parametrize("order", [("midyear", "yearly"), ("yearly", "midyear")])
async def test_of_two_cycles_whose_ratings_come_at_once_the_one_that_ends_first_pays(
    bus: Bus, engine: AsyncEngine, order: Sequence[str]
) -> None:
    await open_both(bus, "jane")
    events = {"midyear": rated_midyear({"jane": "4"}), "yearly": finalized("Payments", {"jane": "5"})}
    await bus.publish(*[event for name in order for event in events[name]])
    assert [row[0] for row in await rows(engine, AWARDS) if row[4] is None] == ["midyear"]
    assert await differences(engine) == ()


async def test_a_correction_keeps_what_its_first_revision_froze_in_either_cycle(
    bus: Bus, engine: AsyncEngine
) -> None:
    await open_both(bus, "jane")
    await bus.publish(*rated_midyear({"jane": "4"}))
    await bus.publish(*finalized("Payments", {"jane": "4"}))
    await bus.publish(*finalized("Payments", {"jane": "5"}, revision=2))
    await bus.publish(*rated_midyear({"jane": "5"}, revision=2))
    assert await rows(engine, AWARDS) == [
        ("midyear", "jane", 2, "awarded", None, 1_456_000),
        ("yearly", "jane", 2, "ineligible", "merit_had", 0),
    ]
    assert await differences(engine) == ()


async def test_a_pool_that_waits_for_its_budget_had_the_merit_of_the_year_all_the_same(
    bus: Bus, engine: AsyncEngine
) -> None:
    first = midyear()
    (pool,) = first.pools
    poor = first.model_copy(update={"pools": (pool.model_copy(update={"budget_amount": 1}),)})
    await open_both(bus, "jane", first=poor)
    await bus.publish(*rated_midyear({"jane": "4"}))
    await bus.publish(*finalized("Payments", {"jane": "4"}))
    assert [(row[0], row[4]) for row in await rows(engine, AWARDS)] == [
        ("midyear", None),
        ("yearly", "merit_had"),
    ]


async def test_another_year_a_cycle_without_merit_and_who_was_ineligible_take_nothing_away(
    bus: Bus, engine: AsyncEngine
) -> None:
    await open_both(bus, "jane", first=midyear(ends=date(2025, 6, 30)))
    await bus.publish(*rated_midyear({"jane": "4"}), *finalized("Payments", {"jane": "4"}))
    # Hired in 2024, so eligible in both years.
    assert [row[4] for row in await rows(engine, AWARDS)] == [None, None]


async def test_a_cycle_without_merit_leaves_the_years_merit_to_the_one_with_it(
    bus: Bus, engine: AsyncEngine
) -> None:
    await open_both(bus, "jane", first=midyear(merit=False))
    await bus.publish(*rated_midyear({"jane": "4"}), *finalized("Payments", {"jane": "4"}))
    assert await rows(engine, AWARDS) == [("yearly", "jane", 1, "awarded", None, 1_274_000)]
    assert await differences(engine) == ()


async def test_who_was_ineligible_in_one_cycle_may_have_merit_in_the_next_of_the_year(
    bus: Bus, engine: AsyncEngine
) -> None:
    await open_both(bus, "jane")
    await bus.publish(person("jane", level="L9"), *rated_midyear({"jane": "4"}))
    await bus.publish(person("jane", level="L4"), *finalized("Payments", {"jane": "4"}))
    assert [(row[0], row[4]) for row in await rows(engine, AWARDS)] == [
        ("midyear", "no_salary_range"),
        ("yearly", None),
    ]


async def test_an_award_that_forgot_that_merit_was_had_differs(bus: Bus, engine: AsyncEngine) -> None:
    await open_both(bus, "jane")
    await bus.publish(*rated_midyear({"jane": "4"}))
    await bus.publish(*finalized("Payments", {"jane": "4"}))
    forget = (
        "UPDATE award SET inputs = replace(inputs, 'true', 'false') WHERE inputs LIKE '%true%' RETURNING 1"
    )
    assert await rows(engine, forget) == [(1,)]
    (found, *_) = await differences(engine)
    assert getattr(found, "field", None) == "refusal"
