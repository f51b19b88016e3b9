"""The whole way on a real PostgreSQL: events in, a session opens, is adjusted, justified and finalized, events out."""

import json
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from plumbline.contracts.calibration import ratings_digest

REFUSED = "the proposed ratings do not add up to the department's digest"


async def state_of(world: Any) -> str:
    return await world.count("SELECT state FROM session")


async def settle(world: Any) -> None:
    """Everything that finalizing asks for."""
    moves = [{"person_id": "a3", "to": 3, "rationale": "Below two peers on the same results"}]
    await world.post("adjustments", "max", {"adjustments": moves})
    await world.post("confirmations", "fay", {"all_remaining": True})


async def test_a_session_opens_when_the_last_proposal_is_in(world: Any) -> None:
    await world.receive([*world.people(), world.policy(), world.cycle_opened(), world.completed()])
    *most, last = world.proposals()
    await world.receive(most)
    assert await state_of(world) == "awaiting_inputs"
    assert await world.published() == []
    await world.receive([last])
    assert await state_of(world) == "open"
    (event,) = await world.published("%session-opened%")
    assert (event["session_id"], event["people"]) == (str(world.session_id), 12)
    assert event["facilitator_id"] == "fay"


async def test_a_session_opens_when_the_department_is_complete_after_its_proposals(world: Any) -> None:
    await world.receive(world.proposals())
    assert await state_of(world) == "awaiting_inputs"
    await world.receive([world.cycle_opened()])
    assert await state_of(world) == "awaiting_inputs"
    await world.receive([world.completed()])
    assert await state_of(world) == "open"
    assert len(await world.published("%session-opened%")) == 1


async def test_a_wrong_digest_parks_the_event_and_opens_nothing(world: Any) -> None:
    await world.receive([world.cycle_opened(), *world.proposals()])
    await world.receive([world.completed(digest="0" * 64)])
    assert await state_of(world) == "awaiting_inputs"
    assert await world.published() == []
    assert await world.count("SELECT reason FROM inbox_parked") == REFUSED


async def test_the_proposals_that_complete_a_wrong_digest_are_parked(world: Any) -> None:
    await world.receive([world.cycle_opened(), world.completed(digest="0" * 64)])
    await world.receive(world.proposals())
    assert await state_of(world) == "awaiting_inputs"
    assert await world.count("SELECT count(*) FROM inbox_parked") == 12
    assert await world.count("SELECT DISTINCT reason FROM inbox_parked") == REFUSED
    assert await world.count("SELECT count(*) FROM rated_case") == 0


async def test_a_proposal_after_the_opening_is_parked(opened: Any) -> None:
    await opened.receive(opened.proposals(["a1"]))
    assert await opened.count("SELECT count(*) FROM inbox_parked") == 1
    assert (await opened.show())["version"] == 1


async def test_a_session_is_finalized_once_with_ratings_and_summary(opened: Any) -> None:
    await settle(opened)
    path, key = f"/sessions/{opened.session_id}/finalize", str(uuid4())
    first = await opened.send("POST", path, "fay", key=key)
    assert first.status_code == 200, first.text
    assert first.json()["people"] == 12
    again = await opened.send("POST", path, "fay", key=key)
    assert (again.status_code, again.json()) == (200, first.json())
    second = await opened.send("POST", path, "fay")
    assert second.status_code == 409, second.text

    (ratings,) = await opened.published("%ratings-finalized%")
    finals = {each["person_id"]: each["rating"] for each in ratings["ratings"]}
    expected = {name: str(rating) for name, (_, _, rating) in opened.cases.items()} | {"a3": "3"}
    assert finals == expected
    assert ratings["digest"] == ratings_digest([(name, 1, rating) for name, rating in expected.items()])
    assert ratings["chunk_key"] == f"{opened.session_id}/1/1"
    (summary,) = await opened.published("%session-finalized%")
    assert (summary["people"], summary["revision"]) == (12, 1)
    assert summary["digest"] == ratings["digest"]
    assert summary["checks"]["team_concentration"] == "clear"
    assert "flag" not in summary["checks"].values()


async def test_finalizing_lists_everything_that_is_missing(opened: Any) -> None:
    answer = await opened.post("finalize", "fay", expect=409)
    assert answer["code"] == "not_ready"
    assert answer["missing"]["undecided_cases"]["count"] == 12
    flags = answer["missing"]["unjustified_flags"]["first"]
    assert {"check": "team_concentration", "subject": "A"} in flags
    assert await opened.published("%finalized%") == []
    assert await state_of(opened) == "open"


async def test_a_justified_flag_no_longer_stands_in_the_way(opened: Any) -> None:
    await opened.post("confirmations", "fay", {"all_remaining": True})
    why = [{"check": "team_concentration", "subject": "A", "text": "The team shipped the migration"}]
    await opened.post("finalize", "fay", expect=409)
    await opened.post("justifications", "hanna", {"justifications": why})
    done = await opened.post("finalize", "fay")
    assert done["checks"]["team_concentration"] == "justified"
    kept = json.loads(
        await opened.count(
            "SELECT answer FROM check_result WHERE check_name = 'team_concentration' AND subject = 'A'"
        )
    )
    assert (kept["state"], kept["justified_by"], kept["method_version"]) == ("justified", "hanna", "1")


async def test_people_whose_records_have_not_come_keep_the_session_open(world: Any) -> None:
    late = [event for event in world.people() if event.aggregate not in {"b5"}]
    await world.receive([*late, world.policy(), world.cycle_opened(), *world.proposals(), world.completed()])
    await settle(world)
    answer = await world.post("finalize", "fay", expect=409)
    assert answer["missing"] == {"unknown_people": {"count": 1, "first": ["b5"]}}


async def test_nothing_is_judged_before_the_frozen_policy_is_here(world: Any) -> None:
    await world.receive([*world.people(), world.cycle_opened(), *world.proposals(), world.completed()])
    answer = await world.get(f"/sessions/{world.session_id}/checks", "fay", expect=409)
    assert answer["field"] == "policy"
    await world.receive([world.policy()])
    assert (await world.get(f"/sessions/{world.session_id}/checks", "fay"))["on"] == "final"


async def test_the_checks_kept_on_finalizing_are_those_that_were_read_before(opened: Any) -> None:
    async with opened.worker.begin() as tx:
        await tx.execute(sa.text("""UPDATE directory SET team = '"Ä\\B"' WHERE team = 'B'"""))
    await opened.post("confirmations", "fay", {"all_remaining": True})
    why = [{"check": "team_concentration", "subject": "A", "text": "The team shipped the migration"}]
    await opened.post("justifications", "hanna", {"justifications": why})
    path = f"/sessions/{opened.session_id}/checks"
    before = await opened.get(path, "fay")
    await opened.post("finalize", "fay")
    after = await opened.get(path, "fay")
    assert {'"Ä\\B"', "A"} <= {each["subject"] for each in before["checks"]}
    assert "hanna" in {each["justified_by"] for each in before["checks"]}

    def by_name(checks: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return sorted(checks, key=lambda each: (each["check"], each["subject"]))

    assert by_name(after.pop("checks")) == by_name(before.pop("checks"))
    assert after == before
