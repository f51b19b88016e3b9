"""Whatever somebody rewrites of awards and pools, computing the pool again finds it."""

import pytest
from published import Bus, assessed, finalized, opened, pay, person, policy
from sqlalchemy.ext.asyncio import AsyncEngine
from tampered import STAFF, decide_everything, found_by


@pytest.fixture
async def decided(bus: Bus, engine: AsyncEngine) -> AsyncEngine:
    await decide_everything(bus, engine)
    return engine


SUMS = ("people", "budget", "guideline", "floor", "award", "shortfall")


@pytest.mark.parametrize("name", SUMS)
async def test_a_pools_sum_is_that_of_its_people(decided: AsyncEngine, name: str) -> None:
    assert await found_by(decided, f"UPDATE pool SET {name} = {name} + 1") == {("pool", name)}


async def test_a_pools_factor_state_and_planned_budget_are_found(decided: AsyncEngine) -> None:
    assert await found_by(decided, "UPDATE pool SET factor = '1/2'") == {("pool", "factor")}
    assert ("pool", "people") in await found_by(decided, "UPDATE pool SET state = 'open'")
    planned = await found_by(decided, "UPDATE pool SET budget_amount = budget_amount + 1")
    assert planned >= {("pool", "budget"), ("pool", "award"), ("pool", "factor"), ("merit", "award")}
    by_percent = "UPDATE pool SET budget_amount = NULL, budget_percent = 1"
    assert ("pool", "state") in await found_by(decided, by_percent)
    assert await found_by(decided, "UPDATE pool SET budget_percent = 1") == {("pool", "budget_percent")}


AWARD = ("guideline", "floor", "salary", "maximum", "award", "base_increase", "lump_sum", "new_salary")


@pytest.mark.parametrize("name", AWARD)
async def test_everybodys_share_follows_from_the_pool(decided: AsyncEngine, name: str) -> None:
    for who in ("jane", "two", "late"):
        where = f"person_id = '{who}' AND state <> 'superseded'"
        assert await found_by(decided, f"UPDATE award SET {name} = {name} + 1 WHERE {where}") == {
            ("merit", name)
        }


async def test_a_correction_after_the_award_is_at_the_pools_factor(decided: AsyncEngine) -> None:
    raised = "UPDATE award SET award = award + 1, base_increase = base_increase + 1 WHERE person_id = 'grow' AND revision = 3"
    assert await found_by(decided, raised) == {("merit", "award"), ("merit", "base_increase")}
    for state in ("superseded", "provisional", "ineligible"):
        moved = f"UPDATE award SET state = '{state}' WHERE person_id = 'jane'"
        assert await found_by(decided, moved) == {("merit", "state")}


async def test_frozen_inputs_are_the_ratings_the_policys_and_for_a_correction_those_of_the_first_award(
    decided: AsyncEngine,
) -> None:
    def frozen(path: str, value: str, who: str) -> str:
        return (
            f"UPDATE award SET inputs = jsonb_set(inputs::jsonb, '{{{path}}}', '{value}')::text WHERE {who}"
        )

    assert ("merit", "inputs.rating") in await found_by(decided, frozen("rating", "5", "person_id = 'jane'"))
    assert ("merit", "inputs.year") in await found_by(decided, frozen("year", "2025", "person_id = 'jane'"))
    wider = frozen("range,4", "99000000", "person_id = 'jane'")
    assert ("merit", "inputs.salary_range") in await found_by(decided, wider)
    later = frozen("salary", "99999900", "person_id = 'grow' AND revision = 3")
    assert ("merit", "inputs.salary") in await found_by(decided, later)
    unreadable = await found_by(decided, "UPDATE award SET inputs = '{}' WHERE person_id = 'jane'")
    assert {("merit", "inputs"), ("pool", "people")} <= unreadable


async def test_a_refused_pool_says_by_how_much(bus: Bus, engine: AsyncEngine) -> None:
    await bus.publish(*STAFF, person("a"), pay("a"), policy(), opened("Payments", budget="9000"))
    await bus.publish(assessed("a"), *finalized("Payments", {"a": "4"}))
    assert await found_by(engine) == set()
    assert await found_by(engine, "UPDATE pool SET shortfall = 1") == {("pool", "shortfall")}
    assert await found_by(engine, "UPDATE pool SET state = 'open'") >= {
        ("pool", "people"),
        ("pool", "shortfall"),
    }
    assert ("pool", "people") in await found_by(engine, "UPDATE pool SET state = 'awarded'")
