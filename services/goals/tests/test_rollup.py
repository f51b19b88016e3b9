"""Goals rolled up into one score."""

from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goals.domain.errors import Rejected
from goals.domain.rules import roll_up, shares_missed
from goals.domain.rules.rollup import GoalNature, GoalState, WeightedGoal


def goal(name: str, weight: int | str, score: str | None = "1", state: str = "active") -> WeightedGoal:
    exact_score = None if score is None else F(score)
    return WeightedGoal(goal_id=name, weight_percent=F(weight), score=exact_score, state=GoalState(state))


def test_cancelled_goals_give_their_weight_to_the_rest() -> None:
    rolled = roll_up([goal("a", 50, "1.2"), goal("b", 30, "0.9"), goal("c", 20, None, "cancelled")])
    assert rolled.weights_used == {"a": F(125, 2), "b": F(75, 2)}
    assert rolled.score == F(1, 100) * (F("62.5") * F("1.2") + F("37.5") * F("0.9"))


def test_not_started_goals_count_zero_and_keep_their_weight() -> None:
    rolled = roll_up([goal("a", 60), goal("b", 40, None, "not_started")])
    assert (rolled.score, rolled.weights_used["b"]) == (F(3, 5), F(40))


def test_children_cap_at_one_when_they_roll_up_to_a_parent() -> None:
    goals = [goal("a", 50, "1.4"), goal("b", 50, "0.5")]
    assert roll_up(goals).score == F(19, 20)
    assert roll_up(goals, into_parent=True).score == F(3, 4)


@pytest.mark.parametrize("weights", [(50, 49), (50, 51), ("33.33", "66.66"), (0, 0)])
def test_weights_sum_to_exactly_one_hundred(weights: tuple[int | str, int | str]) -> None:
    with pytest.raises(Rejected) as rejected:
        roll_up([goal("a", weights[0]), goal("b", weights[1])])
    assert rejected.value.field == "weight_percent"


def test_an_active_goal_needs_a_score() -> None:
    with pytest.raises(Rejected) as rejected:
        roll_up([goal("a", 100, None)])
    assert rejected.value.field == "score"


def test_something_must_be_left_to_score() -> None:
    with pytest.raises(Rejected) as rejected:
        roll_up([goal("a", 100, "1", "cancelled"), goal("b", 0)])
    assert rejected.value.field == "state"


@given(
    parts=st.lists(st.integers(1, 50), min_size=1, max_size=8),
    scores=st.lists(st.fractions(0, 2, max_denominator=100), min_size=8, max_size=8),
    cancelled=st.integers(0, 255),
)
def test_a_rolled_up_score_lies_between_its_parts_and_weights_sum_to_all(
    parts: list[int], scores: list[F], cancelled: int
) -> None:
    states = [
        GoalState.CANCELLED if cancelled >> place & 1 else GoalState.ACTIVE for place in range(len(parts))
    ]
    states[0] = GoalState.ACTIVE
    goals = [
        WeightedGoal(
            goal_id=str(place),
            weight_percent=F(100 * part, sum(parts)),
            score=scores[place],
            state=states[place],
        )
        for place, part in enumerate(parts)
    ]
    rolled = roll_up(goals)
    counted = [scores[place] for place, state in enumerate(states) if state is GoalState.ACTIVE]
    assert min(counted) <= rolled.score <= max(counted)
    assert sum(rolled.weights_used.values()) == 100


def test_set_shares_of_quantitative_and_qualitative_goals_are_checked() -> None:
    goals = [
        WeightedGoal(goal_id="a", weight_percent=F(80), nature=GoalNature.QUANTITATIVE),
        WeightedGoal(goal_id="b", weight_percent=F(20), nature=GoalNature.QUALITATIVE),
    ]
    shares = {GoalNature.QUANTITATIVE: F(70), GoalNature.QUALITATIVE: F(20)}
    assert shares_missed(goals, shares_percent=shares) == {GoalNature.QUANTITATIVE: F(80)}
