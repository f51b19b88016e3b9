"""The two surveys of a cycle over HTTP and PostgreSQL."""

from organization import CYCLE, ENGINEERING, World

from feedback.domain.survey_closing import close_survey
from plumbline_local.testing_events import person_state

SURVEYS = f"/cycles/{CYCLE}/surveys"
FAIRNESS = f"{SURVEYS}/fairness/answers"
MANAGERS = f"{SURVEYS}/manager_satisfaction/answers"
PUBLISHED = "pm.feedback.survey-published.v1"


async def test_a_survey_is_published_as_a_band_of_half_a_point(world: World) -> None:
    for who, score in (("jane", 5), ("ann", 5), ("bob", 4), ("cem", 4)):
        await world.post(FAIRNESS, who, {"score": score})
    closed = await world.post(f"{SURVEYS}/close", "cora", {"subjects": ["fairness"]})
    survey = closed["surveys"][0]
    assert survey["band"] == {"low": "4.0", "high": "4.5"}
    assert (survey["responses"], survey["target_met"]) == (4, True)
    assert await world.published(PUBLISHED) == [
        {
            "survey_id": survey["survey_id"],
            "cycle_id": str(CYCLE),
            "subject": "fairness",
            "state": "shown",
            "band_low": "4.0",
            "band_high": "4.5",
        }
    ]


async def test_two_answers_are_suppressed_and_a_closed_survey_is_never_reissued(world: World) -> None:
    for who in ("jane", "ann"):
        await world.post(FAIRNESS, who, {"score": 5})
    closed = await world.post(f"{SURVEYS}/close", "cora")
    assert [(each["subject"], each["state"]) for each in closed["surveys"]] == [
        ("fairness", "suppressed"),
        ("manager_satisfaction", "suppressed"),
    ]
    assert closed["surveys"][0]["band"] is None
    await world.post(FAIRNESS, "bob", {"score": 5}, expect=409)
    assert (await world.post(f"{SURVEYS}/close", "hanna"))["surveys"] == []
    assert len(await world.published(PUBLISHED)) == 2


async def test_each_person_answers_once(world: World) -> None:
    first = await world.post(FAIRNESS, "jane", {"score": 5})
    assert first["repeated"] is False
    # A reply that was lost, or a change of mind: the first answer stands, and no reply tells which it was.
    for score in (5, 1):
        again = await world.post(FAIRNESS, "jane", {"score": score})
        assert again == {**first, "repeated": True}
    assert await world.count("SELECT count(*) FROM audit_log WHERE resource = 'survey_answer'") == 1
    assert await world.count("SELECT answers FROM survey_tally WHERE score = 5") == 1
    await world.post(FAIRNESS, "ann", {"score": 6}, expect=422)
    assert await world.count("SELECT sum(answers) FROM survey_tally") == 1


async def test_fairness_asks_participants_and_manager_satisfaction_asks_managers(world: World) -> None:
    for who in ("sam", "cora", "gone"):
        await world.post(FAIRNESS, who, {"score": 5}, expect=403)
    for who in ("jane", "sam", "hanna"):
        await world.post(MANAGERS, who, {"score": 5}, expect=403)
    for who in ("mia", "max", "vp"):
        await world.post(MANAGERS, who, {"score": 4})
        await world.post(FAIRNESS, who, {"score": 4})
    await world.post(f"{SURVEYS}/parking/answers", "jane", {"score": 5}, expect=422)


async def test_results_are_for_hr_the_coordinator_and_auditors(world: World) -> None:
    for who in ("mia", "max", "vp"):
        await world.post(MANAGERS, who, {"score": 4})
    before = (await world.get(SURVEYS, "mia"))["surveys"][0]
    assert before["answered"] is True
    await world.post(f"{SURVEYS}/close", "mia", expect=403)
    await world.post(f"{SURVEYS}/close", "cora")
    for who in ("cora", "hanna", "audrey"):
        shown = (await world.get(SURVEYS, who))["surveys"][1]
        assert shown["band"] == {"low": "3.5", "high": "4.0"}
        assert (shown["invited"], shown["responses"], shown["target_met"]) == (3, 3, False)
    for who in ("mia", "jane", "sam"):
        assert set((await world.get(SURVEYS, who))["surveys"][1]) == {"survey_id", "subject", "state"}


async def test_whoever_of_hr_closes_a_survey_counts_and_destroys_everybodys_answers(world: World) -> None:
    for who in ("mia", "max", "vp"):
        await world.post(MANAGERS, who, {"score": 4})
    # Hugo is the HR partner of a division in which nobody answered.
    assert (await world.get(SURVEYS, "hugo"))["surveys"][0]["responses"] == 3
    closed = await world.post(f"{SURVEYS}/close", "hugo", {"subjects": ["manager_satisfaction"]})
    assert (closed["surveys"][0]["state"], closed["surveys"][0]["responses"]) == ("shown", 3)
    assert await world.count("SELECT count(*) FROM survey_participant") == 0


async def test_an_answer_of_a_reader_counts_as_one_whoever_closes(world: World) -> None:
    await world.receive([person_state("vp", None, division=ENGINEERING, department="P", roles=("auditor",))])
    for who in ("mia", "max", "vp"):
        await world.post(MANAGERS, who, {"score": 4})
    closed = await world.post(f"{SURVEYS}/close", "hugo", {"subjects": ["manager_satisfaction"]})
    assert closed["surveys"][0]["state"] == "suppressed"


async def test_nothing_stored_joins_a_person_to_a_score(world: World) -> None:
    for who, score in (("jane", 5), ("ann", 1), ("bob", 3)):
        await world.post(FAIRNESS, who, {"score": score})
    dump = await world.dump()
    tallies = {row.rsplit("xmin=", 1)[1] for row in dump["survey_tally"]}
    assert len(dump["survey_tally"]) == 5
    assert len(tallies) == 1
    assert dump["idempotency"] == []
    assert not [row for row in dump["audit_log"] if any(who in row for who in ("jane", "ann", "bob"))]
    await world.post(f"{SURVEYS}/close", "cora")
    after = await world.dump()
    assert (after["survey_tally"], after["survey_participant"]) == ([], [])


def test_answers_of_readers_raise_the_threshold_by_their_number() -> None:
    assert close_survey({5: 3}, readers_who_answered=0).band is not None
    assert close_survey({5: 3}, readers_who_answered=1).band is None
    assert close_survey({5: 4}, readers_who_answered=1).band is not None
    assert close_survey({}, readers_who_answered=0).responses == 0
