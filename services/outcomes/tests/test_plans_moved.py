"""Development plans over the api: begun, checked, extended, ended, and what a plan without improvement leads to."""

from datetime import date
from typing import Any

from followed import DAY, Company, attest, concern, outcome_of
from published import CYCLE, finalized
from sqlalchemy.ext.asyncio import AsyncEngine

PLAN = str(outcome_of("two", "development_plan"))
GROWTH = str(outcome_of("grow", "development_plan"))
REASON = "Half of the criteria are met by now."
CONTENT: dict[str, Any] = {
    "gap": "Handovers of the on-call rotation are missed.",
    "examples": [{"on": "2026-11-03", "event_id": "ev-7"}],
    "criteria": ["No missed handover for 60 days."],
    "mentor": "vp",
    "training": "Incident command",
}
AREAS = {"areas": {"Delegation": ["Hand over the build."]}}


def ninety_day(plan: str = PLAN, **changed: Any) -> dict[str, Any]:
    return {"plans": [{"outcome_id": plan, "revision": 1, "ninety_day": {**CONTENT, **changed}}]}


def growth(areas: dict[str, Any] = AREAS, plan: str = GROWTH) -> dict[str, Any]:
    return {"plans": [{"outcome_id": plan, "revision": 1, "growth": areas}]}


async def check(firm: Company, day: int, met: bool, *, plan: str = PLAN) -> None:
    body = {"revision": 1, "day": day, "met": met}
    await firm.done(f"/plans/{plan}/checks", body, as_="boss", day=day)


async def moves(firm: Company) -> list[tuple[str, str | None, str, str]]:
    found = await firm.events("plan-moved")
    return [(each["kind"], each["from_state"], each["to_state"], each["moved_on"]) for each in found]


async def test_a_plan_runs_from_its_draft_to_improved_and_the_employee_sees_it_once_it_runs(
    firm: Company,
) -> None:
    assert await firm.outcomes(as_="two", name="two", component="development_plan") == []
    both = {"plans": ninety_day()["plans"] + growth()["plans"]}
    answer = await firm.done("/plans/activations", both, as_="boss")
    first = answer["plans"][0]
    assert [(each["day"], each["due_on"]) for each in first["checks"]] == [
        (30, "2027-02-10"),
        (60, "2027-03-12"),
        (90, "2027-04-11"),
    ]
    assert (first["state"], first["ends_on"]) == ("active", "2027-04-11")
    (mine,) = await firm.outcomes(as_="two", name="two", component="development_plan")
    assert mine["content"]["gap"] == CONTENT["gap"]
    for day, met in ((30, False), (60, True), (90, True)):
        await check(firm, day, met)
    ended = await firm.done(f"/plans/{PLAN}/end", {"revision": 1, "to": "improved"}, as_="boss", day=91)
    assert (ended["state"], ended["led_to"]) == ("improved", [])
    await firm.done(f"/plans/{GROWTH}/end", {"revision": 1, "to": "improved"}, as_="boss", day=91)
    (mine,) = await firm.outcomes(as_="two", name="two", component="development_plan")
    assert [(each["day"], each["met"], each["recorded_by"]) for each in mine["checks"]] == [
        (30, False, "boss"),
        (60, True, "boss"),
        (90, True, "boss"),
    ]
    assert (mine["state"], mine["decided_as"]) == ("improved", "draft")
    assert await moves(firm) == [
        ("plan", "draft", "active", "2027-01-11"),
        ("plan", "draft", "active", "2027-01-11"),
        ("plan", "active", "improved", "2027-04-12"),
        ("plan", "active", "improved", "2027-04-12"),
    ]
    assert not any("handover" in str(each).lower() for each in await firm.events("plan-moved"))
    assert {("boss", "write", "development_plan", "two"), ("boss", "decide", "development_plan", "two")} <= (
        await firm.audited()
    )


ACTIVATIONS = [
    (ninety_day(gap=" "), "the plan lacks: the gap"),
    (ninety_day(examples=[]), "the plan lacks: a dated example of the gap"),
    (ninety_day(criteria=[]), "the plan lacks: 1 to 3 measurable criteria"),
    (ninety_day(criteria=list("abcd")), "the plan lacks: 1 to 3 measurable criteria"),
    (ninety_day(mentor=None, training=None), "the plan lacks: a mentor; a training"),
    (ninety_day(weekly_one_on_one_minutes=20), "the plan lacks: a weekly 1:1 of 30 minutes"),
    (growth({"areas": {}}), "the plan lacks: 1 or 2 growth areas"),
    (growth({"areas": {"Delegation": []}}), "the plan lacks: an action for: area 1"),
    (growth(plan=PLAN), "this is a ninety_day plan"),
    (ninety_day(GROWTH), "this is a growth plan"),
    ({"plans": [{"outcome_id": PLAN, "revision": 1}]}, "a plan is either a 90-day plan or a growth plan"),
    (
        {"plans": [{**ninety_day()["plans"][0], "starts_on": "2027-01-10"}]},
        "a plan begins today or later, so that no check is missed",
    ),
    *(
        ({"plans": [{**ninety_day()["plans"][0], "starts_on": far}]}, "a plan begins within 180 days")
        for far in ("2027-07-11", "9999-12-01")
    ),
    ({"plans": []}, "Some fields cannot be used."),
]


