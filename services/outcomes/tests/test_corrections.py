"""What a rating that is corrected after its award leads to: what payroll hears, and when finance has to sign."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from followed import Company, company
from published import CYCLE, DIVISION, Bus, assessed, finalized, opened, pay, person, policy
from sqlalchemy.ext.asyncio import AsyncEngine

from outcomes.usecases.verify_outcomes import verify_outcomes
from plumbline.contracts.event import Rating
from plumbline_local.databases import Database
from plumbline_local.testing_databases import rows
from plumbline_local.testing_services import published

APPROVALS = f"/cycles/{CYCLE}/approvals"
CHAIN = ("boss", "vp", "hr")
STAFF = (
    person("vp", manager=None),
    person("boss", manager="vp"),
    person("hr", manager="vp", roles=(f"hr_partner:{DIVISION}",)),
    person("fin", manager="vp", roles=("finance",)),
    person("planner", manager="vp", roles=("coordinator",)),
)
Change = tuple[str, str, int, str]


@pytest.fixture
async def pair(base: Database, bus: Bus, engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Company]:
    """Two people who are rated 3, in a pool that holds their floors of 5,460.00 each, and no more."""
    await rate(bus, budget="10920")
    async with company(base, bus, engine, tmp_path) as firm:
        yield firm


async def rate(bus: Bus, *, budget: str | None, reserve: str | None = None) -> None:
    await bus.publish(*STAFF, policy(), opened("Payments", budget=budget, reserve=reserve))
    await bus.publish(*[each for name in ("a", "b") for each in (person(name), pay(name), assessed(name))])
    await bus.publish(*finalized("Payments", {"a": "3", "b": "3"}))


async def correct(firm: Company, rating: Rating, *, name: str = "a", revision: int = 2) -> None:
    await firm.bus.publish(*finalized("Payments", {name: rating}, revision=revision))


async def waiting(firm: Company, as_: str) -> list[dict[str, Any]]:
    answer = await firm.client.get(APPROVALS, headers=firm._headers(as_, 0))
    return answer.json()["awards"]


async def sign(firm: Company, *signers: str) -> list[int]:
    """Everybody in turn signs what waits; how many awards each of them approves by it."""
    approved: list[int] = []
    for who in signers:
        named = [
            {name: each[name] for name in ("outcome_id", "revision")} for each in await waiting(firm, who)
        ]
        answer = await firm.done(APPROVALS, {"awards": named}, as_=who) if named else {"approved": 0}
        approved.append(answer["approved"])
    return approved


async def told(engine: AsyncEngine) -> list[Change]:
    """What payroll heard: the person, the new salary, the revision and the reason."""
    changes = [payload for _, payload in await published(engine, "pm.pay-changes.changed.v1")]
    return [(each["person_id"], each["salary"], each["revision"], each["reason"]) for each in changes]


async def differing(engine: AsyncEngine, *tampered: str) -> list[tuple[str, str, object, object]]:
    async with engine.connect() as tx:
        for statement in tampered:
            assert (await tx.exec_driver_sql(statement)).rowcount > 0, statement
        found = (await verify_outcomes(tx)).differences
        await tx.rollback()
    return [(each.component, each.field, each.stored, each.recomputed) for each in found]


async def test_a_correction_down_to_nothing_reaches_payroll(pair: Company, engine: AsyncEngine) -> None:
    assert await sign(pair, *CHAIN) == [0, 0, 2]
    first: list[Change] = [(name, "187460.00", 1, "merit") for name in ("a", "b")]
    assert sorted(await told(engine)) == first
    await correct(pair, "1")
    assert sorted(await told(engine)) == first
    assert await sign(pair, *CHAIN) == [0, 0, 1]
    (_, _, change) = await told(engine)
    assert change == ("a", "182000.00", 2, "correction")
    assert await differing(engine) == []


async def test_a_person_who_never_had_a_raise_and_gets_none_is_not_announced(
    pair: Company, engine: AsyncEngine
) -> None:
    await correct(pair, "1")
    assert await sign(pair, *CHAIN) == [0, 0, 2]
    assert await told(engine) == [("b", "187460.00", 1, "merit")]
    await correct(pair, "2", revision=3)
    await correct(pair, "1", revision=4)
    assert await sign(pair, *CHAIN) == [0, 0, 1]
    assert [each[0] for each in await told(engine)] == ["b"]
    assert await differing(engine) == []


async def test_a_correction_that_changes_no_amount_is_not_announced_again(
    pair: Company, engine: AsyncEngine
) -> None:
    await sign(pair, *CHAIN)
    await correct(pair, "3")
    assert await sign(pair, *CHAIN) == [0, 0, 1]
    assert sorted(each[:3] for each in await told(engine)) == [(name, "187460.00", 1) for name in ("a", "b")]
    assert await differing(engine) == []


async def test_what_payroll_holds_is_what_it_was_told_last_and_not_what_was_never_approved(
    pair: Company, engine: AsyncEngine
) -> None:
    await sign(pair, *CHAIN)
    await correct(pair, "1")
    await correct(pair, "3", revision=3)
    assert await sign(pair, *CHAIN) == [0, 0, 1]
    assert [each for each in await told(engine) if each[2] > 1] == []
    await correct(pair, "1", revision=4)
    await sign(pair, *CHAIN)
    await correct(pair, "3", revision=5)
    await sign(pair, *CHAIN, "fin")
    assert [each for each in await told(engine) if each[0] == "a"] == [
        ("a", "187460.00", 1, "merit"),
        ("a", "182000.00", 4, "correction"),
        ("a", "187460.00", 5, "correction"),
    ]
    assert await differing(engine) == []


async def test_a_lump_sum_that_is_taken_back_reaches_payroll(pair: Company, engine: AsyncEngine) -> None:
    """Above the range's maximum the salary stays as it was."""
    await pair.bus.publish(person("top"), pay("top", "220000"), assessed("top"))
    other = "UPDATE pool SET state = 'open', budget_amount = 30000"
    async with engine.begin() as tx:
        await tx.exec_driver_sql(other)
        await tx.exec_driver_sql("UPDATE award SET state = 'provisional'")
    await pair.bus.publish(*finalized("Payments", {"top": "3"}, revision=2))
    await sign(pair, *CHAIN)
    await correct(pair, "1", name="top", revision=3)
    await sign(pair, *CHAIN)
    changes = [payload for _, payload in await published(engine, "pm.pay-changes.changed.v1")]
    mine = [(each["salary"], each["lump_sum"]) for each in changes if each["person_id"] == "top"]
    assert [salary for salary, _ in mine] == ["220000.00", "220000.00"]
    assert [lump == "0.00" for _, lump in mine] == [False, True]


