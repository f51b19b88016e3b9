"""No count tells a rating to somebody who may not read the cases, by itself or by subtraction."""

from typing import Any
from uuid import UUID, uuid5

import pytest
import sqlalchemy as sa

from calibration.domain.small_groups import leave_small_out, may_be_counted

DIVISION = "Engineering"


async def add_session(world: Any, department: str, ratings: list[int], *, state: str = "open") -> UUID:
    """Another session of the cycle, each person of it proposed and rated alike."""
    session_id = uuid5(world.cycle_id, department)
    async with world.worker.begin() as tx:
        await tx.execute(
            sa.text(
                "INSERT INTO session (session_id, cycle_id, division, department, facilitator_id, state, people) "
                "VALUES (:session, :cycle, :division, :department, 'finn', :state, :people)"
            ),
            {
                "session": session_id,
                "cycle": world.cycle_id,
                "division": DIVISION,
                "department": department,
                "state": state,
                "people": len(ratings),
            },
        )
        for index, rating in enumerate(ratings):
            await tx.execute(
                sa.text(
                    "INSERT INTO rated_case (session_id, person_id, cycle_id, division, manager_id, proposed, rating) "
                    "VALUES (:session, :person, :cycle, :division, :manager, :rating, :rating)"
                ),
                {
                    "session": session_id,
                    "person": f"{department}-{index}",
                    "cycle": world.cycle_id,
                    "division": DIVISION,
                    "manager": f"{department}-manager",
                    "rating": rating,
                },
            )
    return session_id


def counts(found: dict[str, Any]) -> list[dict[str, int] | None]:
    """The counts by rating, as proposed and as they stand."""
    return [
        None
        if each["ratings"] is None
        else {rating: shown["count"] for rating, shown in each["ratings"].items() if shown["count"]}
        for each in (found["proposed"], found["current"])
    ]


@pytest.mark.parametrize(
    ("ratings", "shown"),
    [
        ([4], None),
        ([4, 3, 3, 2], None),
        ([4, 3, 3, 3, 2], {"4": 1, "3": 3, "2": 1}),
        ([3, 3, 3, 3, 3, 3], None),
    ],
    ids=["one", "four", "five", "all equal"],
)
async def test_a_coordinator_gets_no_count_that_tells_a_rating(
    opened: Any, ratings: list[int], shown: dict[str, int] | None
) -> None:
    small = await add_session(opened, "Small", ratings)
    found = await opened.get(f"/sessions/{small}", "cora")
    assert found["cases"] is None
    assert counts(found["distribution"]) == [shown, shown]
    checks = (await opened.get(f"/sessions/{small}/checks?on=final", "cora"))["checks"]
    assert bool(checks) is (shown is not None)
    # An HR partner, who may read the cases, has them all.
    known = (await opened.get(f"/sessions/{small}", "hanna"))["distribution"]["current"]["ratings"]
    assert sum(each["count"] for each in known.values()) == len(ratings)


@pytest.mark.parametrize("who", ["cora", "mia"], ids=["coordinator", "participant of the big one"])
async def test_no_total_gives_the_one_small_department_away(opened: Any, who: str) -> None:
    big = await opened.show(who)
    before = counts(big["division_distribution"])
    await add_session(opened, "Small", [1])
    after = await opened.show(who)
    assert counts(after["distribution"]) == counts(big["distribution"])
    # Neither the total nor what came to it since the small session opened is of the small one.
    assert counts(after["division_distribution"]) == before == counts(after["distribution"])
    assert after["division_distribution"]["current"]["sessions_left_out"] == 1
    assert after["business_results"] == big["business_results"]


async def test_nor_does_the_cycle(opened: Any) -> None:
    path = f"/cycles/{opened.cycle_id}"
    before = await opened.get(f"{path}/distribution", "cora")
    checks = await opened.get(f"{path}/checks", "cora")
    await add_session(opened, "Small", [1, 1])
    for query in ("", f"?division={DIVISION}"):
        after = await opened.get(f"{path}/distribution{query}", "cora")
        assert counts(after["organization"]) == counts(before["organization"])
        assert counts(after["divisions"][DIVISION]) == counts(before["divisions"][DIVISION])
    assert (await opened.get(f"{path}/checks", "cora")) == checks
    whole = await opened.get(f"{path}/distribution", "hanna")
    _, current = counts(whole["organization"])
    assert current is not None
    assert current["1"] == 2
    assert whole["organization"]["current"]["sessions_left_out"] == 0


async def test_a_facilitator_has_no_part_in_other_departments(opened: Any) -> None:
    await add_session(opened, "Small", [1, 1])
    found = await opened.get(f"/cycles/{opened.cycle_id}/distribution?division={DIVISION}", "fay")
    assert found["organization"]["current"]["people"] == 12
    assert found["organization"]["current"]["sessions_left_out"] == 1


async def test_who_may_not_read_the_cases_reads_states_of_checks_and_no_numbers(opened: Any) -> None:
    path = f"/sessions/{opened.session_id}/checks?on=proposed"
    told, whole = [(await opened.get(path, who))["checks"] for who in ("cora", "hanna")]
    numbers = ("statistic", "effect", "p_value", "p_mid", "p_adjusted", "four_fifths", "heterogeneity_p")
    judged = [each for each in told if each["check"] != "recency"]
    assert judged
    assert all(each[name] is None for each in judged for name in numbers)
    assert not any(character.isdigit() for each in judged for character in each["sentence"])
    assert any(each["statistic"] is not None for each in whole)
    # That a manager rates everybody 3 is everybody's rating; "Lead" has two people.
    assert {each["check"] for each in whole} - {each["check"] for each in told} == {"no_differentiation"}
    assert {each["subject"] for each in told if each["check"] == "team_concentration"} == {"A", "B"}
    assert "Lead" in {each["subject"] for each in whole if each["check"] == "team_concentration"}
    assert {each["subject"] for each in told if each["state"] == "flag"} == {"A"}


async def test_reading_counts_without_cases_is_audited(opened: Any) -> None:
    small = await add_session(opened, "Small", [4])
    await opened.get(f"/sessions/{small}", "cora")
    kept = "SELECT who || ' ' || purpose || ' ' || subject FROM audit_log"
    assert await opened.count(kept) == f"cora read distribution {small}"


def test_ratings_that_became_equal_are_not_counted_either() -> None:
    assert may_be_counted({(3, 3): 4, (4, 4): 1})
    assert not may_be_counted({(3, 3): 4, (4, 3): 1})
    assert not may_be_counted({(3, 3): 4, (3, 4): 1})
    assert not may_be_counted({(3, 3): 3, (4, 4): 1})


def test_who_may_read_the_cases_counts_them_all() -> None:
    tallies = {"small": {(1, 1): 1}, "big": {(3, 3): 4, (4, 4): 1}, "other": {(2, 2): 2}}
    assert set(leave_small_out(tallies, known=["small"])) == {"small", "big"}
