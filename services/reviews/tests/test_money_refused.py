"""Budgets, policies and days that nothing could be computed with are refused over HTTP, with field, value and fix."""

from typing import Any

import pytest
import sqlalchemy as sa

from .conftest import CYCLE, DRAFT, ENGINEERING, POLICY, World


def budget(**pool: str) -> dict[str, Any]:
    return {"pools": [{"division": ENGINEERING, "currency": "USD", **pool}]}


def late(deadline: str) -> dict[str, Any]:
    review, calibration = DRAFT["phases"]
    return {"phases": [review, {**calibration, "deadline_on": deadline}]}


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        (budget(budget_amount="100000.005"), "pools[0].budget_amount", "100000.005"),
        (budget(budget_amount="100000", reserve="0.005"), "pools[0].reserve", "0.005"),
        (budget(currency="JPY", budget_amount="100.5"), "pools[0].budget_amount", "100.5"),
        (budget(budget_amount="1e30"), "pools[0].budget_amount", "1E+30"),
        (budget(budget_amount="1e-999999999"), "pools[0].budget_amount", "1E-999999999"),
        (budget(budget_percent="1000000000"), "pools[0].budget_percent", "1000000000"),
        (budget(currency="XXX", budget_amount="1"), "pools[0].currency", "XXX"),
        (late("9999-12-31"), "phases[1].deadline_on", "9999-12-31"),
        ({"period_start": "0001-01-01"}, "starts_on", "0001-01-01"),
    ],
)
async def test_a_cycle_that_could_not_be_computed_with_is_not_drafted(
    world: World, change: dict[str, Any], field: str, value: str
) -> None:
    refused = await world.post("/cycles", "cora", {**DRAFT, **change}, expect=422)
    assert refused["field"] == field
    assert value in refused["detail"]
    assert refused["fix"]


async def test_a_draft_whose_budget_came_in_before_it_was_checked_is_not_approved(world: World) -> None:
    body = {"division": ENGINEERING, "effective_from": "2026-01-01", "document": POLICY}
    await world.post("/policies", "cora", body, expect=201)
    await world.post("/cycles", "cora", DRAFT, expect=201)
    async with world.worker.begin() as tx:
        await tx.execute(sa.text("UPDATE pools SET budget_amount = 100000.005"))
    refused = await world.post(f"/cycles/{CYCLE}/approve", "cora", expect=422)
    assert (refused["field"], "100000.005" in refused["detail"]) == ("pools[0].budget_amount", True)
    assert await world.published("pm.cycle.opened.v1") == []


def salary_range(**change: str) -> dict[str, Any]:
    return {"ranges": [{**POLICY["ranges"][0], **change}]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (salary_range(currency="JPY", minimum="1.5"), "ranges[0].minimum"),
        (salary_range(maximum="1e30"), "ranges[0].maximum"),
        (salary_range(currency="XYZ"), "ranges[0].currency"),
        ({"equity": {"parts": 0, "grid": {"L4": {"4": 3000}}}}, "equity.parts"),
        ({"equity": {"parts": 10**9, "grid": {"L4": {"4": 3000}}}}, "equity.parts"),
        ({"equity": {"parts": 16, "grid": {"L4": {"4": 10**30}}}}, "equity[0].shares"),
        ({"guideline": {**POLICY["guideline"], "5": ["1e-999999999", "10"]}}, "guideline.5"),
    ],
)
async def test_a_policy_that_could_not_be_computed_with_is_not_published(
    world: World, change: dict[str, Any], field: str
) -> None:
    body = {"division": ENGINEERING, "effective_from": "2026-01-01", "document": {**POLICY, **change}}
    refused = await world.post("/policies", "cora", body, expect=422)
    assert (refused["field"], bool(refused["fix"])) == (field, True)
    assert await world.published() == []
