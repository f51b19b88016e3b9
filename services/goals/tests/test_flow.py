"""Jane Doe's quarter over HTTP and PostgreSQL, from drafts to grades."""

from typing import Any

from plumbline.contracts.cycle import CycleClosedV1

from .conftest import CYCLE, World
from .quarter import (
    DELIVERY,
    GROWTH,
    JANES,
    TEAM,
    adjust,
    check_in,
    done,
    draft,
    draft_all,
    fixed,
    grade_jane,
    line,
    lock_jane,
    number,
)

SUGGESTED = {
    "schema": "met",
    "isolation": "mostly_met",
    "load": "exceeded",
    "reviews": "exceeded",
    "mentor": "met",
    "post": "met",
}


def number_without_target() -> dict[str, Any]:
    late = number("load", baseline="1", target="10", unit="times", due_on="2026-10-01")
    return {**late, "target": None}


async def test_a_quarter_ends_in_the_six_grades_of_the_scenario(world: World) -> None:
    await lock_jane(world)
    await check_in(world, line("schema", "done"), line("isolation", "at_risk", "medium"))
    graded = await grade_jane(world)
    suggested = {
        each["key_result_id"]: each["suggested"]
        for goal in graded["objectives"]
        for each in goal["key_results"]
    }
    assert suggested == {fixed(name): grade for name, grade in SUGGESTED.items()}
    events = await world.published("pm.goals.objective-graded.v1")
    assert [event["objective_id"] for event in events] == JANES
    # (1 + 0.9 + (11/9 − 0.1)) / 3, and (4/3 + 1 + 1) / 3
    assert [event["score"] for event in events] == ["1.007407", "1.111111"]


async def test_a_week_that_is_none_and_an_id_that_is_taken_are_refused_at_their_places(world: World) -> None:
    early = {**DELIVERY, "key_results": [*DELIVERY["key_results"][:2], done("never", "page", due_week=0)]}
    refused = await draft(world, GROWTH, early, who="jane", expect=422)
    assert refused["field"] == "objectives.1.key_results.2.due_week"
    refused = await draft(
        world, DELIVERY, {**GROWTH, "objective_id": DELIVERY["objective_id"]}, who="jane", expect=409
    )
    assert (refused["field"], refused["detail"]) == ("objectives.1.objective_id", "the id is taken")
    again = {**GROWTH, "key_results": DELIVERY["key_results"][:2]}
    refused = await draft(world, DELIVERY, again, who="jane", expect=409)
    assert [each["field"] for each in refused["errors"]] == [
        f"objectives.1.key_results.{place}.key_result_id" for place in (0, 1)
    ]
    assert await world.count("SELECT count(*) FROM objectives") == 0


async def test_a_locked_goal_is_the_organizations_to_see_and_its_grades_are_not(world: World) -> None:
    await lock_jane(world)
    await grade_jane(world)
    seen = await world.get(f"/objectives/{fixed('delivery')}", "sam")
    assert [each["title"] for each in seen["key_results"]] == ["schema", "isolation", "load"]
    assert not {"grades", "check_ins", "changes"} & set(seen)
    hers = await world.get(f"/objectives/{fixed('delivery')}", "jane")
    assert [each["suggested"] for each in hers["grades"]] == ["met", "mostly_met", "exceeded"]


async def test_the_locked_event_carries_no_text(world: World) -> None:
    await lock_jane(world)
    events = await world.published("pm.goals.objective-locked.v1")
    assert [event["parent_id"] for event in events] == [fixed("team"), None]
    assert all("title" not in event for event in events)


async def test_mechanical_errors_name_field_and_fix_and_nothing_is_kept(world: World) -> None:
    broken = {**DELIVERY, "key_results": [*DELIVERY["key_results"][:2], number_without_target()]}
    answer = await draft(world, GROWTH, {**broken, "parent_key_result_id": None}, who="jane", expect=422)
    assert [(each["field"], each["fix"]) for each in answer["errors"]] == [
        ("objectives.1.key_results.2.target", "name the target"),
        ("objectives.1.key_results.2.due_on", "set a date from 2026-07-01 to 2026-09-30"),
    ]
    assert await world.count("SELECT count(*) FROM objectives") == 0


