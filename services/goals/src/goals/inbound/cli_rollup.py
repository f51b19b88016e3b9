"""``plumbline calc rollup``: the weighted score of a person's or a parent's goals."""

from collections.abc import Sequence
from typing import Annotated

import typer
from pydantic import Field, ValidationInfo, field_validator

from goals.domain.errors import Rejected
from goals.domain.rules import RULE_VERSION, roll_up
from goals.domain.rules.rollup import ALL_WEIGHTS, GoalState, WeightedGoal
from plumbline.cli.answers import print_json, print_table
from plumbline.cli.exact import ExactNumber, decimal12, exact
from plumbline.cli.spreadsheet import BadCell, Name, Row, load_rows, refuse


class RollupRow(Row):
    """One goal with its weight; only an active goal needs a score."""

    id: Name
    weight_percent: ExactNumber
    state: GoalState = GoalState.ACTIVE
    score: ExactNumber | None = Field(default=None, validate_default=True)

    @field_validator("weight_percent")
    @classmethod
    def weight_is_a_percentage(cls, value: ExactNumber) -> ExactNumber:
        """A weight is a part of the whole."""
        if not 0 <= value <= ALL_WEIGHTS:
            raise ValueError("a percentage from 0 to 100")
        return value

    @field_validator("score")
    @classmethod
    def active_goals_have_a_score(cls, value: ExactNumber | None, info: ValidationInfo) -> ExactNumber | None:
        """A score is never below 0, and may be left out only where it does not count."""
        if value is None and info.data.get("state") is GoalState.ACTIVE:
            raise ValueError("a number, because the goal is active")
        if value is not None and value < 0:
            raise ValueError("a score of 0 or more")
        return value


def rollup(
    file: Annotated[str, typer.Argument(help="Spreadsheet of goals; - reads standard input.")],
    cap: Annotated[
        bool, typer.Option("--cap", help="Cap each child at 1, as in a roll-up into a parent.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Roll weighted goals up into one score."""
    rows = load_rows(file, RollupRow, unique="id")
    goals = [
        WeightedGoal(goal_id=row.id, weight_percent=row.weight_percent, score=row.score, state=row.state)
        for row in rows
    ]
    try:
        rolled = roll_up(goals, into_parent=cap)
    except Rejected as rejected:
        refuse(cells_of(rows, rejected))
    weights = [
        {"id": goal_id, "weight_percent_exact": exact(weight), "weight_percent": decimal12(weight)}
        for goal_id, weight in rolled.weights_used.items()
    ]
    score = decimal12(rolled.score)
    if as_json:
        answer = {"score_exact": exact(rolled.score), "score": score, "weights_used": weights}
        print_json({"rule_version": RULE_VERSION, **answer})
        return
    sentence = (
        f"The weighted score is {score}, where 1 is on target; cancelled goals gave their weight to the rest."
    )
    print_table("Weights used", weights, columns=("id", "weight_percent"), sentence=sentence)


def cells_of(rows: Sequence[RollupRow], rejected: Rejected) -> list[BadCell]:
    """The cells over which the rule refused all rows together; none of an empty file, which is named itself."""
    allowed = f"{rejected.fix} ({rejected.message})"
    cells = [
        BadCell(line=row.line, column=rejected.field, value=str(cell), allowed=allowed)
        for row in rows
        if (cell := written(row, rejected.field)) is not None
    ]
    return cells or [BadCell(line=1, column=rejected.field, value="", allowed=rejected.fix)]


def written(row: RollupRow, column: str) -> str | None:
    """What stands in the column that the rule refused."""
    return decimal12(row.weight_percent) if column == "weight_percent" else row.state.value
