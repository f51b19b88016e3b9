"""A pool that its budget keeps from being awarded is awarded by another budget; an awarded one keeps its own."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from followed import Company
from published import CYCLE, DIVISION, POOL, finalized, pay
from sqlalchemy.ext.asyncio import AsyncEngine
from unpaid import AWARDS, STATES, WAITING, differences

from plumbline.contracts.cycle import BudgetChangedV1
from plumbline_local.testing_databases import rows

SUMS = "SELECT state, people, budget, award, shortfall FROM pool"
OPEN = [("open", None, None, None, None)]
# Both have a salary of 182,000 and are rated 4: floors of 9,100 and guidelines of 12,740 each.
AWARDED = [("paid", "awarded", 1_000_000), ("una", "awarded", 1_000_000)]


@pytest.fixture
def firm(unpaid: Company) -> Company:
    return unpaid


def budget(
    amount: str | None = None, *, percent: str | None = None, reserve: str | None = None
) -> BudgetChangedV1:
    return BudgetChangedV1(
        cycle_id=CYCLE,
        pool_id=POOL,
        division=DIVISION,
        currency="USD",
        budget_amount=None if amount is None else Decimal(amount),
        budget_percent=None if percent is None else Decimal(percent),
        reserve=None if reserve is None else Decimal(reserve),
        changed_on=date(2026, 12, 21),
    )


async def rate(firm: Company) -> None:
    await firm.bus.publish(pay("una"), *finalized("Payments", {"paid": "4", "una": "4"}))


async def held(firm: Company, who: str = "hr") -> list[dict[str, Any]]:
    answer = await firm.client.get(WAITING, headers=firm._headers(who, 0))
    assert answer.status_code == 200, answer.text
    return answer.json()["pools"]


async def test_a_pool_below_its_floors_is_awarded_once_its_budget_covers_them(
    firm: Company, engine: AsyncEngine
) -> None:
    await rate(firm)
    assert await rows(engine, SUMS) == [("refused", 2, 1_200_000, None, 620_000)]
    (pool,) = await held(firm)
    assert (pool["pool_id"], pool["waits_for"]) == (str(POOL), ["budget: it does not cover the floors"])
    assert await held(firm, "hr-sales") == []
    await firm.bus.publish(budget("18000"))
    assert await rows(engine, SUMS) == [("refused", 2, 1_800_000, None, 20_000)]
    await firm.bus.publish(budget("20000"))
    assert await rows(engine, SUMS) == [("awarded", 2, 2_000_000, 2_000_000, 0)]
    assert await rows(engine, AWARDS) == AWARDED
    assert await held(firm) == []
    assert await differences(engine) == ()
    assert sorted(each["person_id"] for each in await firm.events("merit-awarded")) == ["paid", "una"]


async def test_an_awarded_pool_keeps_the_budget_that_it_was_awarded_with(
    firm: Company, engine: AsyncEngine
) -> None:
    await firm.bus.publish(budget("20000"))
    await rate(firm)
    before = await rows(engine, "SELECT * FROM pool"), await rows(engine, "SELECT * FROM award ORDER BY 1")
    await firm.bus.publish(budget("25480"))
    await firm.bus.publish(budget(percent="4"))
    after = await rows(engine, "SELECT * FROM pool"), await rows(engine, "SELECT * FROM award ORDER BY 1")
    assert after == before
    assert await rows(engine, AWARDS) == AWARDED
    assert await differences(engine) == ()
    assert len(await firm.events("merit-awarded")) == 2


async def test_a_budget_may_become_a_percentage_of_the_payroll(firm: Company, engine: AsyncEngine) -> None:
    await rate(firm)
    await firm.bus.publish(budget(percent="5.5"))
    assert await rows(engine, SUMS) == [("awarded", 2, 2_002_000, 2_002_000, 0)]
    assert await differences(engine) == ()


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (budget("20000.005"), "more decimals than USD has"),
        (budget("1e30"), "above 1000000000000000.00 USD"),
        (budget(percent="1000000000"), "no percentage from 0 to 100"),
        (budget("1", percent="1"), "an amount and a percentage"),
        (budget("20000", reserve="0.001"), "its reserve: more decimals than USD has"),
    ],
)
async def test_a_budget_that_cannot_be_computed_with_holds_its_pool_and_another_one_heals_it(
    firm: Company, engine: AsyncEngine, odd: BudgetChangedV1, why: str
) -> None:
    await firm.bus.publish(odd)
    await rate(firm)
    assert {state for *_, state in await rows(engine, STATES)} == {"decided"}
    assert await rows(engine, SUMS) == OPEN
    assert [each["waits_for"] for each in await held(firm)] == [[f"budget: {why}"]]
    (shown,) = (await firm.client.get(f"/cycles/{CYCLE}/pools", headers=firm._headers("hr", 0))).json()[
        "pools"
    ]
    assert shown["problem"] == why
    assert await differences(engine) == ()
    await firm.bus.publish(budget("20000"))
    assert await rows(engine, AWARDS) == AWARDED
    assert await differences(engine) == ()


async def test_a_pool_that_nobody_planned_may_get_a_limit_before_it_is_awarded(
    firm: Company, engine: AsyncEngine
) -> None:
    await rows(engine, "DELETE FROM pool RETURNING 1")
    await firm.bus.publish(budget("20000"))
    await rate(firm)
    assert await rows(engine, AWARDS) == AWARDED


async def test_sums_that_cannot_be_stored_hold_the_pool_and_nobody_else(
    firm: Company, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outcomes.domain.rules.usable.MOST_SUM", 1_819_999)
    await rate(firm)
    assert await rows(engine, SUMS) == OPEN
    assert [each["waits_for"] for each in await held(firm)] == [
        ["budget: its sums are beyond what can be stored"]
    ]
    assert await differences(engine) == ()
