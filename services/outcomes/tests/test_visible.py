"""What is read for somebody is what the access policy lets be seen, for everybody in a generated company."""

from typing import Any

import pytest
import sqlalchemy as sa
from generated import STATES
from published import CYCLE, NOW
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from outcomes.inbound import visible
from outcomes.usecases import queries
from outcomes.usecases.rights import RESOURCES, readers_of, state_of
from plumbline.runtime.access import Action, Relation, may
from plumbline.runtime.database import raw
from plumbline.runtime.directory import DirectoryPerson, limit_to_visible_divisions, relations_to_many
from plumbline.runtime.reach import reach_of, relations_within

Rows = list[dict[str, Any]]


def ids_of(rows: Rows) -> list[str]:
    """Which fields of a row reach whom is a test of its own."""
    return [row["outcome_id"] for row in rows]


async def seen_by_the_rule(tx: AsyncConnection, rows: Rows, viewer: str, *, released: bool) -> Rows:
    """Every row asked about by itself, with nothing left out beforehand."""
    related = await relations_to_many(tx, viewer, {row["person_id"] for row in rows})
    shown: Rows = []
    for row in rows:
        resource = RESOURCES[row.get("component", "merit")]
        started = row.get("starts_on") is not None
        state = state_of(resource, row["state"], released=released, started=started)
        panel = {Relation.PANEL_MEMBER} if viewer in row.get("panel", ()) else set[Relation]()
        if may(related[row["person_id"]] | panel, action=Action.READ, resource=resource, state=state):
            shown.append(row)
    return shown


@pytest.mark.parametrize("released", [False, True])
async def test_everybody_is_shown_what_the_policy_says_and_nothing_is_lost_on_the_way(
    api: AsyncEngine, people: dict[str, DirectoryPerson], released: bool
) -> None:
    seen = 0
    for viewer in [*people, "unheard-of"]:
        async with api.begin() as tx:
            await limit_to_visible_divisions(tx, viewer)
            every_award = await queries.list_awards(tx, CYCLE)
            every_outcome = await queries.list_outcomes(tx, CYCLE)
            asked: dict[str, Any] = {"viewer": viewer, "released": released, "now": NOW}
            awards = await visible.visible_awards(tx, CYCLE, **asked)
            outcomes = await visible.visible_outcomes(tx, CYCLE, **asked)
            expected = await seen_by_the_rule(tx, every_award, viewer, released=released)
            assert ids_of(awards) == ids_of(expected)
            expected = await seen_by_the_rule(tx, every_outcome, viewer, released=released)
            assert ids_of(outcomes) == ids_of(expected)
            for component in (*STATES, "unheard-of"):
                of_it = await visible.visible_outcomes(tx, CYCLE, component=component, **asked)
                assert of_it == [row for row in outcomes if row["component"] == component]
            for person_id in list(people)[::7]:
                of_one = await visible.visible_outcomes(tx, CYCLE, person_id=person_id, **asked)
                assert of_one == [row for row in outcomes if row["person_id"] == person_id]
            seen += len(awards) + len(outcomes)
    assert seen > len(people)


async def test_a_panel_member_who_stands_in_no_other_relation_finds_the_failed_pip(
    api: AsyncEngine, people: dict[str, DirectoryPerson]
) -> None:
    found, nobody = 0, frozenset({Relation.NONE})
    for viewer in people:
        async with api.begin() as tx:
            await limit_to_visible_divisions(tx, viewer)
            shown = await visible.visible_outcomes(
                tx, CYCLE, viewer=viewer, released=True, now=NOW, component="pip"
            )
            related = await relations_to_many(tx, viewer, visible.people_of(shown))
            found += sum(viewer in row["panel"] and related[row["person_id"]] == nobody for row in shown)
    assert found > 0


async def test_no_more_is_read_than_whom_somebody_reaches(
    api: AsyncEngine, people: dict[str, DirectoryPerson]
) -> None:
    """Somebody without reports and roles, on no panel, has only the own rows read, and what is read is audited."""
    managers = {each.manager_id for each in people.values()}
    plain = [
        each.person_id
        for each in people.values()
        if each.status != "left" and not each.roles and each.person_id not in managers
    ]
    assert plain
    for viewer in plain:
        async with api.begin() as tx:
            await limit_to_visible_divisions(tx, viewer)
            reach = await reach_of(tx, viewer, readers_of(RESOURCES, released=True))
            awards = await queries.list_awards(tx, CYCLE, within=reach)
            outcomes = await queries.list_outcomes(tx, CYCLE, within=reach)
            assert {row["person_id"] for row in [*awards, *outcomes]} <= {viewer}


async def test_what_is_shown_of_others_is_in_the_audit_log(
    api: AsyncEngine, people: dict[str, DirectoryPerson]
) -> None:
    auditor = next(
        each.person_id for each in people.values() if "auditor" in each.roles and each.status != "left"
    )
    async with api.begin() as tx:
        await limit_to_visible_divisions(tx, auditor)
        shown = await visible.visible_outcomes(tx, CYCLE, viewer=auditor, released=True, now=NOW)
        logged = await tx.execute(sa.text("SELECT resource, subject FROM audit_log WHERE action = 'read'"))
    expected = {(str(RESOURCES[row["component"]]), row["person_id"]) for row in shown}
    assert {(row[0], row[1]) for row in logged} == {each for each in expected if each[1] != auditor}
    assert expected


@pytest.mark.parametrize("released", [False, True])
def test_whoever_may_read_an_outcome_in_its_state_is_among_its_readers(released: bool) -> None:
    for component, resource in RESOURCES.items():
        readers = readers_of([component], released=released)
        for outcome_state in {each for states in STATES.values() for each in states}:
            for started in (False, True):
                state = state_of(resource, outcome_state, released=released, started=started)
                for relation in Relation:
                    allowed = may([relation], action=Action.READ, resource=resource, state=state)
                    assert not allowed or relation in readers


async def test_an_employees_own_outcomes_take_three_statements(
    api: AsyncEngine, people: dict[str, DirectoryPerson]
) -> None:
    """Divisions, reach and rows; nothing that grows with the company."""
    viewer = next(each.person_id for each in people.values() if not each.roles and each.status == "active")
    statements: list[str] = []
    async with api.begin() as tx:
        driver = await raw(tx)
        event.listen(tx.sync_connection, "before_cursor_execute", lambda *told: statements.append(told[2]))
        driver.add_query_logger(lambda logged: statements.append(logged.query))
        await limit_to_visible_divisions(tx, viewer)
        reach = await reach_of(tx, viewer, [Relation.SELF])
        rows = await queries.list_outcomes(tx, CYCLE, within=reach)
        await relations_within(tx, reach, visible.people_of(rows))
    assert {row["person_id"] for row in rows} <= {viewer}
    named = [each for each in statements if each not in ("BEGIN;", "COMMIT;")]
    assert len(named) == 3, named
