"""Going on without somebody's pay on a real PostgreSQL: who may name whom, and what is refused."""

import asyncio

import httpx
import pytest
import sqlalchemy as sa
from followed import DAY, Company
from published import DIVISION, assessed, finalized
from sqlalchemy.ext.asyncio import AsyncEngine
from unpaid import MERIT, OTHERS, STATES, WAITING, WHY, WITHOUT_PAY, differences, naming, rate, waiting

from plumbline.runtime.security import limit_to_divisions
from plumbline_local.databases import Database
from plumbline_local.testing_databases import connected, rows


@pytest.fixture
def firm(unpaid: Company) -> Company:
    return unpaid


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


async def test_who_may_name_people_reads_who_was_named_by_whom_and_why(firm: Company) -> None:
    async def read(as_: str) -> httpx.Response:
        return await firm.client.get(WITHOUT_PAY, headers=firm._headers(as_, 0))

    assert (await read("hr")).json() == {"people": []}
    await firm.done(WITHOUT_PAY, naming("una"), as_="hr")
    await firm.done(WITHOUT_PAY, naming("hr", reason="Seconded from a subsidiary."), as_="hr-too")
    una, hr = (
        {"person_id": name, "division": DIVISION, "reason": why, "named_by": by, "named_at": DAY.isoformat()}
        for name, why, by in (("una", WHY, "hr"), ("hr", "Seconded from a subsidiary.", "hr-too"))
    )
    for who in ("hr-too", "coordinator"):
        people = (await read(who)).json()["people"]
        assert [{**each, "named_at": each["named_at"].replace("Z", "+00:00")} for each in people] == [hr, una]
    # Nobody holds a right over the own entry, and of another division nobody is shown.
    assert [each["person_id"] for each in (await read("hr")).json()["people"]] == ["una"]
    assert (await read("hr-sales")).json() == {"people": []}
    assert {
        ("hr", "read", "completion", "una"),
        ("hr-too", "read", "completion", "hr"),
    } <= await firm.audited()
    for who in ("vp", "boss", "una", "paid", "finance", "auditor", "payroll", "admin", "nobody"):
        answer = await read(who)
        assert (answer.status_code, "una" in answer.text) == (403, False), who
    other = "/cycles/00000000-0000-0000-0000-000000000009/without-pay"
    assert (await firm.client.get(other, headers=firm._headers("hr", 0))).status_code == 404


async def test_the_database_itself_keeps_other_divisions_from_whom_hr_named(
    firm: Company, base: Database
) -> None:
    await firm.done(WITHOUT_PAY, naming("una"), as_="hr")
    for division, count in (("Sales", 0), (DIVISION, 1)):
        async with connected(base.api_url) as api, api.begin() as tx:
            await limit_to_divisions(tx, [division])
            found = await tx.execute(sa.text("SELECT count(*) FROM without_pay"))
            assert found.scalar_one() == count


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
