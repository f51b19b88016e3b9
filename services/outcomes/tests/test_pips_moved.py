"""PIPs over the api: written, approved by two, begun, acknowledged, checked, extended, suspended, ended."""

from pathlib import Path
from typing import Any

from followed import Company, company, outcome_of, rate
from published import DIVISION, Bus, finalized, person
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline_local.databases import Database

PIP = f"/pips/{outcome_of('low', 'pip')}"
REFUSED = f"/pips/{outcome_of('bare', 'pip')}"
DRAFT = {"revision": 1, "exit_criteria": ["Eight releases without a missed step."], "support": ["A mentor."]}
SEEN = {"revision": 1}
REASON = "Talked through with the employee and the manager."


def approval(version: int = 1) -> dict[str, int]:
    return {"revision": 1, "version": version}


def move(to: str, **more: Any) -> dict[str, Any]:
    return {"revision": 1, "to": to, "reason": REASON, **more}


async def begin(firm: Company) -> None:
    await firm.done(f"{PIP}/draft", DRAFT, as_="boss")
    for who in ("hr", "vp"):
        await firm.done(f"{PIP}/approvals", approval(), as_=who)
    await firm.done(f"{PIP}/start", SEEN, as_="boss")


async def milestone(firm: Company, number: int, met: bool, *, day: int | None = None) -> None:
    body = {"revision": 1, "day": number, "met": met}
    await firm.done(f"{PIP}/milestones", body, as_="boss", day=number if day is None else day)


async def test_a_pip_begins_with_exit_criteria_and_two_approvals_and_is_acknowledged(firm: Company) -> None:
    assert await firm.outcomes(as_="low", name="low", component="pip") == []
    drafted = await firm.done(f"{PIP}/draft", DRAFT, as_="boss")
    assert (drafted["version"], drafted["approvals_missing"]) == (1, ["hr_partner", "skip_level"])
    approved = await firm.done(f"{PIP}/approvals", approval(), as_="vp")
    assert (approved["approvals"], approved["approvals_missing"]) == ({"skip_level": "vp"}, ["hr_partner"])
    await firm.done(f"{PIP}/approvals", approval(), as_="hr")
    started = await firm.done(f"{PIP}/start", SEEN, as_="boss")
    assert [each["day"] for each in started["checks"]] == [7, 14, 21, 28, 35, 42, 49, 56, 60]
    assert (started["state"], started["starts_on"], started["ends_on"]) == (
        "active",
        "2027-01-11",
        "2027-03-12",
    )
    answer = await firm.done(f"{PIP}/acknowledgement", SEEN, as_="low")
    assert answer["acknowledged_at"].startswith("2027-01-11")
    again = await firm.refused(f"{PIP}/acknowledgement", SEEN, as_="low")
    assert again == (409, "acknowledged_before", "this PIP was acknowledged before")
    (mine,) = await firm.outcomes(as_="low", name="low", component="pip")
    assert (mine["state"], mine["decided_as"]) == ("active", "proposed")
    assert mine["content"]["approved_by"] == {"hr_partner": "hr", "skip_level": "vp"}
    (event,) = await firm.events("plan-moved")
    assert (event["kind"], event["from_state"], event["to_state"]) == ("pip", "proposed", "active")
    assert {
        ("boss", "write", "pip", "low"),
        ("vp", "approve", "pip", "low"),
        ("hr", "approve", "pip", "low"),
        ("low", "acknowledge", "pip", "low"),
    } <= await firm.audited()


async def test_each_step_is_its_holders_alone_and_the_employee_does_not_hear_of_a_proposal(
    firm: Company,
) -> None:
    holders = {"draft": "boss", "approvals": "vp", "start": "boss", "moves": "hr"}
    bodies = {"draft": DRAFT, "approvals": approval(), "start": SEEN, "moves": move("withdrawn")}
    for who, refused in {"low": 404, "two": 404, "auditor": 404, "boss": 403, "vp": 403, "hr": 403}.items():
        for step, holder in holders.items():
            if who == holder or (who, step) == ("hr", "approvals"):
                continue
            answer = await firm.post(f"{PIP}/{step}", bodies[step], as_=who)
            assert answer.status_code == refused, (who, step)
    assert (await firm.post(f"{PIP}/acknowledgement", SEEN, as_="low")).status_code == 404
    await begin(firm)
    for who, refused in {"vp": 404, "two": 404, "auditor": 403, "boss": 403, "low": 403}.items():
        assert (await firm.post(f"{PIP}/moves", move("withdrawn"), as_=who)).status_code == refused, who
    for who in ("hr", "low", "auditor"):
        body = {"revision": 1, "day": 7, "met": True}
        assert (await firm.post(f"{PIP}/milestones", body, as_=who, day=7)).status_code == 403
    for who in ("hr", "boss"):
        assert (await firm.post(f"{PIP}/acknowledgement", SEEN, as_=who)).status_code == 403


