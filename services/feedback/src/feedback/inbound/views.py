"""What the api answers with."""

from collections.abc import Sequence
from typing import Any

from feedback.domain.rules.linter import Warned
from feedback.usecases.answer_rounds import Taken
from feedback.usecases.read_round import RoundView


def describe_warnings(warnings: Sequence[Warned]) -> list[dict[str, Any]]:
    """What the linter says; it never blocks."""
    return [
        {"rule": each.rule.value, "quoted_words": list(each.quoted_words), "advice": each.advice}
        for each in warnings
    ]


def describe_taken(taken: Taken) -> dict[str, Any]:
    """A stored form, to its author."""
    return {
        "round_id": taken.round_id,
        "anonymous": taken.anonymous,
        "warnings": {name: describe_warnings(found) for name, found in taken.warnings.items()},
    }


def describe_round(view: RoundView) -> dict[str, Any]:
    """A round, to somebody who may see that much of it."""
    about = view.round
    answer: dict[str, Any] = {
        "round_id": about.round_id,
        "cycle_id": about.cycle_id,
        "person_id": about.person_id,
        "state": about.state,
        "responses": view.responses,
    }
    if view.shows_raters:
        answer["raters"] = sorted(about.raters or about.nominees)
        answer["reciprocal"] = about.reciprocal
    if about.anonymity is not None:
        answer["thresholds"] = {
            "scores_from": about.anonymity.scores_from,
            "verbatims_from": about.anonymity.verbatims_from,
            "distribution_from": about.anonymity.distribution_from,
        }
    if view.result is not None:
        answer["result"] = view.result
    if view.own_answer is not None:
        own = view.own_answer
        answer["own_answer"] = {
            "relationship": own.relationship,
            "does_well": own.does_well,
            "to_improve": own.to_improve,
            "work_again": own.work_again,
            "score": own.score,
        }
    return answer
