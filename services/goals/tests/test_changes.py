"""Changes of locked key results in the middle of a cycle, and the approvals that they need."""

from typing import Any

import pytest_asyncio

from plumbline.contracts.people import PersonStateV1

from .conftest import CYCLE, LAST_DAYS, World, person
from .quarter import approve, check_in, done, fixed, line, lock_jane, propose_change

REPLACEMENT = done("audit", "the audit's report", due_week=11)


@pytest_asyncio.fixture
async def locked(world: World) -> World:
    await lock_jane(world)
    return world


async def history(world: World, who: str = "jane") -> dict[str, Any]:
    return await world.get(f"/objectives/{fixed('delivery')}", who)


async def test_an_adjustment_takes_effect_when_both_sides_agree(locked: World) -> None:
    change = await propose_change(locked, "load", who="jane", target="8")
    assert change["approvals_missing"] == ["manager"]
    assert (await history(locked))["key_results"][2]["target"] == "10"
    applied = await approve(locked, change, who="paula")
    assert applied["approvals"] == {"employee": "jane", "manager": "paula"}
    seen = await history(locked)
    assert seen["key_results"][2]["target"] == "8"
    assert seen["changes"][0]["before"]["target"] == "10"
    [event] = await locked.published("pm.goals.key-result-changed.v1")
    assert (event["change"], event["key_result_id"]) == ("adjusted", fixed("load"))
    assert "rationale" not in event


async def test_a_replacement_needs_the_skip_level_and_keeps_the_old_one(locked: World) -> None:
    change = await propose_change(locked, "load", who="paula", replacement=REPLACEMENT)
    assert change["approvals_missing"] == ["employee", "skip_level"]
    await approve(locked, change, who="jane")
    assert await locked.published("pm.goals.key-result-changed.v1") == []
    await approve(locked, change, who="vp")
    seen = await history(locked)
    assert [each["key_result_id"] for each in seen["key_results"]][2] == fixed("audit")
    [old] = seen["replaced_key_results"]
    assert (old["key_result_id"], old["replaced_by_id"]) == (fixed("load"), fixed("audit"))
    picture = await locked.get(f"/cycles/{CYCLE}/mid-cycle", "audrey")
    assert (picture["key_results"], picture["outcomes"]["replaced"]["key_results"]) == (6, 1)
    await check_in(locked, line("load", "on_track"), expect=404)


async def test_without_a_skip_level_the_hr_partner_approves_a_replacement(world: World) -> None:
    await lock_jane(world)
    await world.receive([person_without_manager()])
    change = await propose_change(world, "load", who="jane", replacement=REPLACEMENT)
    assert change["approvals_missing"] == ["manager", "hr_partner"]
    await approve(world, change, who="hanna")
    assert (await approve(world, change, who="paula"))["approvals_missing"] == []


def person_without_manager() -> PersonStateV1:
    return person("paula").model_copy(update={"manager_id": None})


async def test_nobody_approves_twice_and_strangers_not_at_all(locked: World) -> None:
    change = await propose_change(locked, "load", who="jane", target="8")
    assert (await approve(locked, change, who="jane", expect=409))["field"] == "approver"
    for stranger in ("bob", "sam", "hugo", "cora", "audrey"):
        await approve(locked, change, who=stranger, expect=403)
    assert (await approve(locked, change, who="vp", expect=409))["field"] == "approver"


async def test_in_the_last_14_days_only_hr_changes_a_goal(locked: World) -> None:
    locked.now = LAST_DAYS
    refused = await propose_change(locked, "load", who="paula", target="8", expect=409)
    assert refused["detail"] == "the cycle's last 14 days have begun"
    change = await propose_change(locked, "load", who="hanna", target="8")
    assert change["approvals_missing"] == ["employee", "manager"]
    await approve(locked, change, who="jane")
    assert (await approve(locked, change, who="paula"))["applied_at"] is not None


async def test_a_stale_version_is_refused_and_says_which_stands(locked: World) -> None:
    seen = (await history(locked))["version"]
    change = await propose_change(locked, "load", who="jane", version=seen, target="8")
    stale = await propose_change(locked, "schema", who="paula", version=seen, expect=409)
    assert (stale["code"], stale["current_version"]) == ("stale_version", seen + 1)
    told = [(each["version"], each["what"], each["by"]) for each in stale["changed"]]
    assert told == [(seen + 1, "change proposed", "jane")]
    replaced = await propose_change(
        locked, "schema", who="paula", version=seen, expect=409, replacement=REPLACEMENT
    )
    approved = await approve(locked, change, who="paula", version=seen, expect=409)
    assert replaced["changed"] == approved["changed"] == stale["changed"]
    await approve(locked, change, who="paula", version=seen + 1)


async def test_a_second_change_waits_for_the_first(locked: World) -> None:
    await propose_change(locked, "load", who="jane", target="8")
    assert (await propose_change(locked, "schema", who="jane", expect=409))["detail"] == (
        "another change is open"
    )


async def test_an_adjustment_outside_the_cycle_or_without_effect_is_refused(locked: World) -> None:
    late = await propose_change(locked, "load", who="jane", due_on="2026-10-02", expect=422)
    assert late["field"] == "due_on"
    same = await propose_change(locked, "load", who="jane", target="10", expect=422)
    assert same["detail"] == "nothing would change"
    await propose_change(locked, "load", who="bob", target="8", expect=403)
