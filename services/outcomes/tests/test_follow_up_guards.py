"""What guards moved cases, plans and PIPs: divisions, turns, redelivery, and the rows that nobody edits."""

import asyncio
from typing import Any

import sqlalchemy as sa
from followed import Company, attest, outcome_of
from published import DIVISION, person
from sqlalchemy.ext.asyncio import AsyncEngine

from outcomes.outbound.follow_up_tables import follow_up_metadata
from outcomes.usecases.verify_outcomes import verify_outcomes
from plumbline.contracts.people import PersonStateV1
from plumbline.runtime.security import limit_to_divisions
from plumbline_local.databases import Database
from plumbline_local.testing_databases import connected

TABLES = sorted(table.name for table in follow_up_metadata.sorted_tables)
CASE = str(outcome_of("jane", "promotion_case"))
PLAN = str(outcome_of("two", "development_plan"))
PIP = str(outcome_of("low", "pip"))
SEEN = {"revision": 1}


def elsewhere(person_id: str, *roles: str) -> PersonStateV1:
    return person(person_id, manager="vp", roles=roles).model_copy(update={"division": "Sales"})


def decision(decided: str) -> dict[str, Any]:
    named = {"outcome_id": CASE, "revision": 1, "version": 1}
    return {"decisions": [{**named, "decision": decided, "reasons": "Reasons that stay in the service."}]}


async def move_everything(firm: Company) -> None:
    """At least one row in each table, and a PIP that a plan led to."""
    criteria = {"division": DIVISION, "level": "L5", "criteria": {"scope": "Leads work across teams."}}
    await firm.done("/promotion-criteria", criteria, as_="hr")
    evidence = {"cases": [{"outcome_id": CASE, "revision": 1, "evidence": {"scope": ["ev-1"]}}]}
    await firm.done("/promotion-cases/evidence", evidence, as_="boss")
    plan = {
        "gap": "Handovers are missed.",
        "examples": [{"on": "2026-11-03", "event_id": "ev-7"}],
        "criteria": ["None is missed."],
        "mentor": "vp",
        "training": "Course",
    }
    activation = {"plans": [{"outcome_id": PLAN, "revision": 1, "ninety_day": plan}]}
    await firm.done("/plans/activations", activation, as_="boss")
    body = {"revision": 1, "day": 90, "met": False}
    await firm.done(f"/plans/{PLAN}/checks", body, as_="boss", day=90)
    await firm.done(f"/plans/{PLAN}/end", {**SEEN, "to": "no_improvement"}, as_="boss", day=90)
    await firm.done(f"/pips/{PIP}/draft", {**SEEN, "exit_criteria": ["No missed step."]}, as_="boss")
    await firm.done(f"/pips/{PIP}/approvals", {**SEEN, "version": 1}, as_="vp")


async def contents(engine: AsyncEngine) -> dict[str, list[tuple[Any, ...]]]:
    async with engine.begin() as tx:
        return {
            name: sorted((tuple(row) for row in await tx.execute(sa.text(f"SELECT * FROM {name}"))), key=repr)
            for name in (*TABLES, "outcome", "award", "outbox")
        }


async def test_another_divisions_people_neither_see_nor_move_and_the_database_itself_holds_them_off(
    firm: Company, base: Database
) -> None:
    await firm.bus.publish(elsewhere("hr2", "hr_partner:Sales"))
    await move_everything(firm)
    for component, name in (("promotion_case", "jane"), ("development_plan", "two"), ("pip", "low")):
        assert await firm.outcomes(as_="hr2", name=name, component=component) == []
    for path, body in {
        "/promotion-cases/decisions": decision("approved"),
        f"/plans/{PLAN}/extension": {**SEEN, "reason": "Half of the criteria are met."},
        f"/pips/{PIP}/approvals": {**SEEN, "version": 1},
        f"/pips/{PIP}/moves": {**SEEN, "to": "withdrawn", "reason": "Not needed any longer."},
    }.items():
        assert (await firm.refused(path, body, as_="hr2"))[:2] == (404, "not_found"), path
    for division, sees in (("Sales", False), (DIVISION, True)):
        async with connected(base.api_url) as api, api.begin() as tx:
            await limit_to_divisions(tx, [division])
            for name in TABLES:
                count = (await tx.execute(sa.text(f"SELECT count(*) FROM {name}"))).scalar_one()
                assert (count > 0) == sees, (division, name)


