"""Jane Doe's quarter over HTTP and PostgreSQL, from drafts to grades."""

from .conftest import World
from .quarter import JANES, check_in, fixed, grade_jane, line, lock_jane

SUGGESTED = {
    "schema": "met",
    "isolation": "mostly_met",
    "load": "exceeded",
    "reviews": "exceeded",
    "mentor": "met",
    "post": "met",
}


async def test_a_quarter_ends_in_the_six_grades_of_the_scenario(world: World) -> None:
    await lock_jane(world)
    await check_in(world, line("schema", "done"), line("isolation", "at_risk", "medium"))
    graded = await grade_jane(world)
    suggested = {
        each["key_result_id"]: each["suggested"]
        for goal in graded["objectives"]
        for each in goal["key_results"]
    }
    assert suggested == {fixed(name): grade for name, grade in SUGGESTED.items()}
    events = await world.published("pm.goals.objective-graded.v1")
    assert [event["objective_id"] for event in events] == JANES
    # (1 + 0.9 + (11/9 − 0.1)) / 3, and (4/3 + 1 + 1) / 3
    assert [event["score"] for event in events] == ["1.007407", "1.111111"]
