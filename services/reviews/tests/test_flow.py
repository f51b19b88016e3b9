"""A cycle of eight people from its policy to the acknowledged result, over HTTP and PostgreSQL."""

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.contracts.calibration import (
    FinalRatingV1,
    RatingsFinalizedV1,
    SessionFinalizedV1,
    chunk_key,
    ratings_digest,
)
from plumbline.contracts.cycle import proposals_digest
from plumbline.contracts.feedback import RoundPublishedV1
from plumbline.contracts.goals import ObjectiveGradedV1
from reviews.domain.assessments import ManagerAnswers
from reviews.usecases.submit_manager_assessments import submit_manager_assessments

from .conftest import (
    CALIBRATION_DAY,
    CYCLE,
    DRAFT,
    ENGINEERING,
    POLICY,
    REVIEW_DAY,
    World,
    assess,
    assessment,
    self_assessment,
)

PLATFORM = uuid5(CYCLE, "Engineering/Platform")
PAYMENTS = uuid5(CYCLE, "Engineering/Payments")
RATED = {
    PLATFORM: {"mia": "4", "max": "3", "ann": "4", "bob": "3", "cem": "2"},
    PAYMENTS: {"paula": "3", "jane": "4"},
}


async def write_everything(world: World) -> None:
    for name in ("mia", "max", "ann", "bob", "cem", "paula", "jane"):
        await world.post(f"/cycles/{CYCLE}/self-assessments", name, self_assessment())
    await assess(world, "vp", assessment("mia", 4), assessment("max", 3), assessment("paula", 3))
    await assess(world, "mia", assessment("ann", 4), assessment("bob", 3))
    await assess(world, "max", assessment("cem", 2, discrepancy_evidence="Three incidents, see PM-12."))
    jane = assessment("jane", 4, promotion_recommended=True, promotion_target_level="L5")
    await assess(world, "paula", jane)


def finalized(session: UUID, *, department: str) -> tuple[list[RatingsFinalizedV1], SessionFinalizedV1]:
    """The session's ratings in chunks of two, and its summary."""
    rated = sorted(RATED[session].items())
    digest = ratings_digest([(person, 1, rating) for person, rating in rated])
    pieces = [rated[start : start + 2] for start in range(0, len(rated), 2)]
    common = {
        "session_id": session,
        "cycle_id": CYCLE,
        "division": ENGINEERING,
        "department": department,
        "revision": 1,
        "people": len(rated),
        "digest": digest,
        "finalized_on": date(2026, 9, 29),
    }
    chunks = [
        RatingsFinalizedV1(
            chunk_key=chunk_key(session, 1, number),
            chunk=number,
            chunks=len(pieces),
            ratings=tuple(FinalRatingV1(person_id=who, rating=rating, revision=1) for who, rating in piece),
            **common,
        )
        for number, piece in enumerate(pieces, start=1)
    ]
    return chunks, SessionFinalizedV1(**common)


async def finalize_all(world: World) -> None:
    for session, department in ((PLATFORM, "Platform"), (PAYMENTS, "Payments")):
        chunks, summary = finalized(session, department=department)
        await world.receive([*reversed(chunks), summary])


async def test_a_cycle_runs_from_its_policy_to_the_acknowledged_result(cycle: World) -> None:
    opened = (await cycle.published("pm.cycle.opened.v1"))[0]
    assert [each["department"] for each in opened["sessions"]] == ["Payments", "Platform"]
    assert {each["facilitator_id"] for each in opened["sessions"]} == {"fay", "cora"}
    assert opened["pools"][0]["budget_amount"] == "100000.00"
    # The last day ends at midnight in New York, four hours after it does in UTC.
    assert opened["phases"][0]["deadline"] == "2026-09-26T04:00:00Z"
    assert opened["phases"][0]["opens_at"] == "2026-09-21T00:00:00-04:00"
    await write_everything(cycle)
    completed = await cycle.published("pm.cycle.department-reviews-completed.v1")
    assert {each["department"]: each["people"] for each in completed} == {"Platform": 5, "Payments": 2}
    for each in completed:
        assert each["digest"] == proposals_digest(list(RATED[UUID(each["session_id"])].items()))
    await cycle.post(f"/cycles/{CYCLE}/phases/review/close", "cora")
    cycle.now = CALIBRATION_DAY
    await cycle.post(f"/cycles/{CYCLE}/phases/calibration/open", "cora")
    refused = await cycle.post(f"/cycles/{CYCLE}/release", "cora", expect=409)
    assert str(PLATFORM) in refused["detail"]
    await finalize_all(cycle)
    await cycle.post(f"/cycles/{CYCLE}/phases/calibration/close", "cora")
    await cycle.post(f"/cycles/{CYCLE}/acknowledge", "jane", expect=409)
    await cycle.post(f"/cycles/{CYCLE}/release", "cora")
    await cycle.post(f"/cycles/{CYCLE}/acknowledge", "jane")
    await cycle.post(f"/cycles/{CYCLE}/acknowledge", "jane")
    assert [each["person_id"] for each in await cycle.published("pm.reviews.acknowledged.v1")] == ["jane"]
    jane = await cycle.get(f"/cycles/{CYCLE}/reviews/jane", "jane")
    assert (jane["proposed_rating"], jane["final_rating"]) == ("4", "4")
    assert jane["promotion"]["target_level"] == "L5"
    await cycle.post(f"/cycles/{CYCLE}/close", "cora")
    assert (await cycle.published("pm.cycle.closed.v1"))[0]["cycle_id"] == str(CYCLE)


