"""Who sees and may do what with a review, in every state and for every role."""

from .conftest import (
    CALIBRATION_DAY,
    CYCLE,
    DRAFT,
    ENGINEERING,
    STAFF,
    World,
    assess,
    assessment,
    person,
    self_assessment,
)
from .test_flow import finalize_all, write_everything

PARTS = ("self_assessment", "written_assessment", "proposed_rating", "promotion", "final_rating")
SELF, TEXT, RATING, PROMOTION, FINAL = PARTS
ALL = frozenset(PARTS)
NOBODY_ELSE = ("vp", "max", "cem", "paula", "hugo", "pay", "admin", "cora")


async def seen(world: World, viewer: str, subject: str = "ann") -> frozenset[str] | int:
    """The parts that stand in the answer, or its status when it is none."""
    answer = await world.send("GET", f"/cycles/{CYCLE}/reviews/{subject}", viewer)
    if answer.status_code != 200:
        return answer.status_code
    return frozenset(part for part in PARTS if answer.json()[part] is not None)


async def see_all(world: World, *viewers: str) -> dict[str, frozenset[str] | int]:
    return {viewer: await seen(world, viewer) for viewer in viewers}


async def test_a_draft_is_its_authors_alone(cycle: World) -> None:
    draft = {**self_assessment(), "submit": False}
    await cycle.post(f"/cycles/{CYCLE}/self-assessments", "ann", draft)
    found = await see_all(cycle, "ann", "mia", "hanna", "audrey", *NOBODY_ELSE)
    assert found.pop("ann") == {SELF}
    assert not any(SELF in parts for parts in found.values() if isinstance(parts, frozenset))


async def test_the_manager_reads_the_self_assessment_only_after_a_complete_own_draft(cycle: World) -> None:
    await cycle.post(f"/cycles/{CYCLE}/self-assessments", "ann", self_assessment())
    assert await see_all(cycle, "mia", "hanna", "audrey") == {
        "mia": frozenset(),
        "hanna": {SELF},
        "audrey": {SELF},
    }
    path = f"/cycles/{CYCLE}/manager-assessments"
    empty = {"assessments": [{"person_id": "ann"}], "submit": False}
    drafted = await cycle.post(path, "mia", empty)
    assert drafted["assessments"][0]["needs"] == ["strengths", "development_areas", "proposed_rating"]
    assert await seen(cycle, "mia") == {TEXT, PROMOTION}
    await cycle.post(path, "mia", {"assessments": [assessment("ann")], "submit": False})
    assert await seen(cycle, "mia") == {SELF, TEXT, RATING, PROMOTION}
    assert await seen(cycle, "max") == 403


async def test_before_the_release_the_employee_sees_no_rating_and_no_recommendation(cycle: World) -> None:
    await write_everything(cycle)
    await finalize_all(cycle)
    found = await see_all(cycle, "ann", "mia", "hanna", "audrey", "fay", "max", *NOBODY_ELSE)
    assert found["ann"] == {SELF}
    assert found["mia"] == found["hanna"] == found["audrey"] == found["fay"] == ALL
    # The managers of the department are in the room once its reviews are complete; the self-assessment is not theirs.
    assert found["max"] == found["vp"] == {TEXT, RATING, PROMOTION, FINAL}
    assert {found[name] for name in ("cem", "paula", "hugo", "pay", "admin", "cora")} == {403}
    await cycle.post(f"/cycles/{CYCLE}/reviews/ann/share", "max", expect=403)
    await cycle.post(f"/cycles/{CYCLE}/reviews/ann/share", "mia")
    assert await seen(cycle, "ann") == {SELF, TEXT}
    shown = await cycle.get(f"/cycles/{CYCLE}/reviews/ann", "ann")
    assert (shown["discrepancy_undocumented"], shown["discrepancy_evidence"]) == (None, None)
    assert "rating" not in str(shown["written_assessment"])


async def test_after_the_release_the_employee_sees_everything_and_others_no_more_than_before(
    cycle: World,
) -> None:
    await write_everything(cycle)
    await cycle.post(f"/cycles/{CYCLE}/phases/review/close", "cora")
    cycle.now = CALIBRATION_DAY
    await cycle.post(f"/cycles/{CYCLE}/phases/calibration/open", "cora")
    await finalize_all(cycle)
    await cycle.post(f"/cycles/{CYCLE}/phases/calibration/close", "cora")
    await cycle.post(f"/cycles/{CYCLE}/release", "hanna", expect=403)
    await cycle.post(f"/cycles/{CYCLE}/release", "cora")
    found = await see_all(cycle, "ann", "mia", "hanna", "cem", "paula", "hugo", "pay", "admin", "cora")
    assert found["ann"] == found["mia"] == found["hanna"] == ALL
    assert {found[name] for name in ("cem", "paula", "hugo", "pay", "admin", "cora")} == {403}


async def test_managers_of_the_department_are_not_in_the_room_while_reviews_are_missing(cycle: World) -> None:
    await assess(cycle, "mia", assessment("ann"))
    assert await seen(cycle, "max") == 403


