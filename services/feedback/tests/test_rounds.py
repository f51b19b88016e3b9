"""360 rounds over HTTP and PostgreSQL: who may do what, and what is published."""

from uuid import UUID

from organization import (
    APPROVE,
    CYCLE,
    JANES,
    PUBLISH,
    RATERS,
    ROUNDS,
    World,
    answer,
    cycle_opened,
    form,
    open_round,
)

from feedback.domain.identity import round_id_of
from plumbline.contracts.cycle import CycleClosedV1, PhaseClosedV1, PhaseOpenedV1


async def test_a_round_goes_from_nomination_to_its_published_result(world: World) -> None:
    round_id = await open_round(world)
    for score, author in zip((5, 4, 4, 4, 3), RATERS, strict=True):
        await answer(world, round_id, author, score=score)
    done = await world.post(PUBLISH, "cora")
    assert done["rounds"] == [{"round_id": round_id, "person_id": "jane", "state": "shown", "responses": 5}]
    result = (await world.get(f"/rounds/{round_id}", "jane"))["result"]
    everybody = result["groups"][0]
    assert (everybody["group"], everybody["scores"]) == ("all", 5)
    assert everybody["band"] == {"low": "4.0", "high": "4.5"}
    assert everybody["work_again"] == {"yes": 5, "mostly": 0, "no": 0}
    assert sorted(result["does_well"]) == [f"wellword{author} explains designs" for author in RATERS]


async def test_publishing_announces_each_round_without_bodies_or_authors(world: World) -> None:
    round_id = await open_round(world)
    await answer(world, round_id, "ann")
    assert await world.published() == []
    await world.post(PUBLISH, "cora")
    assert await world.published() == [
        {
            "round_id": round_id,
            "cycle_id": str(CYCLE),
            "person_id": "jane",
            "state": "suppressed",
            "published_on": "2026-09-22",
        }
    ]


async def test_scores_show_from_three_answers_and_verbatims_from_five(world: World) -> None:
    round_id = await open_round(world)
    for author in RATERS[:3]:
        await answer(world, round_id, author, score=4)
    await world.post(PUBLISH, "cora")
    result = (await world.get(f"/rounds/{round_id}", "mia"))["result"]
    assert result["groups"][0]["band"] == {"low": "4.0", "high": "4.5"}
    assert result["groups"][0]["work_again_suppressed"] == "too_few"
    assert (result["does_well"], result["to_improve"]) == ([], [])


async def test_answers_of_those_who_may_read_the_result_do_not_reach_the_threshold(world: World) -> None:
    added = [{"rater_id": "hanna", "reason": "Worked with her on hiring."}]
    await world.post(ROUNDS, "jane", {"rounds": [{"raters": ["ann", "bob"]}]})
    approval = {"person_id": "jane", "nominees": ["ann", "bob"], "added": added}
    opened = await world.post(APPROVE, "mia", {"rounds": [approval]})
    round_id = opened["rounds"][0]["round_id"]
    for author in ("ann", "bob", "hanna"):
        await answer(world, round_id, author)
    await world.post(PUBLISH, "cora")
    result = (await world.get(f"/rounds/{round_id}", "jane"))["result"]
    assert result["groups"][0]["band"] is None
    assert result["groups"][0]["band_suppressed"] == "too_few"


async def test_a_result_is_published_once_and_never_reissued(world: World) -> None:
    round_id = await open_round(world)
    for author in RATERS:
        await answer(world, round_id, author)
    await world.post(PUBLISH, "cora")
    first = await world.get(f"/rounds/{round_id}", "jane")
    assert (await world.post(PUBLISH, "cora"))["rounds"] == []
    await answer(world, round_id, "ann", score=1, expect=409)
    assert await world.get(f"/rounds/{round_id}", "jane") == first
    assert len(await world.published("pm.feedback.round-published.v1")) == 1


async def test_only_approved_raters_answer(world: World) -> None:
    round_id = await open_round(world, raters=RATERS[:3])
    await answer(world, round_id, "eve", expect=403)
    await answer(world, str(round_id_of(CYCLE, "nobody")), "eve", expect=403)
    assert await world.count("SELECT count(*) FROM answer") == 0


async def test_a_nominated_rater_answers_only_after_the_approval(world: World) -> None:
    made = await world.post(ROUNDS, "jane", {"rounds": [{"raters": list(RATERS)}]})
    await answer(world, made["rounds"][0]["round_id"], "ann", expect=403)


async def test_a_rater_sees_and_replaces_the_own_answer_while_the_round_is_open(world: World) -> None:
    round_id = await open_round(world)
    await answer(world, round_id, "ann", score=2)
    await answer(world, round_id, "ann", score=5)
    seen = await world.get(f"/rounds/{round_id}", "ann")
    assert (seen["own_answer"]["score"], seen["responses"]) == (5, 1)
    assert "raters" not in seen
    await world.post(PUBLISH, "cora")
    assert "own_answer" not in await world.get(f"/rounds/{round_id}", "ann")