async def test_no_free_text_and_no_name_of_a_form_reaches_the_bus(cycle: World) -> None:
    await write_everything(cycle)
    text = str(await cycle.published())
    for secret in ("Led the migration", "Delegation", "Staff Engineer", "Technical execution", "PM-12"):
        assert secret not in text
    proposed = await cycle.published("pm.reviews.manager-assessment-submitted.v1")
    assert {each["person_id"]: each["proposed_rating"] for each in proposed} == {
        **RATED[PLATFORM],
        **RATED[PAYMENTS],
    }


async def submit(tx: AsyncConnection, manager: str, *answers: ManagerAnswers) -> None:
    await submit_manager_assessments(tx, CYCLE, answers, author=manager, submit=True, now=REVIEW_DAY)


def answers(person_id: str) -> ManagerAnswers:
    return ManagerAnswers(person_id=person_id, strengths=("a",), development_areas=("b",), proposed_rating=3)


async def test_a_department_is_completed_once_when_its_last_two_managers_submit_together(
    cycle: World,
) -> None:
    await assess(cycle, "vp", assessment("mia", 4), assessment("max", 3))
    async with cycle.worker.begin() as first, cycle.worker.connect() as second:
        await submit(first, "mia", answers("ann"), answers("bob"))
        other = asyncio.create_task(submit(second, "max", answers("cem")))
        done, _ = await asyncio.wait([other], timeout=0.5)
        assert not done  # it waits for the first to commit, and counts only then
        await first.commit()
        await other
        await second.commit()
    completed = await cycle.published("pm.cycle.department-reviews-completed.v1")
    assert [(each["department"], each["people"]) for each in completed] == [("Platform", 5)]


async def test_the_top_person_is_rated_by_nobody_and_needs_no_session(cycle: World) -> None:
    await cycle.get(f"/cycles/{CYCLE}/reviews/vp", "cora", expect=403)
    await cycle.post(f"/cycles/{CYCLE}/self-assessments", "vp", self_assessment(), expect=404)
    departments = {each["department"] for each in (await cycle.get(f"/cycles/{CYCLE}", "ann"))["sessions"]}
    assert departments == {"Platform", "Payments"}


async def test_a_rating_counts_only_when_all_its_chunks_are_here(cycle: World) -> None:
    chunks, _ = finalized(PLATFORM, department="Platform")
    await cycle.receive(chunks[:-1])
    assert await cycle.count("SELECT count(*) FROM final_ratings") == 0
    await cycle.receive(chunks[-1:])
    assert await cycle.count("SELECT count(*) FROM final_ratings") == 5


async def test_chunks_that_do_not_add_up_are_parked_and_change_nothing(cycle: World) -> None:
    chunks, _ = finalized(PAYMENTS, department="Payments")
    await cycle.receive([chunks[0].model_copy(update={"digest": "0" * 64})])
    assert await cycle.count("SELECT count(*) FROM final_ratings") == 0
    assert await cycle.count("SELECT count(*) FROM inbox_parked") == 1