async def test_a_plan_that_is_incomplete_does_not_begin_and_neither_do_those_beside_it(
    firm: Company,
) -> None:
    for body, said in ACTIVATIONS:
        answer = await firm.post("/plans/activations", body, as_="boss")
        assert (answer.status_code, answer.json()["detail"]) == (422, said)
        named = answer.json().get("field") or answer.json()["errors"][0]["field"]
        assert named.startswith("plans")
    both = {"plans": growth()["plans"] + ninety_day(gap="")["plans"]}
    assert (await firm.post("/plans/activations", both, as_="boss")).json()["field"] == "plans.1.ninety_day"
    assert await moves(firm) == []


async def test_the_manager_moves_a_plan_the_hr_partner_extends_it_and_nobody_else_does(
    firm: Company,
) -> None:
    for who, status in {"vp": 404, "hr": 403, "two": 404, "grow": 404, "auditor": 404}.items():
        assert (await firm.post("/plans/activations", ninety_day(), as_=who)).status_code == status
    await firm.done("/plans/activations", ninety_day(), as_="boss")
    body = {"revision": 1, "day": 30, "met": True}
    for who, status in {"vp": 404, "two": 403, "grow": 404, "auditor": 403}.items():
        for path in ("checks", "end"):
            sent = body if path == "checks" else {"revision": 1, "to": "improved"}
            answer = await firm.post(f"/plans/{PLAN}/{path}", sent, as_=who, day=30)
            assert answer.status_code == status, (who, path)
    extension = {"revision": 1, "reason": REASON}
    for who in ("boss", "two", "auditor"):
        assert (await firm.post(f"/plans/{PLAN}/extension", extension, as_=who, day=90)).status_code == 403
    await check(firm, 90, False)
    extended = await firm.done(f"/plans/{PLAN}/extension", extension, as_="hr", day=90)
    assert (extended["state"], extended["ends_on"], extended["checks"][-1]["day"]) == (
        "extended",
        "2027-06-10",
        150,
    )
    again = await firm.refused(f"/plans/{PLAN}/extension", extension, as_="hr", day=91)
    assert again == (409, "plan_move_refused", "a plan that is extended cannot become extended")
    await check(firm, 150, True)
    await firm.done(f"/plans/{PLAN}/end", {"revision": 1, "to": "improved"}, as_="boss", day=150)


async def test_a_check_is_recorded_once_on_a_planned_day_that_has_come(firm: Company) -> None:
    path, body = f"/plans/{PLAN}/checks", {"revision": 1, "day": 30, "met": True}
    refused = await firm.refused(path, body, as_="boss", day=30)
    assert refused == (409, "not_running", "a development plan that is draft has no checks")
    await firm.done("/plans/activations", ninety_day(), as_="boss")
    early = await firm.refused(path, body, as_="boss", day=29)
    assert early == (409, "check_not_due", "the check of day 30 is on 2027-02-10")
    other = await firm.refused(path, {**body, "day": 31}, as_="boss", day=31)
    assert other == (422, "no_such_check", "its checks are on day: 30, 60, 90")
    await firm.done(path, body, as_="boss", day=33)
    twice = await firm.refused(path, {**body, "met": False}, as_="boss", day=33)
    assert twice == (409, "check_recorded_before", "the check of day 30 was recorded before")


