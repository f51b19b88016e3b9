"""A cycle of eight people from its policy to the acknowledged result, over HTTP and PostgreSQL."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any
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
from plumbline.contracts.event import Rating
from reviews.domain.assessments import ManagerAnswers
from reviews.usecases.submit_manager_assessments import submit_manager_assessments

from .conftest import (
    CALIBRATION_DAY,
    CYCLE,
    DRAFT,
    ENGINEERING,
    REVIEW_DAY,
    World,
    assess,
    assessment,
    self_assessment,
)

PLATFORM = uuid5(CYCLE, "Engineering/Platform")
PAYMENTS = uuid5(CYCLE, "Engineering/Payments")
RATED: dict[UUID, dict[str, Rating]] = {
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
    common: dict[str, Any] = {
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


async def test_a_facilitator_who_would_be_dropped_unsaid_is_refused_at_the_place(world: World) -> None:
    (platform,) = DRAFT["sessions"]
    twice = {**DRAFT, "sessions": [platform, {**platform, "facilitator_id": "cora"}]}
    refused = await world.post("/cycles", "cora", twice, expect=422)
    assert [each["field"] for each in refused["errors"]] == ["sessions.1.department"]
    nowhere = {**DRAFT, "sessions": [platform, {**platform, "department": "Platfrom"}]}
    refused = await world.post("/cycles", "cora", nowhere, expect=422)
    assert (refused["field"], refused["fix"]) == (
        "sessions.1.department",
        "name it as the people's records do, or leave it out",
    )
    assert await world.count("SELECT count(*) FROM cycles") == 0


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


async def test_an_excluded_session_no_longer_holds_up_the_release(cycle: World) -> None:
    path = f"/cycles/{CYCLE}/sessions/{PAYMENTS}/exclude"
    await cycle.post(path, "cora", {"reason": "Merged with Platform"}, expect=409)
    await cycle.post(f"/cycles/{CYCLE}/phases/review/close", "cora")
    cycle.now = CALIBRATION_DAY
    await cycle.post(f"/cycles/{CYCLE}/phases/calibration/open", "cora")
    chunks, summary = finalized(PLATFORM, department="Platform")
    await cycle.receive([*chunks, summary])
    await cycle.post(f"/cycles/{CYCLE}/phases/calibration/close", "cora", expect=409)
    await cycle.post(path, "cora", {"reason": " "}, expect=422)
    await cycle.post(path, "hanna", {"reason": "Merged with Platform"}, expect=403)
    await cycle.post(path, "cora", {"reason": "Merged with Platform"})
    assert [each["session_id"] for each in await cycle.published("pm.cycle.session-excluded.v1")] == [
        str(PAYMENTS)
    ]
    await cycle.post(f"/cycles/{CYCLE}/phases/calibration/close", "cora")
    assert (await cycle.post(f"/cycles/{CYCLE}/release", "cora"))["state"] == "released"


async def test_the_same_command_with_the_same_key_gets_the_first_answer(cycle: World) -> None:
    path, body = f"/cycles/{CYCLE}/manager-assessments", {"assessments": [assessment("jane", 4)]}
    first = await cycle.send("POST", path, "paula", body, key="once")
    second = await cycle.send("POST", path, "paula", body, key="once")
    assert (first.json(), second.headers["Idempotency-Replayed"]) == (second.json(), "true")
    assert len(await cycle.published("pm.reviews.manager-assessment-submitted.v1")) == 1
