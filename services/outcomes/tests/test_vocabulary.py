"""The words and the defaults that stand in stored outcomes and published policies."""

from enum import StrEnum

import pytest

from outcomes.domain.policy import DEFAULT_EQUITY, RATINGS, TOP_RATINGS, PromotionTiming
from outcomes.domain.rules.development import Outcome
from outcomes.domain.rules.exceptions import ExceptionKind
from outcomes.domain.rules.pip import PipState
from outcomes.domain.rules.pip_gate import PipRoute
from outcomes.domain.rules.plans import PlanState


@pytest.mark.parametrize(
    ("vocabulary", "words"),
    [
        (
            Outcome,
            "stretch_assignment conference_budget leadership_opportunity equity_refresh promotion_review "
            "growth_plan ninety_day_plan pip_proposal",
        ),
        (ExceptionKind, "high_performer_in_underperforming_unit off_matrix"),
        (PlanState, "draft active extended improved no_improvement"),
        (PipState, "proposed active extended suspended passed failed withdrawn"),
        (PipRoute, "pip plan"),
        (PromotionTiming, "next_cycle same_run"),
    ],
)
def test_stored_words_stay_as_they_are(vocabulary: type[StrEnum], words: str) -> None:
    assert " ".join(vocabulary) == words


def test_the_default_equity_grid_is_the_one_of_the_rules() -> None:
    rows = {level: (row[5], row[4], len(row)) for level, row in DEFAULT_EQUITY.grid.items()}
    assert rows == {
        "L1": (800, 500, 2),
        "L2": (1500, 1000, 2),
        "L3": (3000, 2000, 2),
        "L4": (4500, 3000, 2),
        "L5": (7500, 5000, 2),
        "L6": (12000, 8000, 2),
        "L7": (18000, 12000, 2),
    }
    assert DEFAULT_EQUITY.parts == 16


def test_ratings_go_from_one_to_five_and_the_upper_two_are_the_top() -> None:
    assert (RATINGS, TOP_RATINGS) == ((1, 2, 3, 4, 5), (4, 5))
