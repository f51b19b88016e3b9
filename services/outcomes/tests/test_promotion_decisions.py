"""Promotion cases over the api: criteria, evidence, decision; who may, what is refused, what is announced."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from followed import Company, company, outcome_of, rate, release
from published import CYCLE, DIVISION, Bus, finalized, person
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline_local.databases import Database

CASE = str(outcome_of("jane", "promotion_case"))
CRITERIA = {
    "division": DIVISION,
    "level": "L5",
    "criteria": {"scope": "Leads work across teams.", "mentoring": "Grows other engineers."},
}
EVIDENCE = {"scope": ["https://example.com/design/7"], "mentoring": ["review:018f-22"]}
REASONS = "Led the migration over two teams and mentored one engineer."


def evidence(given: dict[str, list[str]] = EVIDENCE, **more: Any) -> dict[str, Any]:
    return {"cases": [{"outcome_id": CASE, "revision": 1, "evidence": given, **more}]}


def decision(decided: str = "approved", *, version: int = 1, **more: Any) -> dict[str, Any]:
    named = {"outcome_id": CASE, "revision": 1, "version": version}
    one = {**named, "decision": decided, "reasons": REASONS, **more}
    return {"decisions": [one]}


@pytest.fixture
async def firm(base: Database, bus: Bus, engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Company]:
    await rate(bus, engine)
    async with company(base, bus, engine, tmp_path) as firm:
        yield firm


async def make_ready(firm: Company) -> None:
    await release(firm.bus)
    await firm.done("/promotion-criteria", CRITERIA, as_="hr")
    await firm.done("/promotion-cases/evidence", evidence(), as_="boss")


async def test_a_case_is_decided_on_criteria_evidence_and_reasons_and_announced_without_any_text(
    firm: Company,
) -> None:
    await make_ready(firm)
    answer = await firm.done("/promotion-cases/decisions", decision(), as_="vp")
    assert answer["cases"][0]["state"] == "approved"
    (event,) = await firm.events("promotion-decided")
    assert event == {
        "person_id": "jane",
        "cycle_id": str(CYCLE),
        "outcome_id": CASE,
        "revision": 1,
        "decision": "approved",
        "from_level": "L4",
        "to_level": "L5",
        "effective_from": "2027-01-01",
    }
    (mine,) = await firm.outcomes(as_="jane", name="jane", component="promotion_case")
    assert (mine["state"], mine["decided_as"]) == ("approved", "open")
    assert mine["content"]["reasons"] == REASONS
    assert mine["content"]["evidence"] == EVIDENCE
    assert mine["content"]["criteria"] == CRITERIA["criteria"]
    assert ("vp", "decide", "promotion_case", "jane") in await firm.audited()
    assert ("boss", "write", "promotion_case", "jane") in await firm.audited()


async def test_a_case_names_the_role_that_it_prepares_for_until_another_is_named(firm: Company) -> None:
    async def named(*, as_: str = "boss") -> list[str | None]:
        cases = await firm.outcomes(as_=as_, name="jane", component="promotion_case")
        return [each["content"]["prepares_for"] for each in cases]

    await make_ready(firm)
    assert await named() == [None]
    given = evidence(prepares_for=" Head of payments ")
    await firm.done("/promotion-cases/evidence", given, as_="boss")
    await firm.done("/promotion-cases/evidence", evidence({"scope": ["ev-1"]}), as_="boss")
    assert await named() == await named(as_="hr") == ["Head of payments"]
    await firm.done("/promotion-cases/evidence", evidence(prepares_for="Architect"), as_="boss")
    await firm.done("/promotion-cases/decisions", decision(version=4), as_="vp")
    assert await named(as_="jane") == ["Architect"]
    refused = await firm.refused("/promotion-cases/evidence", evidence(prepares_for=" "), as_="boss")
    assert refused == (422, "invalid_request", "Some fields cannot be used.")
    (event,) = await firm.events("promotion-decided")
    assert "Architect" not in str(event)


async def test_the_skip_level_and_the_hr_partner_decide_and_nobody_else(firm: Company) -> None:
    await make_ready(firm)
    for who, status in {"boss": 403, "jane": 403, "auditor": 403, "two": 404}.items():
        answer = await firm.post("/promotion-cases/decisions", decision("deferred"), as_=who)
        assert answer.status_code == status, who
    assert await firm.events("promotion-decided") == []
    await firm.done("/promotion-cases/decisions", decision("deferred"), as_="hr")
    await firm.done("/promotion-cases/decisions", decision(version=2), as_="vp")


async def test_the_hr_partner_sets_criteria_and_everybody_reads_the_newest(firm: Company) -> None:
    for who in ("boss", "vp", "jane"):
        assert (await firm.post("/promotion-criteria", CRITERIA, as_=who)).status_code == 403
    for text in ("Older.", "Newer."):
        answer = await firm.done("/promotion-criteria", {**CRITERIA, "criteria": {"scope": text}}, as_="hr")
    assert answer == {"division": DIVISION, "level": "L5", "version": 2}
    path, headers = f"/promotion-criteria?division={DIVISION}", firm._headers("jane", 0)
    shown = (await firm.client.get(path, headers=headers)).json()
    assert shown == {
        "division": DIVISION,
        "levels": [{"level": "L5", "version": 2, "criteria": {"scope": "Newer."}}],
    }


async def test_a_manager_who_is_hr_partner_too_does_not_decide_an_own_recommendation(firm: Company) -> None:
    await make_ready(firm)
    await firm.bus.publish(person("boss", manager="vp", roles=(f"hr_partner:{DIVISION}",)))
    refused = await firm.refused("/promotion-cases/decisions", decision(), as_="boss")
    assert refused == (403, "own_recommendation", "the manager who recommends a promotion does not decide it")


REFUSED_DECISIONS = [
    (
        decision("declined", effective_from="2027-02-01"),
        "effect_without_approval",
        "a declined promotion takes no effect",
    ),
    (
        decision(effective_from="2026-12-31"),
        "effect_inside_the_cycle",
        "a promotion takes effect in the next cycle",
    ),
    (decision(reasons="no"), "invalid_request", "Some fields cannot be used."),
    (decision("postponed"), "invalid_request", "Some fields cannot be used."),
    ({"decisions": decision()["decisions"] * 2}, "invalid_request", "Some fields cannot be used."),
]


async def test_a_decision_that_cannot_be_is_refused_with_its_reason(firm: Company) -> None:
    await make_ready(firm)
    for body, code, said in REFUSED_DECISIONS:
        assert await firm.refused("/promotion-cases/decisions", body, as_="hr") == (422, code, said)
    assert await firm.events("promotion-decided") == []


async def test_nothing_is_decided_before_the_release(firm: Company) -> None:
    refused = await firm.refused("/promotion-cases/decisions", decision(version=0), as_="hr")
    assert refused == (409, "not_released", "the results of this cycle are not released yet")


async def test_an_approval_needs_evidence_under_each_criterion_and_a_refusal_does_not(firm: Company) -> None:
    await release(firm.bus)
    refused = await firm.refused("/promotion-cases/decisions", decision(version=0), as_="hr")
    assert refused == (422, "decision_incomplete", "the decision lacks: criteria of the level")
    refused = await firm.refused("/promotion-cases/evidence", evidence(), as_="boss")
    assert refused == (409, "no_criteria_of_the_level", "nobody has set the criteria of L5 in Engineering")
    await firm.done("/promotion-criteria", CRITERIA, as_="hr")
    await firm.done("/promotion-cases/evidence", evidence({"scope": ["ev-1"]}), as_="boss")
    refused = await firm.refused("/promotion-cases/decisions", decision(), as_="hr")
    assert refused == (422, "decision_incomplete", "the decision lacks: evidence for: mentoring")
    await firm.done("/promotion-cases/decisions", decision("deferred"), as_="hr")
    await firm.done("/promotion-cases/evidence", evidence({"mentoring": ["ev-2"]}), as_="boss")
    await firm.done("/promotion-cases/decisions", decision(version=3), as_="hr")
    decided = await firm.events("promotion-decided")
    assert [(each["decision"], each["effective_from"]) for each in decided] == [
        ("deferred", None),
        ("approved", "2027-01-01"),
    ]


REFUSED_EVIDENCE = [
    (evidence({"charm": ["ev-1"]}), "unknown_criterion"),
    (evidence({"scope": ["she is simply great"]}), "invalid_request"),
    (evidence({"scope": []}), "invalid_request"),
    (evidence(target_level="L6"), "another_level"),
    (evidence() | {"note": "x"}, "invalid_request"),
]


async def test_evidence_is_ids_and_links_under_known_criteria_and_the_managers_to_give(
    firm: Company,
) -> None:
    await firm.done("/promotion-criteria", CRITERIA, as_="hr")
    for given, code in REFUSED_EVIDENCE:
        answer = await firm.post("/promotion-cases/evidence", given, as_="boss")
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert "great" not in answer.text
    spoken = await firm.post("/promotion-cases/evidence", REFUSED_EVIDENCE[1][0], as_="boss")
    (error,) = spoken.json()["errors"]
    assert (error["field"], error["fix"]) == (
        "cases.0.evidence.scope.0",
        "Send an id or an https link, without spaces.",
    )
    # Who may not see the case is not told that there is one.
    for who, status in {"hr": 403, "vp": 403, "jane": 404, "two": 404}.items():
        answer = await firm.post("/promotion-cases/evidence", evidence(), as_=who)
        assert answer.status_code == status, who


async def test_the_same_key_gets_the_first_answer_again_and_a_second_decision_is_refused(
    firm: Company,
) -> None:
    await make_ready(firm)
    assert (await firm.post("/promotion-cases/decisions", decision(), as_="hr", key="")).json()["code"] == (
        "idempotency_key_required"
    )
    first = await firm.post("/promotion-cases/decisions", decision("declined"), as_="hr", key="one")
    again = await firm.post("/promotion-cases/decisions", decision("declined"), as_="hr", key="one")
    assert first.json() == again.json()
    refused = await firm.refused("/promotion-cases/decisions", decision(version=2), as_="vp")
    assert refused == (
        409,
        "promotion_move_refused",
        "a promotion case that is declined cannot become approved",
    )
    late = await firm.refused("/promotion-cases/evidence", evidence(), as_="boss")
    assert late[:2] == (409, "case_is_decided")
    assert len(await firm.events("promotion-decided")) == 1


async def test_a_later_revision_replaces_the_case_and_says_what_changed(firm: Company) -> None:
    await make_ready(firm)
    await firm.bus.publish(*finalized("Payments", {"jane": "5"}, revision=2))
    answer = await firm.post("/promotion-cases/decisions", decision(), as_="hr")
    assert answer.status_code == 409
    said = answer.json()
    assert (said["code"], said["current_revision"], said["field"]) == ("superseded", 2, "revision")
    assert said["changed"] == [{"what": "rating", "from": 4, "to": 5}]
    assert said["detail"] == "Revision 2 of the rating replaced revision 1 of this promotion case."
    skip_level = await firm.post("/promotion-cases/decisions", decision(), as_="vp")
    assert skip_level.json()["changed"] == [{"what": "rating"}]
    newer = str(outcome_of("jane", "promotion_case", revision=2))
    body = {"decisions": [{**decision()["decisions"][0], "outcome_id": newer}]}
    stale = await firm.refused("/promotion-cases/decisions", body, as_="hr")
    assert stale == (409, "stale_revision", "This promotion case belongs to revision 2 of the rating.")