async def test_a_later_revision_replaces_the_rating_and_an_earlier_one_does_not(cycle: World) -> None:
    chunks, _ = finalized(PAYMENTS, department="Payments")
    digest = ratings_digest([("jane", 2, "5")])
    appeal = chunks[0].model_copy(
        update={
            "chunk_key": chunk_key(PAYMENTS, 2, 1),
            "revision": 2,
            "people": 1,
            "digest": digest,
            "ratings": (FinalRatingV1(person_id="jane", rating="5", revision=2),),
        }
    )
    await cycle.receive([appeal])
    await cycle.receive(chunks)
    assert await cycle.count("SELECT rating FROM final_ratings WHERE person_id = 'jane'") == 5
    assert await cycle.count("SELECT rating FROM final_ratings WHERE person_id = 'paula'") == 3


async def test_a_review_opens_with_its_evidence_as_links_to_events(cycle: World) -> None:
    objective, round_id = UUID(int=1), UUID(int=2)
    goal = ObjectiveGradedV1(
        objective_id=objective,
        cycle_id=CYCLE,
        person_id="ann",
        score=Decimal("0.95"),
        key_results=(),
        graded_on=date(2026, 9, 18),
    )
    published = RoundPublishedV1(
        round_id=round_id,
        cycle_id=CYCLE,
        person_id="ann",
        state="suppressed",
        published_on=date(2026, 9, 19),
    )
    await cycle.receive([goal, published])
    regraded = goal.model_copy(update={"score": Decimal("1.00")})
    await cycle.receive([regraded])
    evidence = (await cycle.get(f"/cycles/{CYCLE}/reviews/ann", "ann"))["evidence"]
    assert [(each["kind"], each["event_id"], each["score"]) for each in evidence] == [
        ("goal_graded", f"event-{objective}-2", "1.00"),
        ("feedback_published", f"event-{round_id}-1", None),
    ]


async def test_late_is_after_midnight_in_the_division_and_an_extension_moves_it(cycle: World) -> None:
    late = datetime(2026, 9, 26, 4, 0, tzinfo=UTC)
    cycle.now = datetime(2026, 9, 26, 3, 59, 59, tzinfo=UTC)
    assert (await cycle.post(f"/cycles/{CYCLE}/self-assessments", "ann", self_assessment()))["on_time"]
    cycle.now = late
    assert not (await cycle.post(f"/cycles/{CYCLE}/self-assessments", "bob", self_assessment()))["on_time"]
    extension = {"assessment": "manager", "extended_to": "2026-09-27", "reason": ""}
    await cycle.post(f"/cycles/{CYCLE}/reviews/ann/extension", "hanna", extension, expect=422)
    extension["reason"] = "Parental leave of the manager"
    await cycle.post(f"/cycles/{CYCLE}/reviews/ann/extension", "mia", extension, expect=403)
    await cycle.post(f"/cycles/{CYCLE}/reviews/ann/extension", "hanna", extension)
    await cycle.post(f"/cycles/{CYCLE}/phases/review/close", "cora")
    await assess(cycle, "mia", assessment("bob"), expect=409)
    written = await assess(cycle, "mia", assessment("ann", 4))
    assert written["assessments"][0]["on_time"]
    scorecard = await cycle.get(f"/cycles/{CYCLE}/completion", "mia")
    assert [(each["manager_id"], each["on_time"], each["missing"]) for each in scorecard["managers"]] == [
        ("mia", 1, 1)
    ]


async def test_the_scorecard_counts_on_time_late_and_missing_per_manager(cycle: World) -> None:
    await assess(cycle, "mia", assessment("ann"))
    cycle.now = datetime(2026, 9, 27, tzinfo=UTC)
    await assess(cycle, "mia", assessment("bob"))
    completion = await cycle.get(f"/cycles/{CYCLE}/completion", "cora")
    cards = {each["manager_id"]: each for each in completion["managers"]}
    assert (cards["mia"]["on_time"], cards["mia"]["late"], cards["mia"]["missing"]) == (1, 1, 0)
    assert cards["mia"]["share_on_time_exact"] == "1/2"
    assert cards["vp"]["missing"] == 3
    platform = next(each for each in completion["departments"] if each["department"] == "Platform")
    assert (platform["people"], platform["manager_submitted"], platform["manager_on_time"]) == (5, 2, 1)
    assert {
        each["manager_id"] for each in (await cycle.get(f"/cycles/{CYCLE}/completion", "vp"))["managers"]
    } == {
        "vp",
        "mia",
        "max",
        "paula",
    }
    await cycle.get(f"/cycles/{CYCLE}/completion", "ann", expect=403)