async def test_a_person_without_growth_is_pointed_out(world: World) -> None:
    answer = await draft(world, {**DELIVERY, "parent_key_result_id": None}, who="jane")
    assert [(each["field"], each["message"]) for each in answer["warnings"]] == [
        ("jane.kind", "no growth objective")
    ]


async def test_objectives_that_serve_each_other_in_a_ring_are_refused(world: World) -> None:
    team = {**TEAM, "parent_key_result_id": fixed("schema")}
    answer = await draft(world, team, {**DELIVERY, "owner_id": "paula"}, who="paula", expect=422)
    assert answer["detail"] == "objectives serve each other in a ring"


async def test_weights_that_do_not_sum_to_all_keep_goals_from_being_locked(world: World) -> None:
    await draft(world, {**GROWTH, "weight_percent": "39.5"}, who="jane")
    ids = {"objective_ids": [fixed("growth")]}
    await world.post("/objectives/propose", "jane", ids)
    await world.post("/objectives/agree", "paula", {**ids, "smart_confirmed": True})
    answer = await world.post("/objectives/lock", "paula", ids, expect=422)
    assert answer["field"] == "objective_ids.0.weight_percent"
    assert answer["detail"] == "the owner's agreed objectives weigh 39.5 %"


async def test_a_key_result_at_risk_asks_for_a_plan_until_there_is_one(world: World) -> None:
    await lock_jane(world)
    first = await check_in(world, line("isolation", "at_risk"), line("schema", "done"))
    assert first["intervention_plan_needed"] == [fixed("isolation")]
    second = await check_in(world, line("isolation", "at_risk", intervention_plan="Borrow DevOps"))
    assert second["intervention_plan_needed"] == []
    events = await world.published("pm.goals.check-in-recorded.v1")
    assert [event["status"] for event in events] == ["at_risk", "done", "at_risk"]
    assert all("note" not in event for event in events)


async def test_the_mid_cycle_picture_counts_every_locked_key_result_once(world: World) -> None:
    await lock_jane(world)
    await check_in(
        world,
        line("schema", "done"),
        line("load", "on_track"),
        line("reviews", "on_track"),
        line("mentor", "at_risk", intervention_plan="Free two days"),
    )
    for name in ("reviews", "post"):
        await adjust(world, name)
    seen = await world.get(f"/cycles/{CYCLE}/mid-cycle", "cora")
    counted = {name: each["key_results"] for name, each in seen["outcomes"].items() if each["key_results"]}
    assert counted == {
        "on_track_unchanged": 2,
        "adjusted": 2,
        "at_risk_with_plan": 1,
        "not_checked_in": 1,
    }
    assert seen["outcomes"]["adjusted"]["share"] == "0.333333"


async def test_the_cascade_counts_paths_to_the_company(world: World) -> None:
    await draft_all(world)
    seen = await world.get(f"/cycles/{CYCLE}/cascade", "bob")
    assert seen == {
        "objectives": 4,
        "objectives_with_path": "0.666667",
        "company_key_results_with_child": "0.333333",
    }


async def test_an_owner_without_a_manager_agrees_with_the_person_who_was_named(world: World) -> None:
    await draft_all(world)
    ids = {"objective_ids": [fixed("company")]}
    await world.post("/objectives/propose", "vp", ids)
    await world.post("/objectives/agree", "hanna", {**ids, "smart_confirmed": True}, expect=403)
    await world.post("/objectives/agree", "cora", {**ids, "smart_confirmed": True})
    assert (await world.post("/objectives/lock", "cora", ids))["stage"] == "locked"


async def test_a_persons_score_rolls_up_by_weight(world: World) -> None:
    await lock_jane(world)
    await grade_jane(world)
    [jane] = (await world.get(f"/cycles/{CYCLE}/grades?owner=jane", "paula"))["people"]
    # 0.6 × (1 + 0.9 + 11/9 − 0.1) / 3 + 0.4 × (4/3 + 1 + 1) / 3
    assert jane["score"] == "1.048889"


async def test_a_closed_cycles_goals_no_longer_change(world: World) -> None:
    await lock_jane(world)
    await world.receive([CycleClosedV1(cycle_id=CYCLE)])
    answer = await check_in(world, line("schema", "done"), expect=409)
    assert answer["field"] == "cycle_id"