async def test_verifying_finds_a_pay_change_that_is_missing_wrong_or_too_much(
    pair: Company, engine: AsyncEngine
) -> None:
    await sign(pair, *CHAIN)
    await correct(pair, "1")
    await sign(pair, *CHAIN)
    none, raised = ({"salary": salary, "lump_sum": 0} for salary in (18_200_000, 18_746_000))
    corrected = "person_id = 'a' AND revision = 2"
    missing = f"DELETE FROM pay_change WHERE {corrected}"
    assert await differing(engine, missing) == [("merit", "pay_change", None, none)]
    missing = "DELETE FROM pay_change WHERE person_id = 'b'"
    assert await differing(engine, missing) == [("merit", "pay_change", None, raised)]
    wrong = f"UPDATE pay_change SET salary = 18746000 WHERE {corrected}"
    assert await differing(engine, wrong) == [("merit", "pay_change", raised, none)]
    too_early = "UPDATE award SET state = 'awarded' WHERE person_id = 'b'"
    assert await differing(engine, too_early) == [("merit", "pay_change", raised, None)]
    nobodys = "UPDATE pay_change SET outcome_id = gen_random_uuid() WHERE person_id = 'b'"
    found = sorted(await differing(engine, nobodys), key=str)
    assert found == [("merit", "pay_change", None, raised), ("merit", "pay_change", raised, None)]


async def test_verifying_finds_an_approved_award_without_a_signature(
    pair: Company, engine: AsyncEngine
) -> None:
    await correct(pair, "5")
    await sign(pair, *CHAIN, "fin")
    assert await differing(engine) == []
    steps = ["finance", "hr_partner", "manager", "skip_level"]
    for missing in steps:
        deleted = f"DELETE FROM signature WHERE step = '{missing}' AND revision = 2"
        left = [each for each in steps if each != missing]
        assert await differing(engine, deleted) == [("merit", "signatures", left, steps)]


async def test_a_correction_beyond_the_pools_budget_asks_for_finance(
    pair: Company, engine: AsyncEngine
) -> None:
    await sign(pair, *CHAIN)
    await correct(pair, "5")
    awards = "SELECT person_id, revision, award FROM award WHERE state <> 'superseded' ORDER BY 1"
    current = await rows(engine, awards)
    assert current == [("a", 2, 910_000), ("b", 1, 546_000)]
    for who in CHAIN:
        assert await waiting(pair, "fin") == []
        assert await sign(pair, who) == [0]
    (asked,) = await waiting(pair, "fin")
    assert (asked["person_id"], asked["steps"], asked["over_budget"]) == ("a", ["finance"], "3640.00")
    assert await sign(pair, "fin") == [1]
    assert [each for each in await told(engine) if each[0] == "a"] == [
        ("a", "187460.00", 1, "merit"),
        ("a", "191100.00", 2, "correction"),
    ]
    assert await rows(engine, awards) == current
    assert await differing(engine) == []


