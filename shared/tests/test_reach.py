"""Rights as sets in SQL against rights as a rule, of everybody towards everybody in a generated company."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Collection
from datetime import date

import pytest
import pytest_asyncio
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from plumbline.runtime.access import Relation
from plumbline.runtime.database import raw
from plumbline.runtime.directory import (
    ROLES,
    WORKING,
    DirectoryPerson,
    directory,
    limit_to_visible_divisions,
    relations_to_many,
    standing,
    standing_in_each,
    store_people,
)
from plumbline.runtime.reach import Reach, reach_of, relations_within
from plumbline.runtime.security import SETTING
from plumbline_local.testing import MakeDatabase
from plumbline_local.testing_databases import connected

DIVISIONS = ("Engineering", "Sales", "Legal", 'Odd, "name" with \' marks', "*")
# Known to callers, not to the directory.
OF_CONTEXT = {Relation.FACILITATOR, Relation.PARTICIPANT, Relation.PANEL_MEMBER, Relation.AUTHOR}
SIZE = 70


def make_company(seed: int) -> dict[str, DirectoryPerson]:
    """People who report in lines, in circles, to nobody and to somebody unknown; some hold several roles."""
    chance = random.Random(seed)
    ids = [f"p{number}" for number in range(SIZE)]
    roles = [
        *ROLES,
        *(f"hr_partner:{division}" for division in DIVISIONS),
        "hr_partner:Gone",
        "something new",
        "hr_partner",
    ]
    company = [
        DirectoryPerson(
            person_id=person_id,
            manager_id=chance.choice([None, "unheard-of", *ids[:4] * 4, *ids[: number // 2 + 1]]),
            dotted_line_manager_id=chance.choice([None, None, *chance.sample(ids, 2)]),
            division=chance.choice(DIVISIONS[:4]) if chance.random() < 0.97 else "*",
            department="D",
            team="T",
            level="L4",
            job_family="",
            location="",
            hire_date=date(2020, 1, 1),
            status=chance.choice(["active", "active", "active", "on_leave", "left"]),
            roles=tuple(chance.sample(roles, chance.choice([0, 0, 0, 0, 1, 1, 2, 3]))),
        )
        for number, person_id in enumerate(ids)
    ]
    return {each.person_id: each for each in company}


def expected_relations(
    company: dict[str, DirectoryPerson], viewer_id: str, subject_id: str
) -> frozenset[Relation]:
    """What the architecture says in words, written without the code under test."""
    viewer, subject = company.get(viewer_id), company.get(subject_id)
    if viewer is None or viewer.status == "left":
        return frozenset()
    if viewer_id == subject_id:
        return frozenset({Relation.SELF})
    if subject is None:
        return frozenset({Relation.NONE})
    found = {Relation(role) for role in viewer.roles if role in ROLES}
    if f"hr_partner:{subject.division}" in viewer.roles:
        found.add(Relation.HR_PARTNER)
    if subject.manager_id == viewer_id:
        found.add(Relation.MANAGER)
    if subject.dotted_line_manager_id == viewer_id:
        found.add(Relation.DOTTED_LINE_MANAGER)
    manager = company.get(subject.manager_id or "")
    if manager is not None and manager.manager_id == viewer_id:
        found.add(Relation.SKIP_LEVEL)
    return frozenset(found or {Relation.NONE})


def expected_divisions(company: dict[str, DirectoryPerson], viewer_id: str) -> set[str]:
    viewer = company.get(viewer_id)
    if viewer is None or viewer.status == "left":
        return set()
    if any(role in ROLES for role in viewer.roles):
        return {"*"}
    lines = {Relation.MANAGER, Relation.DOTTED_LINE_MANAGER, Relation.SKIP_LEVEL}
    found = {viewer.division}
    found |= {role.removeprefix("hr_partner:") for role in viewer.roles if role.startswith("hr_partner:")}
    for each in company.values():
        # Who reports to oneself in a circle is in the own division anyway.
        if not expected_relations(company, viewer_id, each.person_id).isdisjoint(lines):
            found.add(each.division)
    return found - {"*"}


@pytest.fixture(params=range(3))
def company(request: pytest.FixtureRequest) -> dict[str, DirectoryPerson]:
    return make_company(request.param)


@pytest.fixture
def viewers(company: dict[str, DirectoryPerson]) -> list[str]:
    return [*company, "unheard-of"]


@pytest_asyncio.fixture
async def engine(database: MakeDatabase) -> AsyncIterator[AsyncEngine]:
    async with connected(database("apitest", migrate=False).owner_url) as engine:
        async with engine.begin() as connection:
            await connection.run_sync(directory.create)
        yield engine


@pytest_asyncio.fixture
async def tx(engine: AsyncEngine, company: dict[str, DirectoryPerson]) -> AsyncIterator[AsyncConnection]:
    async with engine.begin() as connection:
        await store_people(connection, list(company.values()))
        yield connection


async def select_reached(tx: AsyncConnection, reach: Reach) -> set[str]:
    condition, parameters = reach.condition("person_id", first=1)
    rows = await (await raw(tx)).fetch(f"SELECT person_id FROM directory WHERE {condition}", *parameters)
    return {row["person_id"] for row in rows}


def test_the_generated_companies_have_every_relation_and_every_kind_of_person() -> None:
    for seed in range(3):
        company = make_company(seed)
        found = {
            relation
            for viewer in company
            for subject in company
            for relation in expected_relations(company, viewer, subject)
        }
        assert found == set(Relation) - OF_CONTEXT
        assert {each.status for each in company.values()} == {*WORKING, "left"}


async def test_relations_are_what_the_organization_says(
    tx: AsyncConnection, company: dict[str, DirectoryPerson], viewers: list[str]
) -> None:
    for viewer in viewers:
        together = await relations_to_many(tx, viewer, viewers)
        assert together == {each: expected_relations(company, viewer, each) for each in viewers}


async def test_each_relation_reaches_in_sql_whom_the_rule_names(
    tx: AsyncConnection, company: dict[str, DirectoryPerson], viewers: list[str]
) -> None:
    for viewer in viewers:
        for relation in set(Relation) - {Relation.NONE}:
            reach = await reach_of(tx, viewer, [relation])
            named = {each for each in company if relation in expected_relations(company, viewer, each)}
            assert await select_reached(tx, reach) == named, (viewer, relation)


async def test_several_relations_reach_whom_any_of_them_reaches(
    tx: AsyncConnection, company: dict[str, DirectoryPerson], viewers: list[str]
) -> None:
    chance = random.Random(1)
    wanted: Collection[Relation]
    for viewer in viewers:
        for _ in range(8):
            wanted = chance.sample(sorted(set(Relation) - {Relation.NONE}), chance.randint(2, 8))
            named = {
                each for each in company if not expected_relations(company, viewer, each).isdisjoint(wanted)
            }
            reached = await select_reached(tx, await reach_of(tx, viewer, wanted))
            assert reached == named, (viewer, wanted)


async def test_what_everybody_may_see_leaves_nobody_out_who_works_here(
    tx: AsyncConnection, company: dict[str, DirectoryPerson], viewers: list[str]
) -> None:
    for viewer in viewers:
        reached = await select_reached(tx, await reach_of(tx, viewer, set(Relation)))
        works = viewer in company and company[viewer].status != "left"
        assert reached == (set(company) if works else set())


async def test_relations_within_a_reach_are_the_same_with_and_without_a_statement(
    tx: AsyncConnection, viewers: list[str]
) -> None:
    for viewer in viewers:
        reach = await reach_of(tx, viewer, [Relation.MANAGER])
        together = await relations_to_many(tx, viewer, viewers)
        near = {each: related for each, related in together.items() if each in reach.near}
        assert await relations_within(tx, reach, list(near)) == near
        assert await relations_within(tx, reach, viewers) == together


async def test_the_divisions_that_row_level_security_shows_are_as_the_rule_names_them(
    tx: AsyncConnection, company: dict[str, DirectoryPerson], viewers: list[str]
) -> None:
    for viewer in viewers:
        expected = expected_divisions(company, viewer)
        assert await limit_to_visible_divisions(tx, viewer) is bool(expected), viewer
        setting = await tx.execute(sa.select(sa.func.current_setting(SETTING)))
        assert set(json.loads(setting.scalar_one())) == expected, viewer


async def test_standing_in_several_divisions_is_standing_in_each(
    tx: AsyncConnection, viewers: list[str]
) -> None:
    for viewer in viewers:
        together = await standing_in_each(tx, viewer, DIVISIONS)
        assert together == {division: await standing(tx, viewer, division) for division in DIVISIONS}


async def test_rights_take_one_statement_each_however_many_people_there_are(
    tx: AsyncConnection, viewers: list[str]
) -> None:
    statements: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    driver = await raw(tx)
    driver.add_query_logger(lambda logged: statements.append(logged.query))
    event.listen(tx.sync_connection, "before_cursor_execute", count)
    await limit_to_visible_divisions(tx, "p0")
    await relations_to_many(tx, "p0", viewers)
    reach = await reach_of(tx, "p0", [Relation.MANAGER, Relation.SKIP_LEVEL])
    await relations_within(tx, reach, reach.people)
    await asyncio.sleep(0)  # the driver reports a statement in the loop's next turn
    assert reach.people
    assert len(statements) == 3, statements
