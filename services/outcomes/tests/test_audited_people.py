"""Whoever asks the log about a person finds each command that decided about that person's pay."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from followed import Company, company
from published import Bus, assessed, finalized, opened, pay, person, policy, session_of
from sqlalchemy.ext.asyncio import AsyncEngine
from unpaid import STAFF, WITHOUT_PAY, naming

from plumbline_local.databases import Database

EXCLUSION = f"/sessions/{session_of('Platform')}/exclusion"
WHY = {"reason": "The department was dissolved in November."}


@pytest.fixture
async def firm(base: Database, bus: Bus, engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Company]:
    """Two of Payments are rated and one of them is paid; one of Platform is not rated."""
    people = (person("paid"), person("una"), person("pat", department="Platform"))
    await bus.publish(*STAFF, *people, pay("paid"), policy(), opened("Payments", "Platform", budget="20000"))
    await bus.publish(assessed("paid"), assessed("una"), *finalized("Payments", {"paid": "4", "una": "3"}))
    async with company(base, bus, engine, tmp_path) as firm:
        yield firm


async def about(firm: Company, name: str) -> list[tuple[str, str, str]]:
    answer = await firm.client.get(f"/audit?subject={name}", headers=firm._headers("auditor", 0))
    found = answer.json()["entries"]
    return [(each["who"], each["resource"], each["purpose"]) for each in found if each["action"] != "read"]


async def test_an_excluded_session_stands_with_everybody_of_its_department_and_with_the_awards_it_let_go_on(
    firm: Company,
) -> None:
    await firm.bus.publish(pay("una"))
    await firm.done(EXCLUSION, WHY, as_="finance")
    for name in ("paid", "una"):
        assert await about(firm, name) == [("finance", "award", "pool awarded: session excluded")]
    assert await about(firm, "pat") == [("finance", "pool", "session excluded")]
    assert await about(firm, str(session_of("Platform"))) == [("finance", "pool", "exclusion")]


async def test_a_naming_that_completes_a_pool_stands_with_everybody_whose_award_it_computed(
    firm: Company,
) -> None:
    await firm.done(EXCLUSION, WHY, as_="finance")
    assert await about(firm, "paid") == []
    await firm.done(WITHOUT_PAY, naming("una"), as_="hr")
    assert await about(firm, "una") == [("hr", "completion", "without pay")]
    assert await about(firm, "paid") == [("hr", "award", "pool awarded: people named without pay")]
