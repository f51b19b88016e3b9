"""Going on without somebody's pay on a real PostgreSQL: who waits, who may name whom, and what follows."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from followed import Company, company, release
from published import DIVISION, Bus, assessed, finalized, opened, pay, person, policy
from sqlalchemy.ext.asyncio import AsyncEngine
from unpaid import (
    AWARDS,
    MERIT,
    POOL,
    REFUSED,
    STAFF,
    STATES,
    WHY,
    WITHOUT_PAY,
    differences,
    naming,
    rate,
    waiting,
)

from plumbline.contracts.outcomes import OutcomesDecidedV1
from plumbline_local.databases import Database
from plumbline_local.testing_databases import rows


@pytest.fixture
def firm(unpaid: Company) -> Company:
    return unpaid


async def test_naming_the_one_who_waits_decides_and_awards_the_whole_division_at_once(
    firm: Company, engine: AsyncEngine
) -> None:
    await rate(firm)
    assert await rows(engine, POOL) == [("open", None, None)]
    assert await waiting(firm, "hr") == {"una": ["pay"]}
    answer = await firm.done(WITHOUT_PAY, naming("una"), as_="hr")
    assert answer == {"named": ["una"], "decided": 1, "pools_awarded": 1}
    assert await waiting(firm, "hr") == {}
    # The whole of 12,000 is for the other one, whose guideline is 12,740: a claim of una's would have taken from it.
    assert await rows(engine, AWARDS) == [("paid", "awarded", 1_200_000)]
    assert await rows(engine, POOL) == [("awarded", 1, 1_200_000)]
    assert await rows(engine, MERIT) == [("una", 1, "ineligible", REFUSED, False)]
    stored = "SELECT person_id, division, reason, named_by FROM without_pay"
    assert await rows(engine, stored) == [("una", DIVISION, WHY, "hr")]
    assert ("hr", "write", "completion", "una") in await firm.audited()
    assert await differences(engine) == ()


async def test_what_is_announced_says_ineligible_and_everything_else_that_the_rating_led_to(
    firm: Company,
) -> None:
    await rate(firm)
    await firm.done(WITHOUT_PAY, naming("una"), as_="coordinator")
    decided = {each["person_id"]: each for each in await firm.events("decided")}
    event = OutcomesDecidedV1.model_validate(decided["una"])
    found = {each.component: (each.state, each.detail) for each in event.components}
    assert found == {
        "assignment": ("offered", "stretch_assignment"),
        "equity": ("granted", None),
        "promotion_case": ("open", None),
        "merit": ("ineligible", "no_pay_record"),
    }
    assert [each["person_id"] for each in await firm.events("merit-awarded")] == ["paid"]
    assert not any(WHY in str(each) for each in decided.values())


async def test_who_is_named_before_the_rating_is_decided_when_it_comes(
    firm: Company, engine: AsyncEngine
) -> None:
    answer = await firm.done(WITHOUT_PAY, naming("una"), as_="hr")
    assert answer == {"named": ["una"], "decided": 0, "pools_awarded": 0}
    await rate(firm)
    assert await rows(engine, STATES) == [("paid", 1, "decided"), ("una", 1, "decided")]
    assert await rows(engine, AWARDS) == [("paid", "awarded", 1_200_000)]
    assert await rows(engine, MERIT) == [("una", 1, "ineligible", REFUSED, False)]
    assert await differences(engine) == ()


async def test_pay_that_comes_later_changes_nothing_and_a_correction_stays_without_merit(
    firm: Company, engine: AsyncEngine
) -> None:
    await rate(firm)
    await firm.done(WITHOUT_PAY, naming("una"), as_="hr")
    await firm.bus.publish(pay("una"))
    await firm.bus.publish(*finalized("Payments", {"una": "5"}, revision=2))
    assert await rows(engine, STATES) == [
        ("paid", 1, "decided"),
        ("una", 1, "decided"),
        ("una", 2, "decided"),
    ]
    assert await rows(engine, AWARDS) == [("paid", "awarded", 1_200_000)]
    assert await rows(engine, MERIT) == [
        ("una", 1, "ineligible", REFUSED, True),
        ("una", 2, "ineligible", REFUSED, False),
    ]
    assert await differences(engine) == ()
    before = await rows(engine, "SELECT * FROM outcome ORDER BY outcome_id")
    await firm.bus.deliver(firm.bus.log)
    assert await rows(engine, "SELECT * FROM outcome ORDER BY outcome_id") == before


async def test_two_revisions_that_both_wait_are_decided_by_one_naming(
    firm: Company, engine: AsyncEngine
) -> None:
    await rate(firm)
    await firm.bus.publish(*finalized("Payments", {"una": "5"}, revision=2))
    assert await waiting(firm, "hr") == {"una": ["pay"]}
    answer = await firm.done(WITHOUT_PAY, naming("una"), as_="hr")
    assert (answer["decided"], answer["pools_awarded"]) == (2, 1)
    assert [row[1:3] + row[4:] for row in await rows(engine, MERIT)] == [
        (1, "ineligible", True),
        (2, "ineligible", False),
    ]


async def test_manager_and_employee_read_why_there_is_no_merit_the_employee_after_the_release(
    firm: Company,
) -> None:
    await rate(firm)
    await firm.done(WITHOUT_PAY, naming("una"), as_="hr")
    (merit,) = await firm.outcomes(as_="boss", name="una", component="merit")
    assert (merit["state"], merit["result"]) == ("ineligible", {"reason": "no_pay_record"})
    assert await firm.outcomes(as_="una", name="una", component="merit") == []
    await release(firm.bus)
    (mine,) = await firm.outcomes(as_="una", name="una", component="merit")
    assert (mine["state"], mine["result"]) == ("ineligible", {"reason": "no_pay_record"})
    assert await firm.outcomes(as_="paid", name="una", component="merit") == []
    assert WHY not in str(mine)


async def test_several_who_wait_go_on_together_and_the_rest_keeps_waiting(
    firm: Company, engine: AsyncEngine
) -> None:
    names = [f"u{number}" for number in range(5)]
    await firm.bus.publish(*[event for name in names for event in (person(name), assessed(name))])
    await firm.bus.publish(*finalized("Payments", dict.fromkeys(("paid", *names), "3")))
    answer = await firm.done(WITHOUT_PAY, naming(*names[:3]), as_="hr")
    assert (answer["decided"], answer["pools_awarded"]) == (3, 0)
    assert await waiting(firm, "coordinator") == {"u3": ["pay"], "u4": ["pay"]}
    answer = await firm.done(WITHOUT_PAY, naming(*names[3:]), as_="hr")
    assert (answer["decided"], answer["pools_awarded"]) == (2, 1)


async def test_who_waits_is_told_with_everything_that_is_missing(firm: Company, engine: AsyncEngine) -> None:
    first, _ = finalized("Payments", {"ghost": "3", "paid": "4"}, chunk_size=1)
    await firm.bus.publish(first)
    assert await waiting(firm, "hr") == {"ghost": ["person", "pay", "assessment", "chunks"]}
    await firm.done(WITHOUT_PAY, naming("ghost"), as_="hr")
    assert await waiting(firm, "hr") == {"ghost": ["person", "assessment", "chunks"]}
    async with engine.begin() as tx:
        await tx.execute(sa.text("DELETE FROM policy"))
    assert (await waiting(firm, "hr"))["ghost"] == ["policy", "person", "assessment", "chunks"]


async def test_a_cycle_without_merit_waits_for_nobodys_pay_and_refuses_to_go_without(
    base: Database, bus: Bus, engine: AsyncEngine, tmp_path: Path
) -> None:
    no_merit = opened("Payments").model_copy(update={"merit": False, "pools": ()})
    await bus.publish(*STAFF, person("una"), policy(), no_merit, *finalized("Payments", {"una": "3"}))
    async with company(base, bus, engine, tmp_path) as firm:
        assert await waiting(firm, "hr") == {"una": ["assessment"]}
        found = await firm.refused(WITHOUT_PAY, naming("una"), as_="hr")
    assert found[:2] == (409, "cycle_without_merit")
