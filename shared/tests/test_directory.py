"""The people replica on a real PostgreSQL, and the relations that follow from it."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date

import pytest
import pytest_asyncio
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from plumbline.runtime.access import Relation
from plumbline.runtime.directory import (
    DirectoryPerson,
    directory,
    find_people,
    find_person,
    limit_to_visible_divisions,
    relations,
    relations_to_many,
    standing,
    store_people,
)
from plumbline.runtime.security import SETTING
from plumbline_local.testing import MakeDatabase
from plumbline_local.testing_databases import connected


def person(
    person_id: str,
    manager_id: str | None = None,
    *,
    division: str = "Engineering",
    roles: tuple[str, ...] = (),
    dotted: str | None = None,
    status: str = "active",
) -> DirectoryPerson:
    return DirectoryPerson(
        person_id=person_id,
        manager_id=manager_id,
        dotted_line_manager_id=dotted,
        division=division,
        department="Payments",
        team="Ledger",
        level="L4",
        job_family="Engineer",
        location="Berlin",
        hire_date=date(2020, 2, 29),
        status=status,
        roles=roles,
    )


# ceo ← vp ← head ← lead ← dev; sales reports to the ceo in another division and has a dotted line to lead.
PEOPLE = [
    person("ceo", division="Board"),
    person("vp", "ceo"),
    person("head", "vp"),
    person("lead", "head"),
    person("dev", "lead"),
    person("left", "lead", status="left"),
    person("away", "lead", status="on_leave"),
    person("oldboss", status="left", roles=("payroll", "auditor")),
    person("sales", "ceo", division="Sales", dotted="lead"),
    person(
        "hr", "ceo", division="HR", roles=("hr_partner:Engineering", "hr_partner:Odd, name: with ' marks")
    ),
    person("pay", "ceo", division="Finance", roles=("payroll", "finance", "something new")),
    person("audit", "ceo", division="Finance", roles=("auditor",)),
    person("coord", "ceo", division="HR", roles=("coordinator", "hr_admin")),
    person("sneaky", "ceo", division="*", roles=("hr_partner:*",)),
]


@pytest_asyncio.fixture
async def engine(database: MakeDatabase) -> AsyncIterator[AsyncEngine]:
    async with connected(database("apitest", migrate=False).owner_url) as engine:
        async with engine.begin() as connection:
            await connection.run_sync(directory.create)
            await store_people(connection, PEOPLE)
        yield engine


@pytest_asyncio.fixture
async def tx(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with engine.begin() as connection:
        yield connection


async def test_people_are_stored_and_read_back_as_they_are(tx: AsyncConnection) -> None:
    found = await find_people(tx, [each.person_id for each in PEOPLE])
    assert found == {each.person_id: each for each in PEOPLE}
    assert await find_person(tx, "unheard-of") is None


async def test_storing_again_replaces_and_the_last_of_several_records_counts(tx: AsyncConnection) -> None:
    moved = replace(PEOPLE[4], manager_id="head", roles=("auditor",))
    await store_people(tx, [PEOPLE[4], replace(moved, team="Old"), moved])
    assert await find_person(tx, "dev") == moved
    assert (await tx.execute(sa.select(sa.func.count()).select_from(directory))).scalar_one() == len(PEOPLE)
    await store_people(tx, [])


async def test_twenty_thousand_people_take_one_statement(tx: AsyncConnection) -> None:
    many = [person(f"m{number}", "lead") for number in range(20_000)]
    statements = 0

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    driver = (await tx.get_raw_connection()).driver_connection
    assert driver is not None
    driver.add_query_logger(count)
    await store_people(tx, many)
    driver.remove_query_logger(count)
    assert statements == 1
    assert len(await relations_to_many(tx, "lead", [each.person_id for each in many])) == 20_000


@pytest.mark.parametrize(
    ("viewer", "subject", "expected"),
    [
        ("dev", "dev", {Relation.SELF}),
        ("hr", "hr", {Relation.SELF}),
        ("pay", "pay", {Relation.SELF}),
        ("lead", "dev", {Relation.MANAGER}),
        ("lead", "away", {Relation.MANAGER}),
        ("lead", "sales", {Relation.DOTTED_LINE_MANAGER}),
        ("head", "dev", {Relation.SKIP_LEVEL}),
        ("vp", "dev", {Relation.NONE}),
        ("ceo", "dev", {Relation.NONE}),
        ("ceo", "head", {Relation.SKIP_LEVEL}),
        ("dev", "lead", {Relation.NONE}),
        ("hr", "dev", {Relation.HR_PARTNER}),
        ("hr", "sales", {Relation.NONE}),
        ("pay", "dev", {Relation.PAYROLL, Relation.FINANCE}),
        ("audit", "dev", {Relation.AUDITOR}),
        ("coord", "sales", {Relation.COORDINATOR, Relation.HR_ADMIN}),
        ("left", "left", set()),
        ("left", "dev", set()),
        ("oldboss", "dev", set()),
        ("unheard-of", "dev", set()),
        ("unheard-of", "unheard-of", set()),
        ("lead", "unheard-of", {Relation.NONE}),
        ("pay", "unheard-of", {Relation.NONE}),
        ("lead", "left", {Relation.MANAGER}),
    ],
)
async def test_relations_follow_from_the_people_topic(
    viewer: str, subject: str, expected: set[Relation], tx: AsyncConnection
) -> None:
    assert await relations(tx, viewer, subject) == expected


async def test_what_only_the_caller_knows_is_added_but_never_over_oneself(tx: AsyncConnection) -> None:
    context = [Relation.FACILITATOR]
    assert await relations(tx, "lead", "dev", in_context=context) == {Relation.MANAGER, Relation.FACILITATOR}
    assert await relations(tx, "vp", "dev", in_context=context) == {Relation.FACILITATOR}
    assert await relations(tx, "lead", "lead", in_context=context) == {Relation.SELF}
    assert await relations(tx, "left", "dev", in_context=context) == frozenset()
    assert await standing(tx, "left", None, in_context=context) == frozenset()


async def test_many_relations_are_the_same_as_each_by_itself(tx: AsyncConnection) -> None:
    everyone = [each.person_id for each in PEOPLE]
    for viewer in everyone:
        together = await relations_to_many(tx, viewer, everyone)
        assert together == {subject: await relations(tx, viewer, subject) for subject in everyone}


async def test_standing_towards_a_division_comes_from_roles(tx: AsyncConnection) -> None:
    assert await standing(tx, "hr", "Engineering") == {Relation.HR_PARTNER}
    assert await standing(tx, "hr", "Sales") == {Relation.NONE}
    assert await standing(tx, "hr", None) == {Relation.HR_PARTNER}
    assert await standing(tx, "coord", "Sales") == {Relation.COORDINATOR, Relation.HR_ADMIN}
    assert await standing(tx, "dev", "Engineering") == {Relation.NONE}
    assert await standing(tx, "unheard-of", None) == frozenset()


@pytest.mark.parametrize(
    ("viewer", "expected"),
    [
        ("dev", {"Engineering"}),
        ("lead", {"Engineering", "Sales"}),
        ("ceo", {"Board", "Engineering", "Sales", "HR", "Finance"}),
        ("hr", {"HR", "Engineering", "Odd, name: with ' marks"}),
        ("pay", {"*"}),
        ("audit", {"*"}),
        ("coord", {"*"}),
        ("sneaky", set()),
        ("oldboss", set()),
        ("unheard-of", set()),
    ],
)
async def test_visible_divisions(viewer: str, expected: set[str], tx: AsyncConnection) -> None:
    assert await limit_to_visible_divisions(tx, viewer) is bool(expected)
    setting = await tx.execute(sa.select(sa.func.current_setting(SETTING)))
    assert set(json.loads(setting.scalar_one())) == expected
