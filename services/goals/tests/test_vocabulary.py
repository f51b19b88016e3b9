"""The words that stand in stored facts, in files and in requests: changing one breaks what was written before."""

from enum import StrEnum

import pytest

from goals.domain.events import Confidence, Side, Status
from goals.domain.goal import LEVELS
from goals.domain.objective import Stage
from goals.domain.rules.adjustment import AdjustmentKind, Approver
from goals.domain.rules.cascade import Level
from goals.domain.rules.grading import Grade, ResultKind
from goals.domain.rules.rollup import GoalNature, GoalState
from goals.domain.rules.smart import Direction, ObjectiveKind, Severity
from goals.domain.rules.variance import Audience


@pytest.mark.parametrize(
    ("vocabulary", "words"),
    [
        (Side, "employee manager"),
        (Status, "not_started on_track at_risk done"),
        (Confidence, "low medium high"),
        (Stage, "draft proposed agreed locked graded"),
        (AdjustmentKind, "scope timeline replace"),
        (Approver, "employee manager skip_level hr_partner"),
        (Grade, "Exceeded Met Mostly Met Partially Met Not Met"),
        (ResultKind, "numeric binary availability"),
        (GoalState, "active cancelled not_started"),
        (GoalNature, "quantitative qualitative"),
        (Direction, "higher lower"),
        (ObjectiveKind, "delivery growth"),
        (Severity, "error warning"),
        (Audience, "owner manager division_head"),
    ],
)
def test_stored_words_stay_as_they_are(vocabulary: type[StrEnum], words: str) -> None:
    assert " ".join(vocabulary) == words


def test_levels_have_the_names_of_requests_from_the_top_down() -> None:
    assert LEVELS == {
        "company": Level.COMPANY,
        "division": Level.DIVISION,
        "team": Level.TEAM,
        "individual": Level.INDIVIDUAL,
    }
    assert sorted(Level) == list(LEVELS.values())
