"""The outcomes api on a real PostgreSQL: who sees which pay, and who may sign."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from published import CYCLE, DIVISION, NOW, Bus, assessed, finalized, opened, pay, person, policy, session_of

from outcomes.api import build
from plumbline.contracts.cycle import ResultsReleasedV1
from plumbline.runtime.settings import Settings
from plumbline_local.databases import Database
from plumbline_local.testing_services import client_of, local_settings, signed_in

BASE = f"/cycles/{CYCLE}"
STAFF = (
    person("vp", manager=None),
    person("boss", manager="vp"),
    person("peer", manager="boss"),
    person("hr", manager="vp", roles=(f"hr_partner:{DIVISION}",)),
    person("payroll", manager="vp", roles=("payroll",)),
    person("auditor", manager="vp", roles=("auditor",)),
    person("finance", manager="vp", roles=("finance",)),
    person("jane", manager="boss"),
)


class Api:
    """Speaks to the api as any person."""

    def __init__(self, client: httpx.AsyncClient, state: Path) -> None:
        self._client = client
        self._state = state

    async def get(self, path: str, *, as_: str) -> httpx.Response:
        return await self._client.get(path, headers=signed_in(as_, self._state))

    async def post(self, path: str, body: object, *, as_: str, key: str = "k") -> httpx.Response:
        headers = signed_in(as_, self._state, key=f"{as_}-{path}-{key}")
        return await self._client.post(path, json=body, headers=headers)


@pytest.fixture
async def api(base: Database, bus: Bus, tmp_path: Path) -> AsyncIterator[Api]:
    await bus.publish(*STAFF, pay("jane"), policy(), opened("Payments"), assessed("jane", promotion=True))
    await bus.publish(*finalized("Payments", {"jane": "4"}))
    async with client_of(build(local_settings(Settings, base, tmp_path))) as client:
        yield Api(client, tmp_path)


@pytest.mark.parametrize(
    ("viewer", "sees"),
    [
        ("boss", True),
        ("vp", True),
        ("hr", True),
        ("auditor", True),
        ("finance", True),
        ("jane", False),
        ("peer", False),
        ("payroll", False),
    ],
)
async def test_before_the_release_an_award_is_shown_to_its_approvers_and_auditors_alone(
    api: Api, viewer: str, sees: bool
) -> None:
    answer = await api.get(f"{BASE}/awards", as_=viewer)
    assert answer.status_code == 200
    assert [each["person_id"] for each in answer.json()["awards"]] == (["jane"] if sees else [])


async def test_after_the_release_the_employee_sees_the_own_award_to_the_cent(api: Api, bus: Bus) -> None:

    await bus.publish(ResultsReleasedV1(cycle_id=CYCLE, released_on=NOW.date()))
    (award,) = (await api.get(f"{BASE}/awards", as_="jane")).json()["awards"]
    assert (award["award"], award["new_salary"]) == ("12740.00", "194740.00")
    assert (await api.get(f"{BASE}/awards", as_="peer")).json()["awards"] == []


async def test_a_plan_or_promotion_case_does_not_reach_the_employee_before_the_release(api: Api) -> None:
    assert (await api.get(f"{BASE}/outcomes", as_="jane")).json()["outcomes"] == []
    kinds = {each["component"] for each in (await api.get(f"{BASE}/outcomes", as_="boss")).json()["outcomes"]}
    assert kinds == {"assignment", "equity", "promotion_case"}


async def test_pools_are_for_finance_hr_auditors_and_the_coordinator(api: Api) -> None:
    (pool,) = (await api.get(f"{BASE}/pools", as_="hr")).json()["pools"]
    assert (pool["award"], pool["state"]) == ("12740.00", "awarded")
    refused = await api.get(f"{BASE}/pools", as_="jane")
    assert refused.status_code == 403
    assert "12740" not in refused.text


async def test_only_the_hr_partner_attests_and_a_bad_body_names_its_field(api: Api) -> None:
    refused = await api.post(f"{BASE}/attestations", {"person_ids": ["jane"]}, as_="boss")
    assert refused.status_code == 403
    bad = await api.post(f"{BASE}/attestations", {"people": ["jane"]}, as_="hr", key="bad")
    assert bad.status_code == 422
    assert {error["field"] for error in bad.json()["errors"]} >= {"person_ids"}
    twice = await api.post(f"{BASE}/attestations", {"person_ids": ["jane"] * 2}, as_="hr", key="twice")
    assert (twice.status_code, twice.json()["errors"][0]["field"]) == (422, "person_ids.1")
    good = await api.post(f"{BASE}/attestations", {"person_ids": ["jane"]}, as_="hr", key="good")
    assert good.json() == {"attested": 1}


async def test_the_manager_does_not_attest_what_the_own_proposal_needs_even_as_hr_partner(
    api: Api, bus: Bus
) -> None:
    await bus.publish(person("boss", manager="vp", roles=(f"hr_partner:{DIVISION}",)))
    own = await api.post(f"{BASE}/attestations", {"person_ids": ["finance", "jane"]}, as_="boss")
    assert (own.status_code, own.json()["code"], own.json()["field"]) == (403, "own_proposal", "person_ids.1")
    assert own.json()["fix"] == "Ask another HR partner."


async def test_a_session_is_excluded_by_finance_or_the_coordinator_while_it_is_open(api: Api) -> None:
    body = {"reason": "the department was dissolved in November"}
    path = f"/sessions/{session_of('Payments')}/exclusion"
    assert (await api.post(path, body, as_="boss")).status_code == 403
    assert (await api.post(path, body, as_="finance")).status_code == 404


async def test_without_a_token_nothing_is_answered(api: Api) -> None:
    answer = await api._client.get(f"{BASE}/awards")
    assert answer.status_code == 401


async def test_a_manager_says_what_an_offered_assignment_is_about(api: Api, bus: Bus) -> None:
    path, text = f"{BASE}/assignments", "Architecture owner for the payments domain"
    body = {"assignments": [{"person_id": "jane", "text": text}]}
    assert [(await api.post(path, body, as_=who)).status_code for who in ("jane", "peer", "vp")] == [403] * 3
    twice = {"assignments": body["assignments"] * 2}
    refused = await api.post(path, twice, as_="boss", key="twice")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "assignments.1.person_id")
    assert (await api.post(path, body, as_="boss")).json() == {"written": 1}
    await bus.publish(ResultsReleasedV1(cycle_id=CYCLE, released_on=NOW.date()))
    shown = (await api.get(f"{BASE}/outcomes", as_="jane")).json()["outcomes"]
    texts = {each["component"]: each["text"] for each in shown}
    assert texts == {"assignment": text, "equity": None, "promotion_case": None}
    (mine,) = (await api.get(f"{BASE}/outcomes?component=assignment", as_="boss")).json()["outcomes"]
    assert mine["text"] == text


async def test_who_has_no_assignment_gets_no_text_and_neither_do_the_others(api: Api) -> None:
    both = [{"person_id": "jane", "text": "One"}, {"person_id": "peer", "text": "Two"}]
    answer = await api.post(f"{BASE}/assignments", {"assignments": both}, as_="boss")
    assert answer.status_code == 404
    (mine,) = (await api.get(f"{BASE}/outcomes?component=assignment", as_="boss")).json()["outcomes"]
    assert mine["text"] is None
