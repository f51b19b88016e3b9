"""Whatever somebody rewrites in the tables, recomputing everything from its frozen inputs finds it."""

import asyncio
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
import typer
from followed import concern
from published import CYCLE, DIVISION, NOW, Bus, assessed, finalized, opened, pay, person, policy
from sqlalchemy.ext.asyncio import AsyncEngine

from outcomes.inbound.cli_verify import verify
from outcomes.usecases.attest_standing import attest_standing
from outcomes.usecases.verify_outcomes import Verified, verify_outcomes
from plumbline.contracts.event import Rating
from plumbline.runtime.database import connect
from plumbline_local.databases import Database

STAFF = (
    person("vp", manager=None),
    person("boss", manager="vp"),
    person("hr", manager="vp", roles=(f"hr_partner:{DIVISION}",)),
)
RATINGS: dict[str, Rating] = {"jane": "4", "grow": "3", "two": "2", "low": "1", "bare": "1"}
Found = set[tuple[str, str]]


@pytest.fixture
async def decided(bus: Bus, engine: AsyncEngine) -> AsyncEngine:
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
    return engine


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


def set_in(column: str, path: str, value: str, where: str) -> str:
    """Rewrite one value inside a stored JSON text."""
    return f"UPDATE outcome SET {column} = jsonb_set({column}::jsonb, '{{{path}}}', '{value}')::text WHERE {where}"


async def test_what_nobody_touched_does_not_differ(decided: AsyncEngine) -> None:
    found = await verified(decided)
    assert found.differences == ()
    async with decided.begin() as tx:
        stored = await tx.scalar(
            sa.text("SELECT (SELECT count(*) FROM outcome) + (SELECT count(*) FROM award)")
        )
        pool = (await tx.execute(sa.text("SELECT state, people, award, factor FROM pool"))).one()
    assert (found.recomputed, found.pools) == (stored, 1)
    # A pool in which a budget says something about everybody's share.
    assert pool[:3] == ("awarded", 6, 2_700_000)
    assert "/" in str(pool[3])


COMPONENTS = ("equity", "promotion_case", "assignment", "development_plan", "pip")


@pytest.mark.parametrize("component", COMPONENTS)
async def test_whatever_is_rewritten_in_a_component_is_found(decided: AsyncEngine, component: str) -> None:
    where = f"component = '{component}'"
    assert await found_by(decided, f"UPDATE outcome SET state = 'x' WHERE {where}") == {(component, "state")}
    assert await found_by(decided, f"UPDATE outcome SET rating = 5 WHERE {where}") == {(component, "rating")}
    for column in ("inputs", "result"):
        emptied = f"UPDATE outcome SET {column} = '{{}}' WHERE {where}"
        assert (component, column) in await found_by(decided, emptied)
        broken = f"UPDATE outcome SET {column} = 'not json' WHERE {where}"
        assert (component, column) in await found_by(decided, broken)
    assert await found_by(decided, f"UPDATE outcome SET policy_digest = 'd2' WHERE {where}") == {
        (component, "policy_digest")
    }
    assert await found_by(decided, f"UPDATE outcome SET superseded = NOT superseded WHERE {where}") == {
        (component, "superseded")
    }
    assert await found_by(decided, f"UPDATE outcome SET division = 'Sales' WHERE {where}") == {
        (component, "division")
    }


@pytest.mark.parametrize("component", COMPONENTS)
async def test_what_is_missing_and_what_is_too_much_is_found(decided: AsyncEngine, component: str) -> None:
    missing = await verified(decided, f"DELETE FROM outcome WHERE component = '{component}'")
    found = {(each.component, each.field) for each in missing.differences if each.stored is None}
    # Without a PIP's gate nobody knows why there was no plan beside it.
    assert found - {("development_plan", "outcome")} <= {(component, "outcome")} <= found
    columns = "cycle_id, session_id, person_id, division, revision, rating, component, state, policy_id, policy_digest"
    twice = (
        f"INSERT INTO outcome (outcome_id, {columns}, inputs, result) SELECT gen_random_uuid(), {columns}, inputs, "
        f"result FROM outcome WHERE component = '{component}' LIMIT 1"
    )
    surplus = await verified(decided, twice)
    assert [(each.component, each.field, each.recomputed) for each in surplus.differences] == [
        (component, "outcome", None)
    ]


