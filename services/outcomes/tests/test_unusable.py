"""What cannot be computed with holds those who need it, by name, and nobody else; a good record heals it."""

from datetime import date
from decimal import Decimal

import pytest
from followed import Company
from published import CYCLE, DOCUMENT, Bus, assessed, finalized, opened, pay, person, policy
from sqlalchemy.ext.asyncio import AsyncEngine
from unpaid import STATES, WAITING, differences, waiting

from plumbline.contracts.people import PayStateV1
from plumbline.contracts.policy import PolicyDocumentV1, PolicyStateV1
from plumbline_local.testing_databases import rows

POOL_STATE = "SELECT state, award FROM pool ORDER BY currency"


@pytest.fixture
def firm(unpaid: Company) -> Company:
    return unpaid


def odd_pay(name: str, salary: str = "182000", currency: str = "USD", fte: str = "1") -> PayStateV1:
    return pay(name, salary).model_copy(update={"currency": currency, "fte": Decimal(fte)})


async def held_pools(firm: Company) -> list[dict[str, object]]:
    answer = await firm.client.get(WAITING, headers=firm._headers("hr", 0))
    return answer.json()["pools"]


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (odd_pay("una", "182000.1234"), "more decimals than USD has"),
        (odd_pay("una", "10000000.50", "JPY"), "more decimals than JPY has"),
        (odd_pay("una", "1e30"), "above 1000000000000.00 USD"),
        (odd_pay("una", "-1"), "no amount from 0 on"),
        (odd_pay("una", currency="XYZ"), "no currency of ISO 4217"),
        (odd_pay("una", fte="0"), "no share of full time from 0.0001 to 1"),
        (odd_pay("una", fte="1.5"), "no share of full time from 0.0001 to 1"),
    ],
)
async def test_pay_that_cannot_be_computed_with_holds_one_person_and_a_later_record_heals_it(
    firm: Company, engine: AsyncEngine, odd: PayStateV1, why: str
) -> None:
    # Good and bad in one batch, and the ratings behind them.
    await firm.bus.publish(pay("paid"), odd, *finalized("Payments", {"paid": "4", "una": "4"}))
    assert await rows(engine, STATES) == [("paid", 1, "decided"), ("una", 1, "awaiting_inputs")]
    assert await waiting(firm, "hr") == {"una": [f"pay: {why}"]}
    # Later events do not stumble over it either.
    await firm.bus.publish(person("new"), pay("new"))
    assert await waiting(firm, "hr") == {"una": [f"pay: {why}"]}
    assert await rows(engine, "SELECT count(*) FROM inbox_parked") == [(0,)]
    assert await differences(engine) == ()
    await firm.bus.publish(pay("una"))
    assert await waiting(firm, "hr") == {}
    assert await rows(engine, STATES) == [("paid", 1, "decided"), ("una", 1, "decided")]
    assert await differences(engine) == ()


async def test_hr_may_let_somebody_with_unusable_pay_go_on_without(firm: Company) -> None:
    await firm.bus.publish(odd_pay("una", currency="XYZ"), *finalized("Payments", {"paid": "4", "una": "4"}))
    body = {"people": [{"person_id": "una", "reason": "The payroll of Atlantis is not mapped yet."}]}
    answer = await firm.done(f"/cycles/{CYCLE}/without-pay", body, as_="hr")
    assert (answer["decided"], answer["pools_awarded"]) == (1, 1)


def odd_policy(**change: object) -> PolicyStateV1:
    document = PolicyDocumentV1.model_validate({**DOCUMENT.model_dump(), **change})
    return policy().model_copy(update={"document": document})


def odd_range(**change: object) -> PolicyStateV1:
    return odd_policy(ranges=[{**DOCUMENT.ranges[0].model_dump(), **change}])


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (odd_range(currency="JPY", minimum="1.5"), "more decimals than JPY has"),
        (odd_range(currency="XYZ"), "no currency of ISO 4217"),
        (odd_range(maximum="1e30"), "above 1000000000000.00 USD"),
        (odd_range(maximum="1"), "the maximum of L3 * USD must be above its minimum"),
        (odd_policy(vesting_parts=0), "equity vests in no number of parts from 1 to 60"),
        (odd_policy(vesting_parts=10**9), "equity vests in no number of parts from 1 to 60"),
        (
            odd_policy(equity=[{"level": "L4", "rating": "4", "shares": 10**30}]),
            "a grant has no number of shares from 0 to 1000000000",
        ),
        (
            odd_policy(merit={**DOCUMENT.merit.model_dump(), "hire_cut_off": "13-45"}),
            "the cut-off for hires is no day that comes every year",
        ),
        (odd_policy(merit={**DOCUMENT.merit.model_dump(), "floors": {"5": "5"}}), "a rating is missing"),
        (
            odd_policy(merit={**DOCUMENT.merit.model_dump(), "floors": dict.fromkeys("12345", "101")}),
            "no percentage from 0 to 100",
        ),
    ],
)
async def test_a_policy_that_cannot_be_computed_with_holds_its_division_until_a_usable_one_comes(
    firm: Company, engine: AsyncEngine, odd: PolicyStateV1, why: str
) -> None:
    await rows(engine, "DELETE FROM policy RETURNING 1")
    await firm.bus.publish(odd, pay("una"), *finalized("Payments", {"paid": "4", "una": "4"}))
    assert await waiting(firm, "hr") == {"paid": [f"policy: {why}"], "una": [f"policy: {why}"]}
    assert await differences(engine) == ()
    await firm.bus.publish(policy())
    assert await waiting(firm, "hr") == {}
    # What was decided by stays: a document that can be computed with is never replaced.
    await firm.bus.publish(odd)
    assert await rows(engine, "SELECT problem FROM policy") == [(None,)]
    assert await differences(engine) == ()


async def test_a_cycle_that_ends_with_the_calendar_waits_and_ratings_of_its_last_day_are_parked(
    bus: Bus, engine: AsyncEngine
) -> None:
    endless = opened("Payments").model_copy(update={"period_end": date(9999, 12, 31)})
    await bus.publish(person("jane"), pay("jane"), policy(), endless, assessed("jane"))
    await bus.publish(*finalized("Payments", {"jane": "2"}))
    assert await rows(engine, STATES) == [("jane", 1, "awaiting_inputs")]
    late = [
        each.model_copy(update={"finalized_on": date(9999, 12, 31)})
        for each in finalized("Payments", {"jane": "2"}, revision=2)
    ]
    await bus.publish(*late)
    assert await rows(engine, "SELECT reason FROM inbox_parked") == [
        ("finalized_on is a day from which no plan can be reckoned",)
    ]
