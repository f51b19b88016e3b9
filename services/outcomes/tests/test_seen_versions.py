"""What changed after somebody read it is not changed again unseen: cases, plans, PIPs and criteria."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from followed import Company, outcome_of
from published import CYCLE, DIVISION

from plumbline_local.testing_databases import rows

CASE, PLAN, PIP = (
    str(outcome_of(name, component))
    for name, component in (("jane", "promotion_case"), ("two", "development_plan"), ("low", "pip"))
)
SEEN = {"revision": 1}
WHY = "Reasons that were thought about."
CRITERIA = {"division": DIVISION, "level": "L5", "criteria": {"scope": "Leads work across teams."}}
NINETY_DAY = {
    "gap": "Handovers are missed.",
    "examples": [{"on": "2026-11-03", "event_id": "ev-7"}],
    "criteria": ["None is missed."],
    "mentor": "vp",
    "training": "Course",
}


def evidence(*ids: str, **more: Any) -> dict[str, Any]:
    return {"cases": [{"outcome_id": CASE, "revision": 1, "evidence": {"scope": list(ids)}, **more}]}


def decision(version: int, decided: str = "approved") -> dict[str, Any]:
    named = {"outcome_id": CASE, "revision": 1, "version": version}
    return {"decisions": [{**named, "decision": decided, "reasons": WHY}]}


async def ready(firm: Company) -> int:
    """A case with evidence; the version that the HR partner reads."""
    await firm.done("/promotion-criteria", CRITERIA, as_="hr")
    await firm.done("/promotion-cases/evidence", evidence("ev-1"), as_="boss")
    (read,) = await firm.outcomes(as_="hr", name="jane", component="promotion_case")
    return read["version"]


async def sent(firm: Company, path: str, body: object, *, as_: str, version: int) -> httpx.Response:
    """A command with If-Match."""
    headers = {**firm._headers(as_, 90, key=str(uuid4())), "If-Match": f'"{version}"'}
    return await firm.client.post(path, json=body, headers=headers)


async def test_a_case_whose_evidence_changed_after_it_was_read_is_not_decided(firm: Company) -> None:
    read = await ready(firm)
    await firm.done("/promotion-cases/evidence", evidence("ev-2"), as_="boss")
    answer = await firm.post("/promotion-cases/decisions", decision(read), as_="hr")
    said = answer.json()
    assert (answer.status_code, said["code"]) == (409, "stale_version")
    assert (said["field"], said["expected_version"], said["current_version"]) == (
        "decisions.0.version",
        read,
        read + 1,
    )
    assert said["changed"] == [{"outcome_id": CASE, "version": read + 1, "what": "evidence"}]
    assert "ev-2" not in answer.text
    assert await firm.events("promotion-decided") == []
    await firm.done("/promotion-cases/decisions", decision(read + 1), as_="hr")


async def test_a_decision_in_between_is_named_with_what_it_decided(firm: Company) -> None:
    read = await ready(firm)
    await firm.done("/promotion-cases/decisions", decision(read, "deferred"), as_="vp")
    await firm.done("/promotion-cases/evidence", evidence("ev-2"), as_="boss")
    said = (await firm.post("/promotion-cases/decisions", decision(read), as_="hr")).json()
    assert [(each["version"], each["what"], each.get("to")) for each in said["changed"]] == [
        (read + 1, "decision", "deferred"),
        (read + 2, "evidence", None),
    ]


async def test_a_decision_without_the_version_names_the_field(firm: Company) -> None:
    body = decision(await ready(firm))
    del body["decisions"][0]["version"]
    answer = await firm.post("/promotion-cases/decisions", body, as_="hr")
    assert [(each["field"], each["fix"]) for each in answer.json()["errors"]] == [
        ("decisions.0.version", "Add this field.")
    ]


async def test_evidence_and_drafts_take_the_version_that_was_seen(firm: Company) -> None:
    read = await ready(firm)
    stale = await firm.refused("/promotion-cases/evidence", evidence("ev-2", version=read - 1), as_="boss")
    assert stale[:2] == (409, "stale_version")
    await firm.done("/promotion-cases/evidence", evidence("ev-2", version=read), as_="boss")
    plan = {"outcome_id": PLAN, "revision": 1, "ninety_day": NINETY_DAY}
    said = (await firm.post("/plans/activations", {"plans": [{**plan, "version": 1}]}, as_="boss")).json()
    assert (said["code"], said["field"]) == ("stale_version", "plans.0.version")
    await firm.done("/plans/activations", {"plans": [{**plan, "version": 0}]}, as_="boss")


async def started(firm: Company) -> dict[str, int]:
    """A plan and a PIP that run, by their versions."""
    plan = {"outcome_id": PLAN, "revision": 1, "ninety_day": NINETY_DAY}
    (activated,) = (await firm.done("/plans/activations", {"plans": [plan]}, as_="boss"))["plans"]
    await firm.done(f"/pips/{PIP}/draft", {**SEEN, "exit_criteria": ["No missed step."]}, as_="boss")
    for who in ("vp", "hr"):
        await firm.done(f"/pips/{PIP}/approvals", {**SEEN, "version": 1}, as_=who)
    pip = await firm.done(f"/pips/{PIP}/start", SEEN, as_="boss")
    return {PLAN: activated["version"], PIP: pip["version"]}


COMMANDS = [
    (f"/plans/{PLAN}/checks", {"day": 90, "met": False}, "boss"),
    (f"/plans/{PLAN}/extension", {"reason": WHY}, "hr"),
    (f"/plans/{PLAN}/end", {"to": "no_improvement"}, "boss"),
    (f"/pips/{PIP}/draft", {"exit_criteria": ["Another."]}, "boss"),
    (f"/pips/{PIP}/approvals", {"version": 2}, "hr"),
    (f"/pips/{PIP}/start", {}, "boss"),
    (f"/pips/{PIP}/acknowledgement", {}, "low"),
    (f"/pips/{PIP}/milestones", {"day": 7, "met": True}, "boss"),
    (f"/pips/{PIP}/moves", {"to": "withdrawn", "reason": WHY}, "hr"),
]


async def test_every_command_of_a_plan_or_a_pip_heeds_if_match(firm: Company) -> None:
    versions = await started(firm)
    moves = "SELECT * FROM follow_up_move ORDER BY outcome_id, version"
    before = await rows(firm.engine, moves)
    for path, more, who in COMMANDS:
        current = versions[path.split("/")[2]]
        answer = await sent(firm, path, {**SEEN, **more}, as_=who, version=current - 1)
        said = answer.json()
        assert (answer.status_code, said["code"], said["field"]) == (409, "stale_version", "If-Match"), path
        assert (answer.headers["ETag"], said["current_version"]) == (f'"{current}"', current)
        assert [(each["what"], each["to"]) for each in said["changed"]] == [("state", "active")]
    assert await rows(firm.engine, moves) == before


@pytest.mark.parametrize(("path", "more", "who"), [COMMANDS[0], COMMANDS[6], COMMANDS[8]])
async def test_the_version_that_stands_there_is_accepted(
    firm: Company, path: str, more: dict[str, Any], who: str
) -> None:
    version = (await started(firm))[path.split("/")[2]]
    answer = await sent(firm, path, {**SEEN, **more}, as_=who, version=version)
    assert answer.status_code == 200, answer.text


async def test_criteria_that_somebody_set_meanwhile_are_not_replaced_unseen(firm: Company) -> None:
    first = await sent(firm, "/promotion-criteria", CRITERIA, as_="hr", version=0)
    assert (first.status_code, first.json()["version"]) == (200, 1)
    second = await sent(firm, "/promotion-criteria", CRITERIA, as_="hr", version=0)
    assert (second.status_code, second.json()["current_version"]) == (409, 1)
    third = await sent(firm, "/promotion-criteria", CRITERIA, as_="hr", version=1)
    assert third.json()["version"] == 2


async def test_what_is_shown_names_the_version_to_send(firm: Company) -> None:
    await started(firm)
    (shown,) = await firm.outcomes(as_="boss", name="two", component="development_plan")
    assert (shown["cycle_id"], shown["version"]) == (str(CYCLE), 1)