async def test_redelivery_from_the_first_event_changes_nothing_and_everything_still_verifies(
    firm: Company, engine: AsyncEngine
) -> None:
    decided = await contents(engine)
    await move_everything(firm)
    await firm.done("/promotion-cases/decisions", decision("approved"), as_="vp")
    before = await contents(engine)
    assert all(before[name] for name in TABLES)
    # What was decided stays as it was; what a plan led to comes beside it.
    assert set(decided["outcome"]) < set(before["outcome"])
    assert decided["award"] == before["award"]
    await firm.bus.deliver(firm.bus.log)
    assert await contents(engine) == before
    async with engine.begin() as tx:
        assert (await verify_outcomes(tx)).differences == ()


async def test_what_a_plan_led_to_and_where_people_moved_it_follow_from_what_is_recorded(
    firm: Company, engine: AsyncEngine
) -> None:
    await move_everything(firm)
    await firm.done("/promotion-cases/decisions", decision("approved"), as_="vp")
    led = f"(SELECT outcome_id FROM outcome WHERE inputs LIKE '%{PLAN}%' AND component = 'pip')"
    for statement, expected in (
        (f"UPDATE outcome SET state = 'proposed' WHERE outcome_id = {led}", ("pip", "state")),
        (f"UPDATE outcome SET result = '{{}}' WHERE outcome_id = {led}", ("pip", "result")),
        (f"DELETE FROM outcome WHERE outcome_id = {led}", ("pip", "outcome")),
        ("UPDATE follow_up SET state = 'passed'", ("promotion_case", "current_state")),
        (f"UPDATE follow_up_move SET to_state = 'improved' WHERE outcome_id = '{PLAN}'", ("pip", "outcome")),
        ("DELETE FROM follow_up_move WHERE to_state = 'active'", ("development_plan", "moved_from")),
        ("DELETE FROM follow_up", ("promotion_case", "current_state")),
        ("DELETE FROM follow_up_move", ("promotion_case", "current_state")),
    ):
        async with engine.connect() as tx:
            assert (await tx.exec_driver_sql(statement)).rowcount > 0, statement
            found = (await verify_outcomes(tx)).differences
            await tx.rollback()
        assert expected in {(each.component, each.field) for each in found}, statement


async def test_of_two_decisions_at_once_one_counts(firm: Company) -> None:
    await move_everything(firm)
    answers = await asyncio.gather(
        firm.post("/promotion-cases/decisions", decision("approved"), as_="vp"),
        firm.post("/promotion-cases/decisions", decision("declined"), as_="hr"),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert len(await firm.events("promotion-decided")) == 1


async def test_while_a_later_revision_is_being_recorded_nobody_moves_what_it_replaces(
    firm: Company, engine: AsyncEngine
) -> None:
    await move_everything(firm)
    async with engine.begin() as tx:
        await tx.execute(sa.text(f"UPDATE outcome SET superseded = true WHERE outcome_id = '{CASE}'"))
        answer = await asyncio.wait_for(
            firm.refused("/promotion-cases/decisions", decision("approved"), as_="vp"), 60
        )
    assert answer[:2] == (409, "being_replaced")
    assert await firm.events("promotion-decided") == []


async def test_a_text_stays_in_the_service_and_a_read_of_somebody_elses_plan_is_noted(
    firm: Company, engine: AsyncEngine
) -> None:
    await attest(engine, "two")
    await move_everything(firm)
    await firm.done("/promotion-cases/decisions", decision("deferred"), as_="vp")
    await firm.outcomes(as_="hr", name="low", component="pip")
    async with engine.begin() as tx:
        sent = (await tx.execute(sa.text("SELECT payload FROM outbox"))).scalars().all()
        noted = (await tx.execute(sa.text("SELECT * FROM audit_log"))).all()
    texts = ("Reasons that stay", "Handovers are missed", "No missed step", "Leads work", "None is missed")
    assert sent
    for text in texts:
        assert not any(text.encode() in bytes(payload) for payload in sent)
        assert not any(text in str(row) for row in noted)
    assert {("hr", "read", "pip", "low"), ("vp", "decide", "promotion_case", "jane")} <= await firm.audited()