async def test_a_plan_ends_as_its_last_check_says(firm: Company) -> None:
    path = f"/plans/{PLAN}/end"
    improved, not_improved = ({"revision": 1, "to": to} for to in ("improved", "no_improvement"))
    drafted = await firm.refused(path, improved, as_="boss")
    assert drafted == (409, "plan_move_refused", "a plan that is draft cannot become improved")
    await firm.done("/plans/activations", {"plans": ninety_day()["plans"] + growth()["plans"]}, as_="boss")
    missing = await firm.refused(path, improved, as_="boss", day=60)
    assert missing == (409, "last_check_missing", "the check of day 90 is not recorded")
    await check(firm, 90, True)
    other = await firm.refused(path, not_improved, as_="boss", day=90)
    assert other[:2] == (409, "last_check_says_otherwise")
    extension = {"revision": 1, "reason": REASON}
    assert (await firm.refused(f"/plans/{PLAN}/extension", extension, as_="hr", day=90))[1] == (
        "last_check_says_otherwise"
    )
    growing = await firm.refused(f"/plans/{GROWTH}/extension", extension, as_="hr", day=90)
    assert growing == (409, "growth_plan_not_extended", "only a 90-day plan is extended")
    ended = await firm.done(f"/plans/{GROWTH}/end", not_improved, as_="boss", day=90)
    assert (ended["state"], ended["led_to"]) == ("no_improvement", [])


async def test_no_improvement_leads_to_a_proposed_pip_where_the_gate_is_passed(
    firm: Company, engine: AsyncEngine
) -> None:
    await firm.done("/plans/activations", ninety_day(), as_="boss")
    documented = (
        concern(11, date(2027, 2, 1), person_id="two"),
        concern(12, date(2027, 3, 1), person_id="two"),
    )
    await firm.bus.publish(*documented)
    await attest(engine, "two")
    await attest(engine, "two", at=DAY)
    await check(firm, 90, False)
    body = {"revision": 1, "to": "no_improvement"}
    (pip,) = (await firm.done(f"/plans/{PLAN}/end", body, as_="boss", day=90))["led_to"]
    assert (pip["component"], pip["state"], pip["missing"]) == ("pip", "proposed", [])
    assert await firm.outcomes(as_="two", name="two", component="pip") == []
    (shown,) = await firm.outcomes(as_="boss", name="two", component="pip")
    assert shown["outcome_id"] == pip["outcome_id"]
    assert shown["result"]["evidence"]["two_contemporaneous_concerns"] == [
        str(each.concern_id) for each in documented
    ]
    assert (await moves(firm))[1:] == [
        ("plan", "active", "no_improvement", "2027-04-11"),
        ("pip", None, "proposed", "2027-04-11"),
    ]


async def test_what_hr_attested_before_the_plan_does_not_open_the_gate(
    firm: Company, engine: AsyncEngine
) -> None:
    await attest(engine, "two")
    await firm.done("/plans/activations", ninety_day(), as_="boss")
    documented = (date(2027, 2, 1), date(2027, 3, 1))
    await firm.bus.publish(*[concern(20 + day.month, day, person_id="two") for day in documented])
    await check(firm, 90, False)
    body = {"revision": 1, "to": "no_improvement"}
    pip, _ = (await firm.done(f"/plans/{PLAN}/end", body, as_="boss", day=90))["led_to"]
    assert (pip["state"], pip["missing"]) == ("refused", ["hr_attestation"])


async def test_without_evidence_no_improvement_leads_to_another_plan_and_says_what_is_missing(
    firm: Company,
) -> None:
    await firm.done("/plans/activations", ninety_day(), as_="boss")
    await check(firm, 90, False)
    body = {"revision": 1, "to": "no_improvement"}
    pip, plan = (await firm.done(f"/plans/{PLAN}/end", body, as_="boss", day=90))["led_to"]
    assert (pip["state"], plan["component"], plan["state"]) == ("refused", "development_plan", "draft")
    assert "two_contemporaneous_concerns" in pip["missing"]
    await firm.done("/plans/activations", ninety_day(plan["outcome_id"]), as_="boss", day=91)
    kinds = [(kind, start, to) for kind, start, to, _ in await moves(firm)]
    assert kinds[1:] == [
        ("plan", "active", "no_improvement"),
        ("plan", None, "draft"),
        ("plan", "draft", "active"),
    ]


async def test_a_plan_does_not_move_once_a_later_revision_replaced_it(firm: Company) -> None:
    await firm.done("/plans/activations", ninety_day(), as_="boss")
    await firm.bus.publish(*finalized("Payments", {"two": "3"}, revision=2))
    body = {"revision": 1, "day": 30, "met": True}
    answer = await firm.post(f"/plans/{PLAN}/checks", body, as_="boss", day=30)
    assert (answer.status_code, answer.json()["code"]) == (409, "superseded")
    assert answer.json()["changed"] == [{"what": "rating", "from": 2, "to": 3}]
    (current,) = await firm.outcomes(as_="boss", name="two", component="development_plan")
    assert (current["result"]["kind"], current["state"], current["revision"]) == ("growth", "draft", 2)
    await firm.bus.deliver(firm.bus.log)
    assert str(CYCLE) == current["cycle_id"]
