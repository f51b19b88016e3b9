"""Going on without somebody's pay on a real PostgreSQL: who waits, who may name whom, and what follows."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from followed import Company, company, release
from published import CYCLE, DIVISION, Bus, assessed, finalized, opened, pay, person, policy
from sqlalchemy.ext.asyncio import AsyncEngine

from outcomes.usecases.verify_outcomes import verify_outcomes
from plumbline.contracts.outcomes import OutcomesDecidedV1
from plumbline.contracts.people import PersonStateV1
from plumbline.runtime.database import connect
from plumbline.runtime.security import limit_to_divisions
from plumbline_local.databases import Database

WAITING, WITHOUT_PAY = f"/cycles/{CYCLE}/waiting", f"/cycles/{CYCLE}/without-pay"
WHY = "Paid by a subsidiary whose payroll is not connected."
HR = f"hr_partner:{DIVISION}"


def elsewhere(person_id: str, *roles: str) -> PersonStateV1:
    return person(person_id, manager="vp", roles=roles).model_copy(update={"division": "Sales"})


STAFF = (
    person("vp", manager=None),
    person("boss", manager="vp"),
    person("hr", manager="vp", roles=(HR,)),
    person("hr-too", manager="vp", roles=(HR,)),
    person("coordinator", manager="vp", roles=("coordinator",)),
    person("finance", manager="vp", roles=("finance",)),
    person("auditor", manager="vp", roles=("auditor",)),
    person("payroll", manager="vp", roles=("payroll",)),
    person("admin", manager="vp", roles=("hr_admin",)),
    elsewhere("hr-sales", "hr_partner:Sales"),
)
OTHERS = ("vp", "boss", "paid", "una", "finance", "auditor", "payroll", "admin", "hr-sales", "nobody")


@pytest.fixture
async def firm(base: Database, bus: Bus, engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Company]:
    """Two are rated, one of them is paid; the pool of 12,000 USD waits."""
    await bus.publish(*STAFF, person("paid"), person("una"), pay("paid"), policy())
    await bus.publish(opened("Payments", budget="12000"), assessed("paid"), assessed("una", promotion=True))
    async with company(base, bus, engine, tmp_path) as firm:
        yield firm


async def rate(firm: Company) -> None:
    await firm.bus.publish(*finalized("Payments", {"paid": "4", "una": "4"}))


def naming(*names: str, reason: str = WHY) -> dict[str, Any]:
    return {"people": [{"person_id": name, "reason": reason} for name in names]}


async def waiting(firm: Company, as_: str) -> dict[str, list[str]]:
    answer = await firm.client.get(WAITING, headers=firm._headers(as_, 0))
    assert answer.status_code == 200, answer.text
    return {row["person_id"]: row["waits_for"] for row in answer.json()["waiting"]}


async def rows(engine: AsyncEngine, query: str) -> list[tuple[Any, ...]]:
    async with engine.begin() as tx:
        return [tuple(row) for row in await tx.execute(sa.text(query))]


STATES = "SELECT person_id, revision, state FROM rating ORDER BY 1, 2"
AWARDS = "SELECT person_id, state, award FROM award ORDER BY 1"
POOL = "SELECT state, people, award FROM pool"
MERIT = (
    "SELECT person_id, revision, state, result, superseded FROM outcome WHERE component = 'merit' ORDER BY 2"
)
REFUSED = '{"reason":"no_pay_record"}'


async def differences(engine: AsyncEngine) -> tuple[object, ...]:
    async with engine.begin() as tx:
        return (await verify_outcomes(tx)).differences


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


@pytest.mark.parametrize(
    ("as_", "body", "expected"),
    [
        ("hr", naming("stranger"), (422, "unknown_person", "people.0.person_id")),
        ("hr", naming("una", "paid"), (409, "pay_is_here", "people.1.person_id")),
        ("hr", naming("una", "hr"), (403, "own_entry", "people.1.person_id")),
        ("hr", naming("una", reason="   "), (422, "invalid_request", None)),
        ("hr", naming("una", "una"), (422, "invalid_request", None)),
        ("hr", {"people": []}, (422, "invalid_request", None)),
        ("hr", {"people": [{"person_id": "una"}]}, (422, "invalid_request", None)),
    ],
)
async def test_a_refusal_names_its_field_and_fix_and_nobody_is_named(
    firm: Company, engine: AsyncEngine, as_: str, body: object, expected: tuple[int, str, str | None]
) -> None:
    answer = await firm.post(WITHOUT_PAY, body, as_=as_)
    said = answer.json()
    assert (answer.status_code, said["code"], said.get("field")) == expected
    assert all(each["field"].startswith("people") and each["fix"] for each in said["errors"])
    assert said["errors"]
    assert await rows(engine, "SELECT * FROM without_pay") == []


async def test_what_was_decided_or_named_before_is_refused_and_all_that_is_wrong_is_said_at_once(
    firm: Company,
) -> None:
    await firm.done(WITHOUT_PAY, naming("una"), as_="hr")
    assert (await firm.refused(WITHOUT_PAY, naming("una"), as_="hr-too"))[:2] == (409, "named_already")
    await rate(firm)
    answer = await firm.post(WITHOUT_PAY, naming("una", "stranger", "boss", "paid"), as_="hr")
    assert answer.status_code == 409
    said = answer.json()
    assert (said["code"], [each["field"] for each in said["errors"]]) == (
        "decided_already",
        ["people.0.person_id", "people.1.person_id", "people.3.person_id"],
    )


async def test_an_unknown_cycle_and_a_missing_idempotency_key_are_refused(firm: Company) -> None:
    other = "/cycles/00000000-0000-0000-0000-000000000009/without-pay"
    assert (await firm.refused(other, naming("una"), as_="hr"))[:2] == (404, "not_found")
    answer = await firm.post(WITHOUT_PAY, naming("una"), as_="hr", key="")
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")


async def test_the_same_key_is_answered_the_same_and_done_once(firm: Company) -> None:
    await rate(firm)
    first = await firm.post(WITHOUT_PAY, naming("una"), as_="hr", key="k")
    again = await firm.post(WITHOUT_PAY, naming("una"), as_="hr", key="k")
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert len(await firm.events("decided")) == 2


@pytest.mark.parametrize("who", OTHERS)
async def test_nobody_but_the_divisions_hr_partners_and_the_coordinator_lets_anybody_go_on(
    firm: Company, engine: AsyncEngine, who: str
) -> None:
    await rate(firm)
    answer = await firm.post(WITHOUT_PAY, naming("una"), as_=who)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    # Whether the person is known, is paid or is decided is not told to them either.
    for name in ("paid", "stranger"):
        other = await firm.post(WITHOUT_PAY, naming("una", name), as_=who)
        assert other.json() == answer.json()
    assert await rows(engine, "SELECT * FROM without_pay") == []
    assert ("una", 1, "awaiting_inputs") in await rows(engine, STATES)


async def test_who_waits_is_for_those_who_read_the_divisions_pools(firm: Company) -> None:
    await rate(firm)
    for who in ("hr", "coordinator", "finance", "auditor"):
        assert await waiting(firm, who) == {"una": ["pay"]}, who
    assert await waiting(firm, "hr-sales") == {}
    for who in ("vp", "boss", "una", "paid", "payroll", "admin", "nobody"):
        answer = await firm.client.get(WAITING, headers=firm._headers(who, 0))
        assert answer.status_code == 403, who
        assert "una" not in answer.text


async def test_an_hr_partner_without_pay_is_named_by_another_one(firm: Company, engine: AsyncEngine) -> None:
    await firm.bus.publish(assessed("hr"))
    await firm.bus.publish(*finalized("Payments", {"paid": "4", "hr": "3"}))
    assert (await firm.refused(WITHOUT_PAY, naming("hr"), as_="hr"))[:2] == (403, "own_entry")
    answer = await firm.done(WITHOUT_PAY, naming("hr"), as_="hr-too")
    assert (answer["decided"], answer["pools_awarded"]) == (1, 1)


async def test_the_database_itself_keeps_other_divisions_from_whom_hr_named(
    firm: Company, base: Database
) -> None:
    await firm.done(WITHOUT_PAY, naming("una"), as_="hr")
    api = connect(base.api_url)
    for division, count in (("Sales", 0), (DIVISION, 1)):
        async with api.begin() as tx:
            await limit_to_divisions(tx, [division])
            found = await tx.execute(sa.text("SELECT count(*) FROM without_pay"))
            assert found.scalar_one() == count
    await api.dispose()


async def test_of_two_namings_at_once_one_counts(firm: Company, engine: AsyncEngine) -> None:
    await rate(firm)
    answers = await asyncio.gather(
        firm.post(WITHOUT_PAY, naming("una"), as_="hr"), firm.post(WITHOUT_PAY, naming("una"), as_="hr-too")
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert len(await rows(engine, MERIT)) == 1


async def test_a_refusal_for_want_of_pay_that_nobody_named_is_found_by_verifying(
    firm: Company, engine: AsyncEngine
) -> None:
    await rate(firm)
    await firm.done(WITHOUT_PAY, naming("una"), as_="hr")
    async with engine.begin() as tx:
        await tx.execute(sa.text("DELETE FROM without_pay"))
    (found,) = await differences(engine)
    assert (getattr(found, "component", None), getattr(found, "recomputed", "")) == ("merit", None)
