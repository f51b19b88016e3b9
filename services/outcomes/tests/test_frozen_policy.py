"""A cycle decides by the policy whose digest it froze, and by no other that bears the same id."""

import pytest
from followed import Company
from published import DOCUMENT, POLICY, decimals, finalized, pay, policy
from sqlalchemy.ext.asyncio import AsyncEngine
from unpaid import POOL, STATES, differences, waiting

from plumbline.contracts.policy import PolicyStateV1
from plumbline_local.testing_databases import rows

DECIDED = "SELECT DISTINCT policy_id, policy_digest FROM outcome"


def another() -> PolicyStateV1:
    """A policy under the frozen one's id that pays everybody who is rated 4 ten times as much."""
    matrix = {**DOCUMENT.merit.matrix, "4": decimals("90", "80", "70", "50")}
    merit = DOCUMENT.merit.model_copy(update={"matrix": matrix})
    return policy().model_copy(
        update={"digest": "d2", "document": DOCUMENT.model_copy(update={"merit": merit})}
    )


async def rate(firm: Company) -> None:
    await firm.bus.publish(pay("una"), *finalized("Payments", {"paid": "4", "una": "4"}))


@pytest.fixture
async def firm(unpaid: Company, engine: AsyncEngine) -> Company:
    """A firm to whose cycle the frozen policy has not come."""
    await rows(engine, "DELETE FROM policy RETURNING 1")
    return unpaid


async def test_a_policy_with_the_frozen_id_and_another_digest_decides_nobody_and_who_waits_says_so(
    firm: Company, engine: AsyncEngine
) -> None:
    await firm.bus.publish(another())
    await rate(firm)
    assert await waiting(firm, "hr") == {"paid": ["policy"], "una": ["policy"]}
    assert {state for *_, state in await rows(engine, STATES)} == {"awaiting_inputs"}
    assert await rows(engine, "SELECT count(*) FROM outcome") == [(0,)]
    assert await rows(engine, POOL) == [("open", None, None)]


@pytest.mark.parametrize("wrong_first", [True, False])
async def test_the_frozen_one_heals_them_whatever_came_before_it_or_comes_after(
    firm: Company, engine: AsyncEngine, wrong_first: bool
) -> None:
    if wrong_first:
        await firm.bus.publish(another())
    await rate(firm)
    await firm.bus.publish(policy())
    if not wrong_first:
        await firm.bus.publish(another())
        await firm.bus.publish(*finalized("Payments", {"una": "3"}, revision=2))
    assert await waiting(firm, "hr") == {}
    assert await rows(engine, DECIDED) == [(POLICY, "d1")]
    assert await differences(engine) == ()


async def test_a_correction_after_the_policy_was_replaced_waits_for_the_frozen_one(
    firm: Company, engine: AsyncEngine
) -> None:
    await firm.bus.publish(policy())
    await rate(firm)
    await rows(engine, "UPDATE policy SET digest = 'd2' RETURNING 1")
    await firm.bus.publish(*finalized("Payments", {"una": "3"}, revision=2))
    assert await waiting(firm, "hr") == {"una": ["policy"]}
