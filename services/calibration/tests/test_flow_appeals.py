"""A released rating is contested, a new panel rules, and an upheld appeal is the person's next revision."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from calibration.domain.appeals import (
    FinalCase,
    decide_ruling,
    is_late,
    last_day_to_rule,
    require_appealable,
    require_new_panel,
)
from calibration.domain.errors import Rejected
from plumbline.contracts.calibration import ratings_digest
from plumbline.contracts.cycle import ResultsReleasedV1

CASE = FinalCase(
    session_id=UUID(int=1),
    person_id="ann",
    division="Engineering",
    rating=3,
    revision=1,
    deciders=frozenset({"mia", "fay"}),
)
RELEASED = date(2026, 9, 15)


async def finalized(world: Any, *, released_on: date = RELEASED) -> None:
    move = {"person_id": "a3", "to": 3, "rationale": "Compared with peers"}
    await world.post("adjustments", "max", {"adjustments": [move]})
    await world.post("confirmations", "fay", {"all_remaining": True})
    await world.post("finalize", "fay")
    await world.receive([ResultsReleasedV1(cycle_id=world.cycle_id, released_on=released_on)])


async def send(world: Any, path: str, who: str, body: object, *, expect: int = 200) -> dict[str, Any]:
    answer = await world.send("POST", path, who, body)
    assert answer.status_code == expect, answer.text
    return answer.json()


async def appeal(world: Any, who: str = "a3", *, expect: int = 200) -> dict[str, Any]:
    body = {"person_id": "a3", "grounds": "The launch was left out"}
    return await send(world, f"/cycles/{world.cycle_id}/appeals", who, body, expect=expect)


async def test_an_upheld_appeal_is_announced_as_the_next_revision_of_that_person_alone(opened: Any) -> None:
    await finalized(opened)
    path = f"/appeals/{(await appeal(opened))['appeal_id']}"
    await send(opened, f"{path}/panel", "cora", {"members": ["hugo", "audrey"]})
    ruling = {"upheld": True, "rating": 4, "rationale": "The launch counts"}
    await send(opened, f"{path}/ruling", "hugo", ruling)
    first, second = await opened.published("%ratings-finalized%")
    assert (first["revision"], first["people"]) == (1, 12)
    assert second["chunk_key"] == f"{opened.session_id}/2/1"
    assert (second["revision"], second["people"], second["chunks"]) == (2, 1, 1)
    assert second["ratings"] == [{"person_id": "a3", "rating": "4", "revision": 2}]
    assert second["digest"] == ratings_digest([("a3", 2, "4")])
    assert len(await opened.published("%session-finalized%")) == 1
    await send(opened, f"{path}/ruling", "audrey", ruling, expect=409)
    seen = await opened.get(path, "a3")
    assert (seen["state"], seen["rationale"], seen["late"]) == ("upheld", "The launch counts", False)


async def test_a_dismissed_appeal_changes_and_announces_nothing(opened: Any) -> None:
    await finalized(opened)
    path = f"/appeals/{(await appeal(opened, 'mia'))['appeal_id']}"
    await send(opened, f"{path}/panel", "cora", {"members": ["hugo"]})
    await send(opened, f"{path}/ruling", "hugo", {"upheld": False, "rationale": "Weighed already"})
    assert len(await opened.published("%ratings-finalized%")) == 1
    assert (await opened.get(path, "a3"))["state"] == "dismissed"
    # The ruling stands: the same rating is not contested twice.
    await appeal(opened, expect=409)


async def test_only_the_employee_or_the_manager_appeals_and_only_a_new_panel_rules(opened: Any) -> None:
    await finalized(opened)
    for who in ("a1", "max", "vp", "hanna", "fay"):
        await appeal(opened, who, expect=403)
    path = f"/appeals/{(await appeal(opened))['appeal_id']}"
    await send(opened, f"{path}/panel", "hanna", {"members": ["hugo"]}, expect=403)
    for decider in ("mia", "max", "fay", "a3", "nobody"):
        await send(opened, f"{path}/panel", "cora", {"members": ["hugo", decider]}, expect=422)
    ruling = {"upheld": True, "rating": 4, "rationale": "The launch counts"}
    await send(opened, f"{path}/ruling", "hugo", ruling, expect=403)
    await send(opened, f"{path}/panel", "cora", {"members": ["hugo"]})
    await send(opened, f"{path}/ruling", "cora", ruling, expect=403)
    await opened.get(path, "max", expect=403)


async def test_nobody_appeals_before_the_release_or_after_fourteen_days(opened: Any) -> None:
    await appeal(opened, expect=409)
    await finalized(opened, released_on=date(2026, 9, 14))
    opened.now = datetime(2026, 9, 29, 12, tzinfo=UTC)
    await appeal(opened, expect=409)


async def test_the_fourteenth_day_lasts_until_it_is_over_everywhere(opened: Any) -> None:
    await finalized(opened, released_on=date(2026, 9, 14))
    opened.now = datetime(2026, 9, 29, 1, tzinfo=UTC)  # 21:00 of the 14th day in New York
    await appeal(opened)


async def test_a_ruling_after_its_last_day_counts_and_says_that_it_is_late(opened: Any) -> None:
    await finalized(opened)
    path = f"/appeals/{(await appeal(opened))['appeal_id']}"
    await send(opened, f"{path}/panel", "cora", {"members": ["hugo"]})
    assert (await opened.get(path, "a3"))["late"] is False
    opened.now = datetime(2027, 3, 1, 12, tzinfo=UTC)
    await send(opened, f"{path}/ruling", "hugo", {"upheld": False, "rationale": "Weighed already"})
    seen = await opened.get(path, "a3")
    assert (seen["state"], seen["rule_by"], seen["late"]) == ("dismissed", "2026-10-13", True)


def test_a_ruling_is_late_once_its_last_day_is_over_everywhere() -> None:
    last = date(2026, 10, 13)
    instants = {
        datetime(2026, 10, 14, 11, 59, tzinfo=UTC): False,
        datetime(2026, 10, 14, 12, tzinfo=UTC): True,
    }
    assert {now: is_late(last, now) for now in instants} == instants
    assert is_late(last, None) is False


@pytest.mark.parametrize(
    ("on", "hour", "in_time"),
    [(14, 23, False), (15, 0, True), (29, 12, True), (30, 11, True), (30, 12, False)],
)
def test_an_appeal_comes_within_fourteen_days_after_the_release(on: int, hour: int, in_time: bool) -> None:
    now = datetime(2026, 9, on, hour, tzinfo=UTC)
    if in_time:
        assert require_appealable(CASE, RELEASED, grounds="Why", now=now) == CASE
        return
    with pytest.raises(Rejected):
        require_appealable(CASE, RELEASED, grounds="Why", now=now)


def test_a_panel_has_ten_working_days() -> None:
    assert last_day_to_rule(date(2026, 9, 29)) == date(2026, 10, 13)  # a Tuesday, two weekends between
    assert last_day_to_rule(date(2026, 9, 26)) == date(2026, 10, 9)  # a Saturday


@pytest.mark.parametrize("members", [[], ["hugo", "hugo"], ["mia"], ["ann"], ["stranger"]])
def test_a_panel_is_refused(members: list[str]) -> None:
    with pytest.raises(Rejected):
        require_new_panel(members, CASE, known={"hugo", "mia", "ann"})


@pytest.mark.parametrize(
    ("upheld", "rating", "rationale"),
    [(True, None, "Why"), (True, 3, "Why"), (True, 6, "Why"), (False, 4, "Why"), (True, 4, " ")],
)
def test_a_ruling_is_refused(upheld: bool, rating: int | None, rationale: str) -> None:
    with pytest.raises(Rejected):
        decide_ruling(CASE, upheld=upheld, rating=rating, rationale=rationale, by="hugo")
