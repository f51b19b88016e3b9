"""Giving a division's pool another budget after the cycle opened, over HTTP and PostgreSQL."""

from datetime import date
from typing import Any

import pytest

from plumbline_local.testing_databases import rows
from reviews.domain.rules.planning import merit_runs

from .conftest import CYCLE, DRAFT, ENGINEERING, World

PATH = f"/cycles/{CYCLE}/budgets"
WHY = "The floors of the pool need more."


def budget(**change: str) -> dict[str, Any]:
    return {"division": ENGINEERING, "currency": "USD", "budget_amount": "250000.00", "reason": WHY, **change}


async def test_the_coordinator_sets_another_budget_which_is_announced_and_kept_with_who_and_why(
    cycle: World,
) -> None:
    before = await cycle.get(f"/cycles/{CYCLE}", "cora")
    answer = await cycle.post(PATH, "cora", budget(reserve="2500.00"))
    (pool,) = answer["pools"]
    assert (pool["pool_id"], pool["budget_amount"]) == (before["pools"][0]["pool_id"], "250000.00")
    assert pool["reserve"] == "2500.00"
    (event,) = await cycle.published("pm.cycle.budget-changed.v1")
    names = ("pool_id", "division", "currency", "budget_amount", "budget_percent", "reserve")
    told = {name: event[name] for name in names}
    assert told == {
        "pool_id": pool["pool_id"],
        "division": ENGINEERING,
        "currency": "USD",
        "budget_amount": "250000.00",
        "budget_percent": None,
        "reserve": "2500.00",
    }
    assert WHY not in str(event)
    (kept,) = await rows(cycle.worker, "SELECT reason, changed_by, budget_amount::text FROM budget_changes")
    assert kept == (WHY, "cora", "250000.00")
    logged = "SELECT count(*) FROM audit_log WHERE purpose = 'change budget'"
    assert await rows(cycle.worker, logged) == [(1,)]


async def test_an_amount_may_become_a_percentage_and_a_pool_that_nobody_planned_gets_a_limit(
    cycle: World,
) -> None:
    percent = {**budget(budget_percent="4.5"), "budget_amount": None}
    await cycle.post(PATH, "cora", percent)
    answer = await cycle.post(PATH, "cora", budget(currency="EUR", budget_amount="1000"))
    found = [(each["currency"], each["budget_amount"], each["budget_percent"]) for each in answer["pools"]]
    assert found == [("EUR", "1000", None), ("USD", None, "4.5")]
    assert (await cycle.get(f"/cycles/{CYCLE}", "cora"))["pools"] == answer["pools"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"budget_amount": "100.005"}, "budget_amount"),
        ({"reserve": "-1"}, "reserve"),
        ({"budget_percent": "4"}, "budget_amount"),
        ({"currency": "XXX"}, "currency"),
        ({"division": "Sales"}, "division"),
        ({"reason": " "}, "reason"),
    ],
)
async def test_a_budget_that_cannot_be_one_is_refused_with_its_field(
    cycle: World, change: dict[str, str], field: str
) -> None:
    refused = await cycle.post(PATH, "cora", budget(**change), expect=422)
    assert (refused["field"], bool(refused["fix"])) == (field, True)
    assert await cycle.published("pm.cycle.budget-changed.v1") == []


@pytest.mark.parametrize("who", ["hanna", "vp", "ann", "audrey", "pay", "admin"])
async def test_nobody_but_the_coordinator_changes_a_budget(cycle: World, who: str) -> None:
    await cycle.post(PATH, who, budget(), expect=403)


async def test_a_draft_is_planned_anew_and_a_cycle_without_merit_has_no_budget(world: World) -> None:
    await world.post("/cycles", "cora", DRAFT, expect=201)
    assert (await world.post(PATH, "cora", budget(), expect=409))["field"] == "stage"


@pytest.mark.parametrize(
    ("named", "ends_on", "runs"),
    [
        (None, date(2026, 12, 31), True),
        (None, date(2026, 9, 30), False),
        (False, date(2026, 12, 31), False),
        (True, date(2026, 9, 30), True),
    ],
)
def test_merit_runs_in_the_cycles_that_the_calendar_names_and_else_in_the_years_last(
    named: bool | None, ends_on: date, runs: bool
) -> None:
    assert merit_runs(named, ends_on=ends_on) is runs


async def test_a_cycle_that_says_nothing_of_merit_pays_it_at_the_end_of_the_year(world: World) -> None:
    silent = {name: value for name, value in DRAFT.items() if name != "merit"}
    refused = await world.post("/cycles", "cora", silent, expect=422)
    assert refused["field"] == "pools"
    yearly = {**silent, "period_end": "2026-12-31"}
    assert (await world.post("/cycles", "cora", yearly, expect=201))["merit"] is True