async def test_nobody_but_the_manager_writes_an_assessment(cycle: World) -> None:
    for impostor in (*STAFF, "vp", "max", "ann", "bob", "jane"):
        await assess(cycle, impostor, assessment("ann"), expect=403)
    assert await cycle.count("SELECT count(*) FROM manager_assessments") == 0


async def test_one_stranger_in_the_list_refuses_the_whole_list(cycle: World) -> None:
    await assess(cycle, "mia", assessment("ann"), assessment("cem"), expect=403)
    await assess(cycle, "mia", assessment("ann"), assessment("nobody"), expect=403)
    await assess(cycle, "mia", assessment("ann"), assessment("ann"), expect=422)
    assert await cycle.count("SELECT count(*) FROM manager_assessments") == 0


async def test_an_unexplained_discrepancy_leaves_a_draft_and_an_explained_one_is_submitted(
    cycle: World,
) -> None:
    await cycle.post(f"/cycles/{CYCLE}/self-assessments", "ann", self_assessment(5))
    first = (await assess(cycle, "mia", assessment("ann", 3)))["assessments"][0]
    assert (first["status"], first["needs"]) == ("draft", ["discrepancy_evidence"])
    assert await cycle.published("pm.reviews.manager-assessment-submitted.v1") == []
    explained = assessment("ann", 3, discrepancy_evidence="Two of five key results, see PM-7.")
    assert (await assess(cycle, "mia", explained))["assessments"][0]["status"] == "submitted"


async def test_a_discrepancy_that_shows_later_is_pointed_out_until_it_is_documented(cycle: World) -> None:
    await assess(cycle, "mia", assessment("ann", 2))
    await cycle.post(f"/cycles/{CYCLE}/self-assessments", "ann", self_assessment(4))
    path = f"/cycles/{CYCLE}/reviews/ann"
    assert (await cycle.get(path, "mia"))["discrepancy_undocumented"] is True
    await cycle.post(f"{path}/discrepancy-evidence", "mia", {"evidence": " "}, expect=422)
    await cycle.post(f"{path}/discrepancy-evidence", "mia", {"evidence": "See PM-9."})
    assert (await cycle.get(path, "mia"))["discrepancy_undocumented"] is False


async def test_reads_of_somebody_elses_review_are_logged_and_ones_own_are_not(cycle: World) -> None:
    await cycle.post(f"/cycles/{CYCLE}/self-assessments", "ann", self_assessment())
    reads = "SELECT count(*) FROM audit_log WHERE action = 'read'"
    await seen(cycle, "ann")
    await seen(cycle, "cem")
    assert await cycle.count(reads) == 0
    await seen(cycle, "hanna")
    logged = f"{reads} AND who = 'hanna' AND subject = 'ann' AND resource = 'self_assessment'"
    assert await cycle.count(logged) == 1


async def test_a_new_manager_takes_over_and_the_former_one_may_not_write_any_more(cycle: World) -> None:
    moved = person("ann", "max", "Platform", ())
    await cycle.receive([moved])
    await assess(cycle, "mia", assessment("ann"), expect=403)
    assert (await assess(cycle, "max", assessment("ann")))["assessments"][0]["status"] == "submitted"


async def test_a_person_who_moved_to_another_division_keeps_the_own_review(cycle: World) -> None:
    await cycle.post(f"/cycles/{CYCLE}/self-assessments", "ann", self_assessment())
    moved = person("ann", "mia", "Platform", ()).model_copy(update={"division": "Sales"})
    await cycle.receive([moved])
    assert await seen(cycle, "ann") == {SELF}
    assert (await assess(cycle, "mia", assessment("ann", 4)))["assessments"][0]["status"] == "submitted"


async def test_a_draft_cycle_is_seen_by_those_who_plan_and_check_it(world: World) -> None:
    await world.post("/cycles", "ann", DRAFT, expect=403)
    await world.post("/cycles", "cora", DRAFT, expect=201)
    for name, cycles in (("cora", 1), ("hanna", 1), ("audrey", 1), ("ann", 0), ("vp", 0)):
        assert len((await world.get("/cycles", name))["cycles"]) == cycles
        await world.get(f"/cycles/{CYCLE}", name, expect=200 if cycles else 403)


async def test_only_coordinators_plan_and_run_cycles(cycle: World) -> None:
    for name in ("ann", "mia", "vp", "hanna", "audrey", "pay", "admin"):
        await cycle.post(f"/cycles/{CYCLE}/phases/review/close", name, expect=403)
    shown = await cycle.get(f"/cycles/{CYCLE}", "ann")
    assert (shown["state"], shown["policies"][0]["policy_id"]) == ("running", f"{ENGINEERING}/2026.1")
    assert (await cycle.get("/templates/v1", "ann"))["forms"]["self"]["fields"][0]["name"] == "overall"
    await cycle.get("/templates/v9", "ann", expect=404)
