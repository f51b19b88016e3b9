"""The review phase: everybody's own assessment, then the managers', each in one list."""

import random
from typing import Any

from plumbline_local.demo import texts
from plumbline_local.demo.apis import together
from plumbline_local.demo.casting import JANE, Cast, Part
from plumbline_local.demo.quarters import Quarter
from plumbline_local.demo.roster import Roster
from plumbline_local.demo.stage import Bar, Stage

_DISCREPANT = 2


async def write_assessments(
    stage: Stage, roster: Roster, quarter: Quarter, cast: Cast, chance: random.Random, bar: Bar
) -> None:
    """Both assessments of everybody, written while the review phase is open."""
    bodies = {each.person.person_id: _own(each, chance) for each in cast.parts}
    assessments = {each.person.person_id: _managers(each, chance) for each in cast.parts}
    bar.expect(len(bodies) + len(roster.managers))
    path = f"/cycles/{quarter.cycle_id}"
    at = quarter.review

    async def assess_oneself(person: str) -> None:
        await stage.apis.post("reviews", f"{path}/self-assessments", bodies[person], person=person, at=at)
        bar.done()

    async def assess_reports(manager: str) -> None:
        body = {"assessments": [assessments[each.person_id] for each in roster.managers[manager]]}
        await stage.apis.post("reviews", f"{path}/manager-assessments", body, person=manager, at=at)
        bar.done()

    await together(assess_oneself(person) for person in bodies)
    await together(assess_reports(manager) for manager in roster.managers)


def _own(part: Part, chance: random.Random) -> dict[str, Any]:
    jane = part.person.person_id == JANE
    return {
        "overall": part.self_rating,
        "accomplishments": list(
            texts.ACCOMPLISHMENTS[:3] if jane else chance.sample(texts.ACCOMPLISHMENTS, 2)
        ),
        "growth_areas": list(texts.GROWTH_AREAS if jane else chance.sample(texts.GROWTH_AREAS, 1)),
        "aspirations": list(texts.JANES_ASPIRATIONS if jane else ()),
    }


def _managers(part: Part, chance: random.Random) -> dict[str, Any]:
    discrepant = abs(part.self_rating - part.proposed) >= _DISCREPANT
    return {
        "person_id": part.person.person_id,
        "strengths": list(chance.sample(texts.STRENGTHS, 2)),
        "development_areas": list(chance.sample(texts.DEVELOPMENT_AREAS, 2)),
        "proposed_rating": part.proposed,
        "promotion_recommended": part.promotion_to is not None,
        "promotion_target_level": part.promotion_to,
        "discrepancy_evidence": texts.DISCREPANCY if discrepant else "",
    }
