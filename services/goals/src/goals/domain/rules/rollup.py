"""How a person's or a parent's goals come together in one score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from goals.domain.errors import Rejected

ALL_WEIGHTS = Fraction(100)
HIGHEST_CHILD = Fraction(1)


class GoalState(StrEnum):
    """What a goal contributes: its score, nothing at all, or zero."""

    ACTIVE = "active"
    CANCELLED = "cancelled"
    NOT_STARTED = "not_started"


class GoalNature(StrEnum):
    """Whether a goal is judged by a number or by description."""

    QUANTITATIVE = "quantitative"
    QUALITATIVE = "qualitative"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedGoal:
    """One goal's part in a roll-up: weight in percent, score as a share of 1 (none needed unless active)."""

    goal_id: str
    weight_percent: Fraction
    score: Fraction | None = None
    state: GoalState = GoalState.ACTIVE
    nature: GoalNature = GoalNature.QUANTITATIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledUp:
    """The weighted score as a share of 1, and the weights that were used, in percent, summing to 100."""

    score: Fraction
    weights_used: Mapping[str, Fraction]


def weights_sum_to_all(goals: Sequence[WeightedGoal]) -> bool:
    """Whether the weights, those of cancelled goals included, sum to exactly 100 %."""
    return sum((goal.weight_percent for goal in goals), Fraction(0)) == ALL_WEIGHTS


def renormalized_weights(goals: Sequence[WeightedGoal]) -> dict[str, Fraction]:
    """Weights in percent after cancelled goals dropped out, brought back to a sum of 100.

    Raises:
        Rejected: no weight is left, so that nothing can be scored.
    """
    left = [goal for goal in goals if goal.state is not GoalState.CANCELLED]
    total = sum((goal.weight_percent for goal in left), Fraction(0))
    if total == 0:
        raise Rejected(
            field="state",
            message="every goal that has weight is cancelled",
            fix="leave a goal with a weight that is active or not started",
        )
    return {goal.goal_id: goal.weight_percent * ALL_WEIGHTS / total for goal in left}


def score_in_roll_up(goal: WeightedGoal, *, into_parent: bool) -> Fraction:
    """A goal's score as it counts: 0 when not started, and at most 1 when it rolls up into a parent.

    Raises:
        Rejected: an active goal has no score.
    """
    if goal.state is GoalState.NOT_STARTED:
        return Fraction(0)
    if goal.score is None:
        raise Rejected(
            field="score", message=f"goal {goal.goal_id} is active and has no score", fix="give its score"
        )
    return min(goal.score, HIGHEST_CHILD) if into_parent else goal.score


def roll_up(goals: Sequence[WeightedGoal], *, into_parent: bool = False) -> RolledUp:
    """The weighted mean of goals' scores. Source: domain rules, Goals, "roll-up".

    Raises:
        Rejected: weights do not sum to exactly 100 %, an active goal has no score, or all are cancelled.
    """
    if not weights_sum_to_all(goals):
        total = sum((goal.weight_percent for goal in goals), Fraction(0))
        raise Rejected(
            field="weight_percent",
            message=f"the weights sum to {total} %",
            fix="make them sum to exactly 100, those of cancelled goals included",
        )
    weights = renormalized_weights(goals)
    score = sum(
        (
            weights[goal.goal_id] / ALL_WEIGHTS * score_in_roll_up(goal, into_parent=into_parent)
            for goal in goals
            if goal.state is not GoalState.CANCELLED
        ),
        Fraction(0),
    )
    return RolledUp(score=score, weights_used=weights)


def shares_missed(
    goals: Sequence[WeightedGoal], *, shares_percent: Mapping[GoalNature, Fraction]
) -> dict[GoalNature, Fraction]:
    """The natures whose goals do not have the share that policy sets, each with the share it has, in percent."""
    actual = {
        nature: sum((goal.weight_percent for goal in goals if goal.nature is nature), Fraction(0))
        for nature in shares_percent
    }
    return {nature: share for nature, share in actual.items() if share != shares_percent[nature]}