async def test_what_is_not_ready_does_not_begin_and_an_approval_is_of_what_was_read(firm: Company) -> None:
    early = await firm.refused(f"{PIP}/approvals", approval(0), as_="hr")
    assert early == (409, "nothing_to_approve", "the manager has not written the exit criteria yet")
    bare = await firm.refused(f"{PIP}/start", SEEN, as_="boss")
    assert bare[1:] == (
        "pip_not_ready",
        "the PIP lacks: exit criteria; approval: hr_partner; approval: skip_level",
    )
    await firm.done(f"{PIP}/draft", DRAFT, as_="boss")
    await firm.done(f"{PIP}/approvals", approval(), as_="vp")
    changed = {**DRAFT, "exit_criteria": ["Twelve releases without a missed step."]}
    await firm.done(f"{PIP}/draft", changed, as_="boss")
    stale = await firm.post(f"{PIP}/approvals", approval(1), as_="hr")
    assert (stale.status_code, stale.json()["code"], stale.json()["current_version"]) == (
        409,
        "stale_version",
        2,
    )
    await firm.done(f"{PIP}/approvals", approval(2), as_="hr")
    half = await firm.refused(f"{PIP}/start", SEEN, as_="boss")
    assert half == (409, "pip_not_ready", "the PIP lacks: approval: skip_level")
    for path in ("draft", "start"):
        body = DRAFT if path == "draft" else SEEN
        refused = await firm.refused(f"{REFUSED}/{path}", body, as_="boss")
        assert refused[:2] == (409, "pip_refused_by_its_gate")
    await firm.bus.publish(person("boss", manager="vp", roles=(f"hr_partner:{DIVISION}",)))
    own = await firm.refused(f"{PIP}/approvals", approval(2), as_="boss")
    assert own == (403, "own_proposal", "the manager who proposes a PIP does not approve it")


async def test_the_hr_partner_takes_the_step_of_a_skip_level_that_nobody_holds(firm: Company) -> None:
    await firm.bus.publish(person("boss", manager=None))
    await firm.done(f"{PIP}/draft", DRAFT, as_="boss")
    approved = await firm.done(f"{PIP}/approvals", approval(), as_="hr")
    assert approved["approvals"] == {"skip_level": "hr", "hr_partner": "hr"}


async def test_nothing_begins_before_the_release(
    base: Database, bus: Bus, engine: AsyncEngine, tmp_path: Path
) -> None:
    await rate(bus, engine)
    async with company(base, bus, engine, tmp_path) as firm:
        await firm.done(f"{PIP}/draft", DRAFT, as_="boss")
        for who in ("hr", "vp"):
            await firm.done(f"{PIP}/approvals", approval(), as_=who)
        refused = await firm.refused(f"{PIP}/start", SEEN, as_="boss")
    assert refused == (409, "not_released", "the results of this cycle are not released yet")


async def test_protected_leave_stops_the_clock_and_the_end_moves(firm: Company) -> None:
    await begin(firm)
    await milestone(firm, 7, True)
    suspended = await firm.done(f"{PIP}/moves", move("suspended"), as_="hr", day=10)
    assert (suspended["state"], suspended["suspended_on"]) == ("suspended", "2027-01-21")
    standing = await firm.refused(
        f"{PIP}/milestones", {"revision": 1, "day": 14, "met": True}, as_="boss", day=14
    )
    assert standing == (409, "not_running", "a PIP that is suspended has no checks")
    longer = await firm.refused(f"{PIP}/moves", move("extended", ends_on="2027-05-01"), as_="hr", day=14)
    assert longer == (409, "suspended", "a suspended PIP is not extended; its end moves by itself")
    resumed = await firm.done(f"{PIP}/moves", move("active"), as_="hr", day=40)
    assert (resumed["state"], resumed["suspended_on"], resumed["ends_on"]) == ("active", None, "2027-04-11")
    dues = {each["day"]: each["due_on"] for each in resumed["checks"]}
    assert (dues[7], dues[14], dues[60]) == ("2027-01-18", "2027-02-24", "2027-04-11")
    twice = await firm.refused(f"{PIP}/moves", move("active"), as_="hr", day=41)
    assert twice == (409, "pip_move_refused", "a PIP that is active cannot be resumed")


