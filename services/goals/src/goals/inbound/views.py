"""Objectives as the api shows them."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from goals.domain.goal import Goal
from goals.domain.rules.smart import ObjectiveKind
from goals.outbound.adjustments import Change
from goals.outbound.announcements import GRADE_CODES, to_score
from goals.outbound.key_results import decimal_text, describe
from goals.outbound.readers import GradeRow
from goals.usecases.grade_objectives import Graded
from goals.usecases.queries import History
from goals.usecases.read_grades import PersonGrades

# In the order in which the scenario counts them; the last three are what its four leave out.
OUTCOMES = (
    "on_track_unchanged",
    "adjusted",
    "replaced",
    "at_risk_with_plan",
    "at_risk_without_plan",
    "not_started",
    "not_checked_in",
)


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


def describe_change(change: Change) -> dict[str, Any]:
    """A change with both key results and who approved it."""
    return {
        "adjustment_id": str(change.adjustment_id),
        "key_result_id": str(change.key_result_id),
        "kind": change.kind,
        "rationale": change.rationale,
        "before": describe(change.before),
        "after": describe(change.replacement),
        "approvals": {role.value: person for role, person in change.approvals.items()},
        "proposed_by": change.proposed_by,
        "proposed_at": change.proposed_at,
        "applied_at": change.applied_at,
    }


def describe_goal(goal: Goal) -> dict[str, Any]:
    """An objective with its key results; nothing of its progress."""
    content = goal.objective.content
    return {
        "objective_id": goal.objective_id,
        "cycle_id": str(goal.cycle_id),
        "owner_id": goal.owner_id,
        "division": goal.division,
        "level": goal.level,
        "title": goal.title,
        "growth": content.kind is ObjectiveKind.GROWTH,
        "parent_key_result_id": content.parent_key_result_id,
        "weight_percent": decimal_text(goal.weight_percent),
        "stage": goal.objective.stage,
        "version": goal.version,
        "locked_on": goal.locked_on,
        "graded_on": goal.graded_on,
        "key_results": [describe(each) for each in goal.key_results],
    }


def describe_history(history: History) -> dict[str, Any]:
    """An objective with its history; what the viewer may not see is left out."""
    answer: dict[str, Any] = {
        **describe_goal(history.goal),
        "replaced_key_results": [
            {**describe(each), "replaced_by_id": str(successor)} for each, successor in history.replaced
        ],
        "history": [
            {key: each[key] for key in ("version", "what", "changed_by", "changed_at")}
            for each in history.steps
        ],
    }
    if history.changes is not None:
        answer["changes"] = [describe_change(each) for each in history.changes]
    if history.check_ins is not None:
        answer["check_ins"] = list(history.check_ins)
    if history.grades is not None:
        answer["grades"] = [describe_grade(each) for each in history.grades]
    return answer


def describe_grade(grade: GradeRow) -> dict[str, Any]:
    """A graded key result: shares of 1 as decimal text."""
    return {
        "key_result_id": str(grade.key_result_id),
        "title": grade.title,
        "actual": None if grade.actual is None else format(grade.actual, "f"),
        "attainment": share_text(Fraction(grade.attainment)),
        "weeks_late": grade.weeks_late,
        "score": share_text(Fraction(grade.score)),
        "suggested": grade.suggested,
        "own": grade.own,
    }


def describe_person(person: PersonGrades) -> dict[str, Any]:
    """A person's grades."""
    return {
        "person_id": person.person_id,
        "score": share_text(person.score),
        "objectives": [
            {
                "objective_id": str(each.objective_id),
                "title": each.title,
                "level": each.level,
                "weight_percent": decimal_text(each.weight_percent),
                "score": share_text(each.score),
                "key_results": [describe_grade(grade) for grade in each.key_results],
            }
            for each in person.objectives
        ],
    }


def describe_mid_cycle(counts: Mapping[str, int]) -> dict[str, Any]:
    """Each outcome with its count and its share of all locked key results."""
    total = sum(counts.values())
    return {
        "key_results": total,
        "outcomes": {
            name: {
                "key_results": counts.get(name, 0),
                "share": share_text(Fraction(counts.get(name, 0), total) if total else None),
            }
            for name in OUTCOMES
        },
    }


def share_text(value: Fraction | None) -> str | None:
    """A share of 1 with six decimals."""
    return None if value is None else format(to_score(value), "f")