TAMPERED: Sequence[tuple[str, Collection[tuple[str, str]]]] = [
    (set_in("result", "shares", "9000", "component = 'equity'"), [("equity", "result")]),
    (
        set_in("inputs", "level", '"L5"', "component = 'equity' AND person_id = 'jane'"),
        [("equity", "inputs")],
    ),
    (
        set_in("result", "target_level", '"L9"', "component = 'promotion_case'"),
        [("promotion_case", "result")],
    ),
    (
        set_in("result", "kind", '"leadership_opportunity"', "component = 'assignment'"),
        [("assignment", "result")],
    ),
    (
        set_in("result", "ends_on", '"2030-01-01"', "result LIKE '%ends_on%'"),
        [("development_plan", "result")],
    ),
    (set_in("result", "missing", "[]", "state = 'refused'"), [("pip", "result")]),
    # An attestation, an acknowledgement or a gap that nobody documented.
    (
        set_in("inputs", "attestation", '"018f0000-0000-7000-8000-00000000000a"', "person_id = 'low'"),
        [("pip", "evidence"), ("pip", "result")],
    ),
    (
        set_in("inputs", "cited,0,acknowledged_on", '"2026-10-11"', "person_id = 'low'"),
        [("pip", "evidence")],
    ),
    (set_in("inputs", "offered,0,offered_on", '"2026-10-11"', "person_id = 'low'"), [("pip", "evidence")]),
    (set_in("inputs", "proposed_on", '"2026-12-01"', "component = 'pip'"), [("pip", "inputs")]),
    ("UPDATE recommendation SET promotion = false", [("promotion_case", "outcome")]),
    ("DELETE FROM outcome", [(each, "outcome") for each in COMPONENTS]),
    ("DELETE FROM award WHERE person_id = 'low'", [("merit", "award"), ("pool", "people")]),
    ("UPDATE cycle SET merit = false", [("merit", "award")]),
    (
        "UPDATE rating SET finalized_on = finalized_on + 1 WHERE person_id = 'two' AND revision = 1",
        [("development_plan", "inputs"), ("development_plan", "result")],
    ),
    (
        "UPDATE policy SET document = replace(document, '3000', '3001')",
        [("equity", "result")],
    ),
]


@pytest.mark.parametrize(("statement", "expected"), TAMPERED, ids=[each[0][:60] for each in TAMPERED])
async def test_each_value_follows_from_what_it_was_computed_from(
    decided: AsyncEngine, statement: str, expected: Collection[tuple[str, str]]
) -> None:
    assert await found_by(decided, statement) == set(expected)


async def test_another_rating_than_the_finalized_one_is_found_with_all_that_it_led_to(
    decided: AsyncEngine,
) -> None:
    found = await found_by(decided, "UPDATE rating SET rating = 5 WHERE person_id = 'jane'")
    assert found >= {
        ("ratings", "digest"),
        ("merit", "inputs.rating"),
        ("equity", "rating"),
        ("assignment", "inputs"),
    }
    together = await found_by(
        decided,
        "UPDATE rating SET rating = 5 WHERE person_id = 'jane'",
        "UPDATE outcome SET rating = 5, inputs = replace(inputs, '\"rating\":4', '\"rating\":5') WHERE person_id = 'jane'",
    )
    assert together >= {("ratings", "digest"), ("merit", "inputs.rating"), ("equity", "result")}


async def test_outcomes_and_awards_without_a_rating_are_found(decided: AsyncEngine) -> None:
    found = await found_by(decided, "DELETE FROM rating WHERE person_id = 'jane'")
    assert found >= {
        ("equity", "outcome"),
        ("promotion_case", "outcome"),
        ("merit", "award"),
        ("ratings", "digest"),
    }


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


async def test_evidence_that_is_answered_after_the_proposal_does_not_differ(
    bus: Bus, engine: AsyncEngine
) -> None:
    early = concern(1, date(2026, 10, 10))
    unanswered = early.model_copy(update={"acknowledged_on": None, "resource_offered_on": None})
    await bus.publish(
        *STAFF, person("low"), pay("low"), policy(), opened("Payments"), assessed("low"), unanswered
    )
    await bus.publish(*finalized("Payments", {"low": "1"}))
    await bus.publish(early.model_copy(update={"acknowledged_on": NOW.date() - timedelta(days=1)}))
    assert await found_by(engine) == set()


async def test_people_are_read_in_parts(decided: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = await verified(decided, "UPDATE outcome SET state = 'x'")
    monkeypatch.setattr("outcomes.outbound.stored_rows.AT_ONCE", 2)
    assert await verified(decided, "UPDATE outcome SET state = 'x'") == whole


def test_the_command_reads_one_instant_counts_what_it_computed_and_fails_when_something_differs(
    base: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = SimpleNamespace(service=lambda _: SimpleNamespace(database_url=base.worker_url))
    monkeypatch.setattr("outcomes.inbound.cli_verify.running", lambda: stack)
    asyncio.run(fill(base))
    ended, answer = run_command(capsys)
    assert (ended, answer) == (0, {"recomputed": 3, "pools": 1, "follow_ups": 0, "differences": []})
    asyncio.run(fill(base, "UPDATE award SET new_salary = 1"))
    ended, answer = run_command(capsys)
    (found,) = answer["differences"]
    assert found.pop("outcome_id")
    expected = {"component": "merit", "field": "new_salary", "stored": 1, "recomputed": 19_474_000}
    assert (ended, found) == (1, expected)


async def fill(base: Database, *statements: str) -> None:
    """Jane decided and awarded, or something rewritten."""
    engine = connect(base.worker_url)
    if not statements:
        known = (*STAFF, person("jane"), pay("jane"), policy(), opened("Payments"), assessed("jane"))
        await Bus(engine).publish(*known, *finalized("Payments", {"jane": "4"}))
    async with engine.begin() as tx:
        for statement in statements:
            await tx.exec_driver_sql(statement)
    await engine.dispose()


def run_command(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    with pytest.raises(typer.Exit) as ended:
        verify(as_json=True)
    return ended.value.exit_code, json.loads(capsys.readouterr().out)
