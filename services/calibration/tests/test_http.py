"""Who may do and see what in a session, through the api on a real PostgreSQL."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from plumbline.contracts.feedback import ConcernChangedV1, FeedbackGivenV1
from plumbline.contracts.goals import CheckInRecordedV1, KeyResultChangedV1, ObjectiveGradedV1


def moving(name: str, to: int) -> dict[str, Any]:
    return {"adjustments": [{"person_id": name, "to": to, "rationale": "Compared with peers"}]}


async def ratings(world: Any) -> dict[str, int]:
    return {case["person_id"]: case["rating"] for case in (await world.show())["cases"]}


async def test_a_move_of_two_counts_once_a_second_person_supports_it(opened: Any) -> None:
    done = await opened.post("adjustments", "max", moving("a1", 3))
    (move,) = done["adjustments"]
    assert (move["from"], move["to"], move["state"]) == (5, 3, "awaiting_support")
    assert (await ratings(opened))["a1"] == 5
    path = f"adjustments/{move['adjustment_id']}/support"
    await opened.post(path, "max", expect=403)
    await opened.post(path, "vp")
    assert (await ratings(opened))["a1"] == 3
    (logged,) = (await opened.show())["adjustments"]
    assert (logged["proposed_by"], logged["supported_by"], logged["state"]) == ("max", "vp", "applied")
    await opened.post(path, "fay", expect=404)


async def test_moves_are_kept_all_together_or_not_at_all(opened: Any) -> None:
    good = {"person_id": "b1", "to": 4, "rationale": "Compared with peers"}
    for bad, field in (
        ({**good, "person_id": "nobody"}, "adjustments.1.person_id"),
        ({**good, "person_id": "b2", "rationale": ""}, "adjustments.1.rationale"),
        ({**good, "person_id": "b2", "to": 6}, "adjustments.1.to"),
        (good, "adjustments.1.person_id"),
    ):
        answer = await opened.send(
            "POST", f"/sessions/{opened.session_id}/adjustments", "fay", {"adjustments": [good, bad]}
        )
        assert answer.status_code in {404, 422}, answer.text
        assert (answer.json().get("field") or answer.json()["errors"][0]["field"]) == field
    assert (await ratings(opened))["b1"] == 3
    assert await opened.count("SELECT count(*) FROM adjustment") == 0


async def test_a_confirmation_context_or_justification_is_refused_at_its_place(opened: Any) -> None:
    flag = {"check": "no_differentiation", "subject": "nobody", "text": "Small."}
    refusals = {
        "person_ids.1": ("confirmations", "mia", {"person_ids": ["b1", "a1"]}),
        "person_ids.2": ("confirmations", "fay", {"person_ids": ["b1", "b2", "nobody"]}),
        "contexts.1.person_id": ("contexts", "mia", {"contexts": [{"person_id": n} for n in ("a1", "b1")]}),
        "justifications.0.subject": ("justifications", "fay", {"justifications": [flag]}),
    }
    for field, (path, who, body) in refusals.items():
        answer = await opened.send("POST", f"/sessions/{opened.session_id}/{path}", who, body)
        assert (answer.json()["field"], answer.is_error) == (field, True), answer.text


async def test_a_stale_version_is_refused(opened: Any) -> None:
    path = f"/sessions/{opened.session_id}/adjustments"
    first = await opened.send("POST", path, "max", moving("a2", 3), match=1)
    assert (first.status_code, first.headers["etag"]) == (200, '"2"')
    second = await opened.send("POST", path, "vp", moving("a3", 3), match=1)
    assert (second.status_code, second.json()["current_version"]) == (409, 2)


async def test_nobody_sees_or_touches_the_own_case(opened: Any) -> None:
    shown = await opened.show("mia")
    assert sorted(case["person_id"] for case in shown["cases"]) == sorted(set(opened.cases) - {"mia"})
    # Counted in the distribution, the own rating could be told from the others' by subtraction.
    assert shown["distribution"]["proposed"]["people"] == 11
    assert shown["division_distribution"]["current"]["people"] == 11
    await opened.post("adjustments", "mia", moving("mia", 5), expect=403)
    await opened.post("confirmations", "mia", {"person_ids": ["mia"]}, expect=403)


@pytest.mark.parametrize("who", ["jane", "a1", "hugo", "stranger"])
async def test_a_session_is_closed_to_people_who_have_no_part_in_it(opened: Any, who: str) -> None:
    base = f"/sessions/{opened.session_id}"
    await opened.get(base, who, expect=403)
    await opened.get(f"{base}/checks", who, expect=403)
    await opened.get(f"/cycles/{opened.cycle_id}/distribution", who, expect=403)
    await opened.post("adjustments", who, moving("b1", 4), expect=403)
    await opened.post("confirmations", who, {"all_remaining": True}, expect=403)
    await opened.post("finalize", who, expect=403)


@pytest.mark.parametrize("who", ["mia", "vp", "hanna", "cora", "audrey"])
async def test_only_the_facilitator_finalizes(opened: Any, who: str) -> None:
    await opened.post("finalize", who, expect=403)
    assert await opened.count("SELECT state FROM session") == "open"


async def test_a_coordinator_sees_the_distribution_and_no_case(opened: Any) -> None:
    shown = await opened.show("cora")
    assert (shown["cases"], shown["adjustments"], shown["business_results"]) == (None, None, None)
    assert shown["distribution"]["proposed"]["people"] == 12


@pytest.mark.parametrize("who", ["mia", "vp"])
async def test_participants_do_not_read_the_checks(opened: Any, who: str) -> None:
    await opened.get(f"/sessions/{opened.session_id}/checks", who, expect=403)


async def test_the_distribution_stands_beside_the_feasible_counts(opened: Any) -> None:
    found = await opened.get(f"/cycles/{opened.cycle_id}/distribution", "hanna")
    whole = found["organization"]["proposed"]
    assert {rating: each["count"] for rating, each in whole["ratings"].items()} == {
        "5": 1, "4": 4, "3": 6, "2": 1, "1": 0,
    }  # fmt: skip
    # ceil(20 % of 12) and floor(30 % of 12); the whole is judged, and 12 people have no feasible distribution.
    assert (whole["ratings"]["4"]["low"], whole["ratings"]["4"]["high"]) == (3, 3)
    assert (whole["ratings"]["3"]["low"], whole["ratings"]["3"]["high"]) == (6, 7)
    assert whole["guideline"] == "Engineering/2026.1"
    assert found["sessions"] == {"awaiting_inputs": 0, "open": 1, "final": 0}
    assert found["divisions"]["Engineering"]["current"]["people"] == 12
    # The word is for a team; a division is judged by its counts.
    assert "word" not in whole["ratings"]["4"]
    team = (await opened.show())["distribution"]["current"]["ratings"]["4"]
    assert (team["count"], team["low"], team["high"], team["word"]) == (4, 3, 3, "not unusual")


async def test_checks_tell_proposed_final_and_change_apart(opened: Any) -> None:
    await opened.post("adjustments", "max", moving("a3", 3))
    base = f"/sessions/{opened.session_id}/checks"

    async def concentration(on: str) -> dict[str, str]:
        checks = (await opened.get(f"{base}?on={on}", "fay"))["checks"]
        return {each["subject"]: each["state"] for each in checks if each["check"] == "team_concentration"}

    assert (await concentration("proposed"))["A"] == "flag"
    assert (await concentration("final"))["A"] == "clear"
    assert await concentration("change") == {"all": "insufficient_data"}
    cycle = await opened.get(f"/cycles/{opened.cycle_id}/checks?on=proposed", "cora")
    assert {each["subject"] for each in cycle["checks"] if each["state"] == "flag"} == {"A"}


async def test_recency_counts_dated_evidence_and_not_the_review_itself(opened: Any) -> None:
    cycle, late = opened.cycle_id, date(2026, 9, 25)

    def fresh() -> UUID:
        return uuid4()

    goal = {"objective_id": uuid5(cycle, "goal"), "cycle_id": cycle, "person_id": "b1"}
    checked = {"check_in_id": fresh(), "key_result_id": fresh(), "status": "done", "occurred_on": late}
    changed = {"key_result_id": fresh(), "change": "adjusted", "occurred_on": late}
    concern = {
        "concern_id": fresh(), "cycle_id": cycle, "person_id": "b1", "gap": "quality",
        "occurred_on": late, "recorded_on": late,
    }  # fmt: skip
    given = [FeedbackGivenV1(feedback_id=fresh(), person_id="b1", occurred_on=late) for _ in range(3)]
    graded = {"score": "1.10", "key_results": (), "graded_on": late}
    await opened.receive(
        [
            CheckInRecordedV1.model_validate(goal | checked),
            KeyResultChangedV1.model_validate(goal | changed),
            ObjectiveGradedV1.model_validate(goal | graded),
            ConcernChangedV1.model_validate(concern),
            ConcernChangedV1.model_validate({**concern, "delivered_on": late}),
            *given,
            FeedbackGivenV1(feedback_id=fresh(), person_id="b1", occurred_on=date(2026, 6, 30)),
        ]
    )
    checks = (await opened.get(f"/sessions/{opened.session_id}/checks", "fay"))["checks"]
    found = {each["subject"]: each for each in checks if each["check"] == "recency"}
    # One check-in, one change, one concern and three notes; neither the grading nor the day before the period.
    assert (found["b1"]["n"], found["b1"]["state"]) == ({"events": 6}, "flag")
    assert (found["b2"]["state"], found["b2"]["reason"]) == ("insufficient_data", "no evidence")
    shown = await opened.show()
    (case,) = [each for each in shown["cases"] if each["person_id"] == "b1"]
    assert case["attainment"] == "1.1"
    assert shown["business_results"]["mean_attainment"] == "1.1"


async def test_only_a_flag_can_be_justified_and_not_by_participants(opened: Any) -> None:
    def because(subject: str) -> dict[str, Any]:
        return {"justifications": [{"check": "team_concentration", "subject": subject, "text": "Launch"}]}

    await opened.post("justifications", "fay", because("B"), expect=409)
    await opened.post("justifications", "mia", because("A"), expect=403)
    await opened.post("justifications", "fay", because("A"))
    checks = (await opened.get(f"/sessions/{opened.session_id}/checks", "fay"))["checks"]
    found = [each for each in checks if (each["check"], each["subject"]) == ("team_concentration", "A")]
    assert [(each["state"], each["justified_by"]) for each in found] == [("justified", "fay")]


async def test_the_manager_records_the_context_of_an_own_report(opened: Any) -> None:
    body = {"contexts": [{"person_id": "a1", "difficulty": "New domain", "team_maturity": "Young"}]}
    await opened.post("contexts", "max", body, expect=403)
    await opened.post("contexts", "mia", body)
    (case,) = [each for each in (await opened.show())["cases"] if each["person_id"] == "a1"]
    assert (case["difficulty"], case["team_maturity"], case["recorded_by"]) == ("New domain", "Young", "mia")


async def test_reading_cases_and_changing_them_is_on_record(opened: Any) -> None:
    await opened.show("audrey")
    await opened.post("adjustments", "max", moving("a2", 3))
    log = "SELECT count(*) FROM audit_log WHERE resource = 'calibration_case'"
    assert await opened.count(f"{log} AND who = 'audrey' AND action = 'read'") == 12
    assert await opened.count(f"{log} AND who = 'max' AND action = 'write' AND subject = 'a2'") == 1


async def test_a_session_without_its_proposals_shows_no_case_and_changes_nothing(world: Any) -> None:
    *most, _ = world.proposals()
    await world.receive([*world.people(), world.policy(), world.cycle_opened(), *most])
    assert (await world.show())["cases"] is None
    await world.post("confirmations", "fay", {"all_remaining": True}, expect=409)
    listed = await world.get(f"/sessions?cycle_id={world.cycle_id}", "jane")
    assert [each["state"] for each in listed["sessions"]] == ["awaiting_inputs"]
    await world.get(f"/sessions/{uuid4()}", "fay", expect=404)


async def test_finalizing_needs_an_idempotency_key(opened: Any) -> None:
    path = f"/sessions/{opened.session_id}/finalize"
    answer = await opened.send("POST", path, "fay", key="")
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")
