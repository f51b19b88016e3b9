"""Who may see and change goals, over HTTP and PostgreSQL."""

from .conftest import CYCLE, MID_CYCLE, World
from .quarter import (
    DELIVERY,
    JANES,
    agree_on_janes,
    check_in,
    draft,
    draft_all,
    fixed,
    grade_jane,
    line,
    lock_jane,
)

EVERYBODY = ("jane", "paula", "vp", "bob", "sam", "cora", "hanna", "hugo", "audrey")


CIRCLE = {"jane", "paula", "hanna", "audrey"}


async def readers_of_janes(world: World) -> set[str]:
    return {
        who
        for who in EVERYBODY
        if (await world.send("GET", f"/objectives/{JANES[0]}", who)).status_code == 200
    }


async def listed_of_janes(world: World, who: str) -> list[str]:
    listed = await world.get(f"/cycles/{CYCLE}/objectives?owner=jane", who)
    return sorted(each["objective_id"] for each in listed["objectives"])


async def test_a_draft_is_seen_by_its_circle_only(world: World) -> None:
    await draft_all(world)
    assert await readers_of_janes(world) == CIRCLE
    assert await listed_of_janes(world, "bob") == []


async def test_a_goal_is_the_organizations_to_see_from_its_lock_on_and_not_from_the_agreement_on(
    world: World,
) -> None:
    await agree_on_janes(world)
    assert await readers_of_janes(world) == CIRCLE
    assert await listed_of_janes(world, "bob") == []
    await world.post("/objectives/lock", "cora", {"objective_ids": JANES})
    assert await readers_of_janes(world) == set(EVERYBODY)
    assert await listed_of_janes(world, "bob") == sorted(JANES)


async def test_a_goal_is_drafted_by_its_owner_or_manager_only(world: World) -> None:
    mine = {**DELIVERY, "parent_key_result_id": None}
    for stranger in ("bob", "vp", "hanna", "cora"):
        await draft(world, mine, who=stranger, expect=403)
    await draft(world, mine, who="paula")
    ids = {"objective_ids": JANES[:1]}
    await world.post("/objectives/propose", "paula", ids, expect=422)
    await world.post("/objectives/propose", "jane", ids)
    await world.post("/objectives/agree", "jane", {**ids, "smart_confirmed": True}, expect=422)
    await world.post("/objectives/lock", "jane", ids, expect=403)


async def test_grades_and_check_ins_are_seen_by_those_whom_the_table_names(world: World) -> None:
    await lock_jane(world)
    await check_in(world, line("schema", "done"))
    await check_in(world, line("schema", "done"), who="bob", expect=403)
    await grade_jane(world)
    graded: set[str] = set()
    talked: set[str] = set()
    for who in EVERYBODY:
        people = (await world.get(f"/cycles/{CYCLE}/grades", who))["people"]
        graded |= {who} if [each["person_id"] for each in people] == ["jane"] else set()
        objective = await world.get(f"/objectives/{JANES[0]}", who)
        talked |= {who} if objective.get("check_ins") else set()
        assert ("grades" in objective) == (who in graded)
    assert graded == talked == {"jane", "paula", "hanna", "audrey"}
    await world.get(f"/cycles/{CYCLE}/grades?owner=jane", "cora", expect=403)


async def test_reads_of_others_and_changes_stand_in_the_audit_log(world: World) -> None:
    await lock_jane(world)
    await grade_jane(world)
    await world.get(f"/cycles/{CYCLE}/grades", "hanna")
    await world.get(f"/cycles/{CYCLE}/grades", "jane")
    reads = "SELECT count(*) FROM audit_log WHERE resource = 'goal_grade' AND action = 'read' AND who = '{}'"
    assert await world.count(reads.format("hanna")) == 1
    assert await world.count(reads.format("jane")) == 0
    changes = f"SELECT count(*) FROM audit_log WHERE subject = '{JANES[0]}'"
    # drafted, proposed, agreed, locked, results, graded
    assert await world.count(changes) == 6


async def test_an_own_grade_is_the_owners_to_give(world: World) -> None:
    await lock_jane(world)
    world.now = MID_CYCLE
    given = {"key_result_id": fixed("load"), "actual": "12", "done_date": "2026-08-14"}
    refused = await world.post("/results", "paula", {"results": [{**given, "own_grade": "met"}]}, expect=422)
    assert refused["field"] == "results.0.own_grade"
    await world.post("/results", "paula", {"results": [given]})
    answer = await world.post("/objectives/grade", "paula", {"objective_ids": JANES}, expect=422)
    assert [each["field"] for each in answer["errors"]] == ["objective_ids.0.own", "objective_ids.1.own"]


async def test_the_mid_cycle_picture_is_for_those_who_run_the_cycle(world: World) -> None:
    await lock_jane(world)
    counts: dict[str, int | None] = {}
    for who in EVERYBODY:
        answer = await world.send("GET", f"/cycles/{CYCLE}/mid-cycle", who)
        counts[who] = answer.json()["key_results"] if answer.status_code == 200 else None
    seen = {who: number for who, number in counts.items() if number is not None}
    assert seen == {"cora": 6, "hanna": 6, "hugo": 0, "audrey": 6}