async def test_a_managers_answer_carries_the_name_and_nobody_else_answers_as_manager(world: World) -> None:
    added = [{"rater_id": "mia", "reason": "Her manager."}]
    await world.post(ROUNDS, "jane", {"rounds": [{"raters": list(RATERS)}]})
    opened = await world.post(APPROVE, "mia", {"rounds": [{**JANES, "added": added}]})
    round_id = opened["rounds"][0]["round_id"]
    await answer(world, round_id, "mia", expect=422)
    await answer(world, round_id, "ann", relationship="manager", expect=422)
    await answer(world, round_id, "ann", relationship="report", expect=422)
    told = await answer(world, round_id, "mia", relationship="manager")
    assert told["answers"][0]["anonymous"] is False
    await world.post(PUBLISH, "cora")
    result = (await world.get(f"/rounds/{round_id}", "jane"))["result"]
    assert [each["author"] for each in result["manager"]] == ["mia"]


async def test_the_linter_warns_and_never_blocks(world: World) -> None:
    round_id = await open_round(world)
    told = await answer(world, round_id, "ann", does_well="Brilliant and passionate.", to_improve="")
    rules = [each["rule"] for each in told["answers"][0]["warnings"]["does_well"]]
    assert rules == ["no_situation", "no_artefact_or_date", "under_15_words", "traits_alone"]
    assert await world.count("SELECT count(*) FROM answer") == 1


async def test_the_result_is_for_the_person_the_manager_and_hr(world: World) -> None:
    round_id = await open_round(world)
    for author in RATERS:
        await answer(world, round_id, author)
    await world.post(PUBLISH, "cora")
    for who in ("jane", "mia", "hanna"):
        assert "result" in await world.get(f"/rounds/{round_id}", who)
    for who in ("ann", "cora"):
        assert "result" not in await world.get(f"/rounds/{round_id}", who)
    for who in ("max", "vp", "hugo", "audrey", "sam"):
        await world.get(f"/rounds/{round_id}", who, expect=403)
    logged = "SELECT count(*) FROM audit_log WHERE action = 'read' AND resource = 'peer_answers'"
    assert await world.count(logged) == 2


async def test_only_the_coordinator_and_hr_of_the_division_publish(world: World) -> None:
    await open_round(world)
    for who in ("jane", "mia", "ann", "audrey"):
        await world.post(PUBLISH, who, expect=403)
    assert (await world.post(PUBLISH, "hugo"))["rounds"] == []
    assert len((await world.post(PUBLISH, "hanna"))["rounds"]) == 1


async def test_no_answer_is_taken_after_the_review_phase_or_the_cycle(world: World) -> None:
    round_id = await open_round(world)
    await world.receive([PhaseClosedV1(cycle_id=CYCLE, phase="review")])
    await answer(world, round_id, "ann", expect=409)
    await world.receive([CycleClosedV1(cycle_id=CYCLE)])
    await world.post(ROUNDS, "ann", {"rounds": [{"raters": list(RATERS)}]}, expect=409)
    unknown = f"/cycles/{round_id}/rounds"
    await world.post(unknown, "ann", {"rounds": [{"raters": list(RATERS)}]}, expect=404)


async def test_lists_and_counts_show_what_concerns_the_viewer(world: World) -> None:
    round_id = await open_round(world)
    await open_round(world, subject="cem", manager="max", raters=("ann", "bob", "dan"))
    await answer(world, round_id, "ann")
    rows = (await world.get(ROUNDS, "eve"))["rounds"]
    assert [(each["person_id"], each["is_rater"]) for each in rows] == [("jane", True)]
    assert [each["person_id"] for each in (await world.get(ROUNDS, "max"))["rounds"]] == ["cem"]
    assert len((await world.get(ROUNDS, "cora"))["rounds"]) == 2
    counts = (await world.get(f"/cycles/{CYCLE}/response-counts", "hanna"))["counts"]
    assert [(each["rounds"], each["asked"], each["responses"]) for each in counts] == [(2, 8, 1)]
    await world.get(f"/cycles/{CYCLE}/response-counts", "jane", expect=403)


async def test_one_request_answers_several_rounds(world: World) -> None:
    first = await open_round(world)
    second = await open_round(world, subject="cem", manager="max", raters=("ann", "bob", "dan"))
    await world.post("/answers", "ann", {"answers": [form(first), form(second)]})
    assert await world.count("SELECT count(*) FROM answer") == 2
    await world.post("/answers", "eve", {"answers": [form(first), form(second)]}, expect=403)
    assert await world.count("SELECT count(*) FROM answer") == 2


async def test_a_phase_that_closed_before_its_cycle_was_heard_of_stays_closed(world: World) -> None:
    later = UUID("7f7b5a52-7f8b-4c5c-9a39-0a0d4b6f1a12")
    await world.receive([PhaseClosedV1(cycle_id=later, phase="review")])
    body = {"rounds": [{"raters": list(RATERS)}]}
    await world.post(f"/cycles/{later}/rounds", "jane", body, expect=404)
    await world.receive([cycle_opened().model_copy(update={"cycle_id": later})])
    made = await world.post(f"/cycles/{later}/rounds", "jane", body)
    await world.post(f"/cycles/{later}/rounds/approve", "mia", {"rounds": [JANES]})
    round_id = made["rounds"][0]["round_id"]
    await answer(world, round_id, "ann", expect=409)
    await world.receive([PhaseOpenedV1(cycle_id=later, phase="review")])
    await answer(world, round_id, "ann")


async def test_a_peer_of_another_division_answers_and_sees_the_own_answer(world: World) -> None:
    round_id = await open_round(world, raters=("ann", "bob", "sam"))
    await answer(world, round_id, "sam", relationship="cross_team", score=3)
    assert (await world.get(f"/rounds/{round_id}", "sam"))["own_answer"]["score"] == 3
