"""Objectives as the api shows them."""

from typing import Any

from goals.outbound.announcements import GRADE_CODES, to_score
from goals.usecases.grade_objectives import Graded


def describe_graded(graded: Graded) -> dict[str, Any]:
    """An objective's grades with the arithmetic behind each."""
    return {
        "objective_id": graded.goal.objective_id,
        "score": format(to_score(graded.score), "f"),
        "key_results": [
            {
                "key_result_id": key,
                "attainment": format(to_score(result.attainment), "f"),
                "weeks_late": result.weeks_late,
                "score": format(to_score(result.score), "f"),
                "suggested": GRADE_CODES[result.grade],
                "own": GRADE_CODES[graded.fact.own[key]],
            }
            for key, result in graded.fact.suggested.items()
        ],
    }
