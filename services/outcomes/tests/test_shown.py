"""Which fields of an award, an outcome, a pool or who waits reach whom, before the release and after it."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from followed import concern
from published import CYCLE, DIVISION, NOW, Bus, assessed, finalized, opened, pay, person, policy
from sqlalchemy.ext.asyncio import AsyncEngine

from outcomes.api import build
from outcomes.usecases.attest_standing import attest_standing
from plumbline.contracts.cycle import ResultsReleasedV1
from plumbline.contracts.event import Rating
from plumbline.runtime.access import Action, Relation, Resource, State, may
from plumbline.runtime.settings import Settings
from plumbline_local.databases import Database
from plumbline_local.testing_services import client_of, local_settings, signed_in

Rows = list[dict[str, Any]]
Read = Callable[[str, str], Awaitable[Rows]]
# One viewer a relation to jane and low; "none" is a colleague.
VIEWERS = {
    "jane": Relation.SELF,
    "boss": Relation.MANAGER,
    "dotted": Relation.DOTTED_LINE_MANAGER,
    "vp": Relation.SKIP_LEVEL,
    "hr": Relation.HR_PARTNER,
    "finance": Relation.FINANCE,
    "payroll": Relation.PAYROLL,
    "auditor": Relation.AUDITOR,
    "coordinator": Relation.COORDINATOR,
    "records": Relation.HR_ADMIN,
    "admin": Relation.ADMIN,
    "grow": Relation.NONE,
}
ROLES = {
    "hr": f"hr_partner:{DIVISION}",
    "finance": "finance",
    "payroll": "payroll",
    "auditor": "auditor",
    "coordinator": "coordinator",
    "records": "hr_admin",
    "admin": "admin",
}
RATINGS: dict[str, Rating] = {"jane": "4", "grow": "3", "two": "2", "low": "1"}
AMOUNTS = {"award", "base_increase", "lump_sum", "new_salary"}
TELLING = {"rating", "guideline", "floor", "inputs", "maximum"}
GETS = ("awards", "outcomes", "pools", "waiting")
RATED = frozenset({"rating", "guideline_percent", "floor_percent", "recommended", "because"})


@pytest.fixture
async def read(base: Database, bus: Bus, engine: AsyncEngine, tmp_path: Path) -> AsyncGenerator[Read]:
    """Asks a GET of the cycle as somebody; a refusal shows nothing."""
    await rate(bus, engine)
    async with client_of(build(local_settings(Settings, base, tmp_path))) as client:

        async def get(what: str, as_: str) -> Rows:
            answer = await client.get(f"/cycles/{CYCLE}/{what}", headers=signed_in(as_, tmp_path))
            assert answer.status_code in (200, 403), answer.text
            return answer.json()[what] if answer.status_code == 200 else []

        yield get


async def rate(bus: Bus, engine: AsyncEngine) -> None:
    """Four people rated, of whom one has an award, equity and a promotion case, another a PIP."""
    staff = [person(name, manager="vp", roles=(role,)) for name, role in ROLES.items()]
    await bus.publish(person("vp", manager=None), person("boss", manager="vp"), *staff, policy())
    await bus.publish(person("dotted", manager="vp"), opened("Payments", budget="20000"))
    for name in RATINGS:
        dotted = person(name).model_copy(update={"dotted_line_manager_id": "dotted"})
        await bus.publish(dotted, pay(name), assessed(name, promotion=name == "jane"))
    await bus.publish(concern(1, date(2026, 10, 10)), concern(2, date(2026, 11, 2)))
    async with engine.begin() as tx:
        await attest_standing(tx, cycle_id=CYCLE, person_ids=["low"], by="hr", now=NOW)
    await bus.publish(*finalized("Payments", RATINGS))


def names_in(value: object) -> set[str]:
    """Every name at any depth."""
    if isinstance(value, dict):
        return {str(name) for name in value} | {name for each in value.values() for name in names_in(each)}
    return {name for each in value for name in names_in(each)} if isinstance(value, list) else set()


@pytest.mark.parametrize("released", [False, True])
@pytest.mark.parametrize("viewer", VIEWERS)
async def test_a_rating_reaches_those_who_may_read_it_and_nobody_else(
    read: Read, bus: Bus, viewer: str, released: bool
) -> None:
    if released:
        await bus.publish(ResultsReleasedV1(cycle_id=CYCLE, released_on=NOW.date()))
    state = State.AFTER_RELEASE if released else State.BEFORE_RELEASE
    held = [VIEWERS[viewer]]
    rated = may(held, action=Action.READ, resource=Resource.FINAL_RATING, state=state)
    awarded = may(held, action=Action.READ, resource=Resource.AWARD, state=state)
    found = {what: await read(what, viewer) for what in GETS}
    others = {"grow"} if viewer == "grow" else set[str]()
    rows = [row for what in ("awards", "outcomes") for row in found[what] if row["person_id"] not in others]
    assert bool(found["awards"] and found["awards"][0]["person_id"] not in others) == awarded
    for row in rows:
        assert ("rating" in names_in(row)) == rated, row
        assert rated or not names_in(row) & RATED, row
    for row in found["awards"]:
        assert row.keys() >= AMOUNTS
        assert rated or viewer == "grow" or not row.keys() & TELLING, row
    assert not names_in([found["pools"], found["waiting"]]) & RATED


@pytest.mark.parametrize(
    ("viewer", "fields"),
    [
        ("finance", set[str]()),
        ("payroll", {"salary", "fte"}),
        ("vp", set[str]()),
        ("boss", {"salary", "fte", "maximum", "guideline", "floor", "inputs"}),
        ("jane", {"salary", "fte", "maximum", "guideline", "floor", "inputs"}),
    ],
)
async def test_an_award_shows_the_amounts_to_all_and_the_salary_to_whom_pay_is(
    read: Read, bus: Bus, viewer: str, fields: set[str]
) -> None:
    await bus.publish(ResultsReleasedV1(cycle_id=CYCLE, released_on=NOW.date()))
    (award,) = [each for each in await read("awards", viewer) if each["person_id"] == "jane"]
    common = (
        "outcome_id cycle_id pool_id person_id division revision currency state refusal signed released_on"
    )
    assert award.keys() == fields | AMOUNTS | set(common.split())


async def test_who_approves_a_proposed_pip_reads_its_gate_and_not_the_rating(read: Read) -> None:
    shown = {each["component"]: each for each in await read("outcomes", "vp") if each["person_id"] == "low"}
    pip = shown["pip"]
    assert (pip["inputs"]["concerns"], pip["result"]["gap"]) == (
        ["00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"],
        "delivery",
    )
    assert pip["inputs"].keys() == {"proposed_on", "concerns", "attestation"}
    assert "rating" not in pip


async def test_equity_shows_finance_the_shares_and_not_what_they_come_from(read: Read) -> None:
    (equity,) = [each for each in await read("outcomes", "finance") if each["component"] == "equity"]
    assert (equity["inputs"], equity["result"]["shares"]) == ({}, 3000)


async def test_sums_of_a_pool_of_few_are_for_those_who_read_ratings(read: Read) -> None:
    for viewer, guideline in (
        ("hr", "21840.00"),
        ("auditor", "21840.00"),
        ("finance", None),
        ("coordinator", None),
    ):
        (pool,) = await read("pools", viewer)
        assert (pool["people"], pool["guideline"]) == (4, guideline)
        assert (pool["floor"] is None, pool["factor"] is None) == (guideline is None, guideline is None)
        assert (pool["award"], pool["budget"]) == ("20000.00", "20000.00")


async def test_money_is_decimal_text_everywhere(read: Read) -> None:
    """The one number in the inputs that is none is a date's, a rating's or a count of days."""
    (award,) = [each for each in await read("awards", "hr") if each["person_id"] == "jane"]
    assert (award["salary"], award["maximum"], award["currency"]) == ("182000.00", "215000.00", "USD")
    assert award["inputs"]["salary"] == "182000.00"
    assert award["inputs"]["range"] == ["L4", "*", "USD", "145000.00", "215000.00"]
    days = {"rating", "year", "unpaid_leave_days", "protected_leave_days"}
    numbers = {name for name, value in award["inputs"].items() if isinstance(value, int | float)}
    assert numbers == {*days, "merit_had"}
    assert award["inputs"]["merit_had"] is False
    assert {name for name, value in award.items() if isinstance(value, int | float)} == {"revision"}
    (pool,) = await read("pools", "hr")
    assert (pool["budget_amount"], pool["budget"]) == ("20000.00", "20000.00")
    assert {name for name, value in pool.items() if isinstance(value, int | float)} == {"people"}