async def test_hr_extends_once_and_weekly_milestones_go_on_to_the_new_end(firm: Company) -> None:
    await begin(firm)
    refusals = {
        "an extension has a last day": move("extended"),
        "the PIP runs until 2027-03-12 already": move("extended", ends_on="2027-03-12"),
        "a PIP is extended by at most 180 days": move("extended", ends_on="2027-09-09"),
        "Some fields cannot be used.": {**move("extended"), "reason": "no"},
    }
    for said, body in refusals.items():
        assert (await firm.refused(f"{PIP}/moves", body, as_="hr", day=50))[::2] == (422, said)
    endless = await firm.post(f"{PIP}/moves", move("extended", ends_on="9999-12-31"), as_="hr", day=50)
    assert (endless.json()["field"], endless.json()["fix"]) == ("ends_on", "Send a day until 2027-09-08.")
    extended = await firm.done(f"{PIP}/moves", move("extended", ends_on="2027-04-01"), as_="hr", day=50)
    assert [each["day"] for each in extended["checks"]][-4:] == [60, 67, 74, 80]
    assert (extended["state"], extended["ends_on"]) == ("extended", "2027-04-01")
    again = await firm.refused(f"{PIP}/moves", move("extended", ends_on="2027-05-01"), as_="hr", day=60)
    assert again == (409, "pip_move_refused", "a PIP that is extended cannot become extended")
    missing = await firm.refused(f"{PIP}/moves", move("passed"), as_="hr", day=80)
    assert missing == (409, "last_check_missing", "the check of day 80 is not recorded")
    await milestone(firm, 80, True)
    assert (await firm.done(f"{PIP}/moves", move("passed"), as_="hr", day=80))["state"] == "passed"


async def test_a_failed_pip_goes_to_a_panel_without_the_manager_and_nothing_ends_by_itself(
    firm: Company,
) -> None:
    await firm.bus.publish(person("mia", manager="vp"))
    await begin(firm)
    await milestone(firm, 60, False)
    for panel, code in {
        (): "panel_empty",
        ("boss",): "panel_empty",
        ("low",): "panel_empty",
        ("mia", "nobody"): "unknown_panel_member",
    }.items():
        refused = await firm.refused(f"{PIP}/moves", move("failed", panel=list(panel)), as_="hr", day=60)
        assert refused[:2] == (422, code), panel
    assert await firm.outcomes(as_="mia", name="low", component="pip") == []
    failed = await firm.done(f"{PIP}/moves", move("failed", panel=["mia", "boss", "hr"]), as_="hr", day=60)
    assert (failed["state"], failed["panel"]) == ("failed", ["hr", "mia"])
    assert len(await firm.outcomes(as_="mia", name="low", component="pip")) == 1
    final = await firm.refused(f"{PIP}/moves", move("withdrawn"), as_="hr", day=61)
    assert final == (409, "pip_move_refused", "a PIP that is failed cannot become withdrawn")
    states = [each["to_state"] for each in await firm.events("plan-moved")]
    assert states == ["active", "failed"]


async def test_the_manager_does_not_decide_about_a_pip_even_as_hr_partner(firm: Company) -> None:
    await begin(firm)
    await firm.bus.publish(person("boss", manager="vp", roles=(f"hr_partner:{DIVISION}",)))
    own = await firm.refused(f"{PIP}/moves", move("withdrawn"), as_="boss")
    assert own == (403, "own_proposal", "the manager who proposes a PIP does not decide about it")
    refused = await firm.refused(f"{REFUSED}/moves", move("withdrawn"), as_="hr")
    assert refused == (409, "pip_refused_by_its_gate", "its gate refused this PIP")


async def test_a_proposal_that_is_withdrawn_is_never_shown_to_the_employee(firm: Company) -> None:
    for to, said in {
        "passed": "a PIP that is proposed cannot become passed",
        "suspended": "a PIP that is proposed cannot become suspended",
    }.items():
        assert (await firm.refused(f"{PIP}/moves", move(to), as_="hr"))[1:] == ("pip_move_refused", said)
    assert (await firm.done(f"{PIP}/moves", move("withdrawn"), as_="hr"))["state"] == "withdrawn"
    assert await firm.outcomes(as_="low", name="low", component="pip") == []
    late = await firm.refused(f"{PIP}/draft", DRAFT, as_="boss")
    assert late == (409, "pip_move_refused", "the PIP is withdrawn already")


async def test_a_pip_does_not_move_once_an_appeal_replaced_its_rating(firm: Company) -> None:
    await begin(firm)
    await firm.bus.publish(*finalized("Payments", {"low": "2"}, revision=2))
    answer = await firm.post(f"{PIP}/acknowledgement", SEEN, as_="low")
    assert (answer.status_code, answer.json()["code"]) == (409, "superseded")
    assert answer.json()["detail"] == "Revision 2 of the rating replaced revision 1 of this PIP."
