"""Whatever somebody rewrites in the tables, recomputing everything from its frozen inputs finds it."""

import asyncio
import json
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
import typer
from followed import concern
from published import NOW, Bus, assessed, finalized, opened, pay, person, policy
from sqlalchemy.ext.asyncio import AsyncEngine
from tampered import STAFF, decide_everything, found_by, verified

from outcomes.inbound.cli_verify import verify
from plumbline_local.databases import Database
from plumbline_local.testing_databases import connected


@pytest.fixture
async def decided(bus: Bus, engine: AsyncEngine) -> AsyncEngine:
    await decide_everything(bus, engine)
    return engine


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
        set_in("inputs", "cited,0,acknowledged_on", '"2026-10-12"', "person_id = 'low'"),
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
    async with connected(base.worker_url) as engine:
        if not statements:
            known = (*STAFF, person("jane"), pay("jane"), policy(), opened("Payments"), assessed("jane"))
            await Bus(engine).publish(*known, *finalized("Payments", {"jane": "4"}))
        async with engine.begin() as tx:
            for statement in statements:
                await tx.exec_driver_sql(statement)


def run_command(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    with pytest.raises(typer.Exit) as ended:
        verify(as_json=True)
    return ended.value.exit_code, json.loads(capsys.readouterr().out)