async def test_only_finance_is_told_by_how_much_and_only_for_that_award(pair: Company) -> None:
    await correct(pair, "5")
    for who in CHAIN:
        read = await waiting(pair, who)
        assert {each["person_id"] for each in read} == {"a", "b"}
        assert [each for each in read if "over_budget" in each] == []
        await sign(pair, who)
    assert [each["person_id"] for each in await waiting(pair, "fin")] == ["a"]


async def test_a_first_award_a_lowered_one_and_one_within_the_budget_need_no_finance(
    pair: Company, engine: AsyncEngine
) -> None:
    await correct(pair, "1")
    await correct(pair, "3", revision=3)
    await correct(pair, "5", revision=4)
    await correct(pair, "3", revision=5)
    assert await rows(engine, "SELECT state, revision FROM award WHERE person_id = 'a' AND revision = 5") == [
        ("awarded", 5)
    ]
    assert await sign(pair, *CHAIN) == [0, 0, 2]
    assert await waiting(pair, "fin") == []


async def test_two_corrections_that_are_over_budget_only_together_ask_both(
    bus: Bus, base: Database, engine: AsyncEngine, tmp_path: Path
) -> None:
    await rate(bus, budget="15000")
    excess = "SELECT excess FROM over_budget"
    await bus.publish(*finalized("Payments", {"a": "4", "b": "4"}, revision=2))
    (spent, budget) = (
        await rows(engine, "SELECT (SELECT sum(award) FROM award WHERE revision = 2), budget FROM pool")
    )[0]
    assert await rows(engine, excess) == [(int(str(spent)) - int(str(budget)),)] * 2


async def sums(firm: Company, as_: str) -> list[str | None]:
    """What the pool shows of its reserve: named, awarded, spent by now, and drawn from the reserve."""
    answer = await firm.client.get(f"/cycles/{CYCLE}/pools", headers=firm._headers(as_, 0))
    (pool,) = answer.json()["pools"]
    return [pool[name] for name in ("reserve", "award", "spent", "reserve_drawn")]


@pytest.mark.parametrize(
    ("reserve", "excess", "drawn"),
    [("5000", [], "3640.00"), ("3640", [], "3640.00"), ("3000", [64_000], "3000.00")],
)
async def test_appeals_draw_on_the_named_reserve_before_finance_is_asked(
    bus: Bus, base: Database, engine: AsyncEngine, tmp_path: Path, reserve: str, excess: list[int], drawn: str
) -> None:
    await rate(bus, budget="10920", reserve=reserve)
    async with company(base, bus, engine, tmp_path) as firm:
        named = f"{reserve}.00"
        assert await sums(firm, "hr") == [named, "10920.00", "10920.00", "0.00"]
        await correct(firm, "5")
        assert await rows(engine, "SELECT excess FROM over_budget") == [(each,) for each in excess]
        for who in ("hr", "fin"):
            assert await sums(firm, who) == [named, "10920.00", "14560.00", drawn]
        # What one correction paid is not the coordinator's to know.
        assert await sums(firm, "planner") == [named, "10920.00", None, None]
    assert await differing(engine) == []


async def test_a_pool_without_a_limit_is_never_over_budget(bus: Bus, engine: AsyncEngine) -> None:
    await rate(bus, budget=None)
    await bus.publish(*finalized("Payments", {"a": "5"}, revision=2))
    assert await rows(engine, "SELECT * FROM over_budget") == []


async def test_the_hr_partner_signs_for_finance_where_nobody_else_does(
    pair: Company, engine: AsyncEngine
) -> None:
    gone = person("fin", manager="vp", roles=("finance",)).model_copy(update={"status": "left"})
    await pair.bus.publish(gone)
    await correct(pair, "5")
    assert await sign(pair, *CHAIN) == [0, 0, 2]
    query = "SELECT person_id FROM signature WHERE step = 'finance'"
    assert await rows(engine, query) == [("hr",)]


async def test_of_two_corrections_that_are_awarded_together_the_earlier_one_is_superseded(
    pair: Company, engine: AsyncEngine
) -> None:
    await pair.bus.publish(
        *finalized("Payments", {"a": "4"}, revision=2), *finalized("Payments", {"a": "1"}, revision=3)
    )
    query = "SELECT revision, state FROM award WHERE person_id = 'a' ORDER BY 1"
    assert await rows(engine, query) == [(1, "superseded"), (2, "superseded"), (3, "awarded")]
    assert await rows(engine, "SELECT * FROM over_budget") == []
    assert await differing(engine) == []