async def test_who_is_excluded_by_name_no_longer_holds_up_the_department(cycle: World) -> None:
    await assess(cycle, "vp", assessment("mia", 4), assessment("max", 3))
    await assess(cycle, "mia", assessment("ann", 4), assessment("bob", 3))
    reason = {"reason": "Left on 24 September"}
    await cycle.post(f"/cycles/{CYCLE}/reviews/cem/exclude", "max", reason, expect=403)
    await cycle.post(f"/cycles/{CYCLE}/reviews/cem/exclude", "hanna", reason)
    completed = await cycle.published("pm.cycle.department-reviews-completed.v1")
    assert [(each["department"], each["people"]) for each in completed] == [("Platform", 4)]
    await assess(cycle, "max", assessment("cem"), expect=409)


async def test_a_published_policy_version_never_changes(world: World) -> None:
    body = {"division": ENGINEERING, "effective_from": "2026-01-01", "document": POLICY}
    first = await world.post("/policies", "cora", body, expect=201)
    again = await world.post("/policies", "cora", body, expect=201)
    assert again["digest"] == first["digest"]
    assert len(await world.published("pm.policy.policy.v1")) == 1
    other = {**POLICY, "guideline": {**POLICY["guideline"], "5": ["5", "11"]}}
    await world.post("/policies", "cora", {**body, "document": other}, expect=409)
    await world.post("/policies", "ann", body, expect=403)
    stored = await world.get(f"/policies/{ENGINEERING}/2026.1", "ann")
    assert stored["document"]["equity"] == [{"level": "L4", "rating": "4", "shares": 3000}]
    assert stored["document"]["merit"]["matrix"]["3"] == ["5", "4.5", "4", "3"]


async def test_a_policy_may_come_as_the_text_of_its_file(world: World) -> None:
    toml = """
version = "2026.1"
[merit]
matrix = { 5 = ["10", "9", "8", "7"], 4 = ["9", "8", "7", "5"], 3 = ["5", "4.5", "4", "3"], 2 = ["2", "1.5", "1", "0"], 1 = ["0", "0", "0", "0"] }
floors = { 5 = "5", 4 = "5", 3 = "3", 2 = "0", 1 = "0" }
[[ranges]]
level = "L4"
location = "*"
currency = "USD"
minimum = "145000"
maximum = "215000"
[guideline]
5 = ["5", "10"]
4 = ["20", "30"]
3 = ["50", "60"]
2 = ["10", "15"]
1 = ["0", "5"]
[equity]
parts = 16
grid = { L4 = { 4 = 3000 } }
"""
    body = {"division": ENGINEERING, "effective_from": "2026-01-01"}
    text = await world.post("/policies", "cora", {**body, "toml": toml}, expect=201)
    json_form = await world.post("/policies", "cora", {**body, "document": POLICY}, expect=201)
    assert text["digest"] == json_form["digest"]
    broken = toml.replace('"4.5"', '"450"')
    refused = await world.post(
        "/policies", "cora", {**body, "toml": broken.replace("2026.1", "2026.2")}, expect=422
    )
    assert refused["field"] == "merit.matrix.3"


async def test_a_cycle_needs_a_policy_and_people_whose_managers_work_here(world: World) -> None:
    await world.post("/cycles", "cora", DRAFT, expect=201)
    assert (await world.post(f"/cycles/{CYCLE}/approve", "cora", expect=422))["field"] == "policy_digests"
    body = {"division": ENGINEERING, "effective_from": "2026-01-01", "document": POLICY}
    await world.post("/policies", "cora", body, expect=201)
    await world.post(f"/cycles/{CYCLE}/approve", "hanna", expect=403)
    stale = await world.send("POST", f"/cycles/{CYCLE}/approve", "cora", headers={"If-Match": '"7"'})
    assert stale.status_code == 409
    assert (await world.post(f"/cycles/{CYCLE}/approve", "cora"))["version"] == 2
    await world.post(f"/cycles/{CYCLE}/approve", "cora", expect=409)


async def test_the_same_command_with_the_same_key_gets_the_first_answer(cycle: World) -> None:
    path, body = f"/cycles/{CYCLE}/manager-assessments", {"assessments": [assessment("jane", 4)]}
    first = await cycle.send("POST", path, "paula", body, key="once")
    second = await cycle.send("POST", path, "paula", body, key="once")
    assert (first.json(), second.headers["Idempotency-Replayed"]) == (second.json(), "true")
    assert len(await cycle.published("pm.reviews.manager-assessment-submitted.v1")) == 1
