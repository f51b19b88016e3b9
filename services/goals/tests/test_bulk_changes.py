"""Many changes of locked key results in one request: all or none, each refusal named by its place."""

import pytest_asyncio

from .conftest import CYCLE, World
from .quarter import (
    RESULTS,
    adjust,
    approve_changes,
    done,
    fixed,
    lock_jane,
    propose_changes,
)

LATER = {"key_result_id": fixed("isolation"), "due_week": 13}
AUDIT = {"key_result_id": fixed("post"), "replacement": done("audit", "the audit's report", due_week=11)}


@pytest_asyncio.fixture
async def locked(world: World) -> World:
    await lock_jane(world)
    return world


async def test_adjustments_and_replacements_go_through_their_approvals_together(locked: World) -> None:
    later, audit = await propose_changes(locked, LATER, AUDIT, who="jane")
    assert (later["key_result_id"], later["approvals_missing"]) == (fixed("isolation"), ["manager"])
    assert (audit["objective_id"], audit["approvals_missing"]) == (
        fixed("growth"),
        ["manager", "skip_level"],
    )
    later, audit = await approve_changes(locked, [later, audit], who="paula")
    assert later["applied_at"] is not None
    assert (audit["applied_at"], audit["approvals_missing"]) == (None, ["skip_level"])
    [audit] = await approve_changes(locked, [audit], who="vp")
    assert audit["applied_at"] is not None
    delivery = await locked.get(f"/objectives/{fixed('delivery')}", "jane")
    growth = await locked.get(f"/objectives/{fixed('growth')}", "jane")
    assert [each["due_on"] for each in delivery["key_results"]] == ["2026-07-14", "2026-09-29", "2026-08-25"]
    assert (delivery["version"], growth["version"]) == (later["version"], audit["version"])
    assert [each["key_result_id"] for each in growth["key_results"]][2] == fixed("audit")
    assert [each["what"] for each in growth["history"]][-3:] == [
        "change proposed",
        "change approved",
        "key result replaced",
    ]
    assert growth["changes"][0]["approvals"] == {"employee": "jane", "manager": "paula", "skip_level": "vp"}
    events = await locked.published("pm.goals.key-result-changed.v1")
    assert [(each["change"], each["key_result_id"]) for each in events] == [
        ("adjusted", fixed("isolation")),
        ("replaced", fixed("post")),
    ]


async def test_one_refused_item_leaves_the_whole_list_undone_and_is_named(locked: World) -> None:
    same = {"key_result_id": fixed("post"), "target": "1"}
    [refused] = await propose_changes(locked, LATER, same, who="jane", expect=422)
    assert (refused["field"], refused["detail"]) == ("changes.1.target", "nothing would change")
    assert await locked.count("SELECT count(*) FROM adjustments") == 0
    silent = [{**LATER, "rationale": " "}, {**AUDIT, "rationale": ""}]
    [refused] = await propose_changes(locked, *silent, who="jane", expect=422)
    assert [each["field"] for each in refused["errors"]] == ["changes.0.rationale", "changes.1.rationale"]
    twice = [LATER, {"key_result_id": fixed("load"), "due_week": 13}]
    [refused] = await propose_changes(locked, *twice, who="jane", expect=409)
    assert refused["field"] == "changes.1.key_result_id"
    both = {**AUDIT, "due_week": 12}
    await propose_changes(locked, both, who="jane", expect=422)
    taken = {**AUDIT, "replacement": done("schema", "the same id", due_week=11)}
    [refused] = await propose_changes(locked, LATER, taken, who="jane", expect=409)
    assert (refused["field"], refused["detail"]) == ("changes.1.key_result_id", "the id is taken")
    assert await locked.count("SELECT count(*) FROM adjustments") == 0


async def test_nobody_proposes_for_strangers_or_approves_twice_in_a_list(locked: World) -> None:
    await propose_changes(locked, LATER, AUDIT, who="bob", expect=403)
    changes = await propose_changes(locked, LATER, AUDIT, who="jane")
    await approve_changes(locked, changes, who="sam", expect=403)
    [refused] = await approve_changes(locked, changes, who="jane", expect=409)
    assert [each["field"] for each in refused["errors"]] == ["approvals.0.approver", "approvals.1.approver"]
    swapped = [{**changes[0], "adjustment_id": changes[1]["adjustment_id"]}]
    await approve_changes(locked, swapped, who="paula", expect=404)
    assert await locked.published("pm.goals.key-result-changed.v1") == []


async def test_a_list_leaves_the_trail_of_each_of_its_objectives(locked: World) -> None:
    await adjust(locked, "schema")
    changes = await propose_changes(locked, LATER, AUDIT, who="jane")
    await approve_changes(locked, changes, who="paula")
    purposes = await locked.count(
        "SELECT count(DISTINCT (subject, purpose)) FROM audit_log WHERE purpose IN "
        "('change proposed', 'change approved', 'key result adjusted')"
    )
    # delivery: proposed, adjusted; growth: proposed, approved
    assert purposes == 4


async def test_replacing_a_key_result_keeps_what_came_out_of_the_others_and_of_itself(locked: World) -> None:
    actual, _, own = RESULTS["reviews"]
    sent = [
        {"key_result_id": fixed(name), "actual": actual, "done_date": "2026-08-10", "own_grade": own}
        for name in ("reviews", "post")
    ]
    await locked.post("/results", "jane", {"results": sent})
    changes = await propose_changes(locked, AUDIT, who="jane")
    await approve_changes(locked, changes, who="paula")
    await approve_changes(locked, changes, who="vp")
    assert await locked.count("SELECT count(*) FROM results") == 2
    rest = [
        {"key_result_id": fixed(name), "actual": "1", "done_date": "2026-08-13", "own_grade": "met"}
        for name in ("mentor", "audit")
    ]
    await locked.post("/results", "jane", {"results": rest})
    graded = await locked.post("/objectives/grade", "jane", {"objective_ids": [fixed("growth")]})
    scores = {each["key_result_id"]: each["attainment"] for each in graded["objectives"][0]["key_results"]}
    assert set(scores) == {fixed("reviews"), fixed("mentor"), fixed("audit")}
    assert scores[fixed("reviews")].startswith("1.333")
    picture = await locked.get(f"/cycles/{CYCLE}/mid-cycle", "audrey")
    assert picture["outcomes"]["replaced"]["key_results"] == 1
