"""``plumbline calc grade``: key results graded from targets, actuals and dates."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated

import typer
from pydantic import Field, ValidationInfo, field_validator

from goals.domain.rules import RULE_VERSION, grade_of_result
from goals.domain.rules.grading import GradedResult, MeasuredResult, ResultKind
from goals.domain.rules.smart import Direction
from plumbline.cli.answers import print_json, print_table
from plumbline.cli.exact import ExactNumber, decimal12, exact
from plumbline.cli.spreadsheet import BadCell, Flag, IsoDate, Name, Row, load_rows, parse_iso_date

PERCENT = 100
SENTENCE = "A grade is suggested by rule, beside the person's own grade and never instead of it."


class GradeRow(Row):
    """One key result; which cells it needs depends on its kind."""

    id: Name
    kind: ResultKind
    baseline: ExactNumber | None = Field(default=None, validate_default=True)
    target: ExactNumber | None = Field(default=None, validate_default=True)
    strict: Flag = False
    direction: Direction = Direction.HIGHER
    actual: ExactNumber
    due_date: IsoDate | None = None
    done_date: IsoDate | None = None

    @field_validator("baseline")
    @classmethod
    def numbers_have_a_baseline(cls, value: ExactNumber | None, info: ValidationInfo) -> ExactNumber | None:
        """A numeric result starts somewhere."""
        if value is None and info.data.get("kind") is ResultKind.NUMERIC:
            raise ValueError("a number, because the result is numeric")
        return value

    @field_validator("target")
    @classmethod
    def kinds_have_their_target(cls, value: ExactNumber | None, info: ValidationInfo) -> ExactNumber | None:
        """Numeric and availability results aim at a number, the latter in percent."""
        kind = info.data.get("kind")
        if value is None and kind in {ResultKind.NUMERIC, ResultKind.AVAILABILITY}:
            raise ValueError("a number, because the result is not binary")
        if value is not None and kind is ResultKind.AVAILABILITY and not 0 <= value <= PERCENT:
            raise ValueError("a percentage from 0 to 100")
        return value

    @field_validator("actual")
    @classmethod
    def actual_fits_the_kind(cls, value: ExactNumber, info: ValidationInfo) -> ExactNumber:
        """A binary result is done or not, an availability is a percentage."""
        kind = info.data.get("kind")
        if kind is ResultKind.BINARY and value not in (0, 1):
            raise ValueError("0 or 1, because the result is binary")
        if kind is ResultKind.AVAILABILITY and not 0 <= value <= PERCENT:
            raise ValueError("a percentage from 0 to 100")
        return value


def measured(row: GradeRow) -> MeasuredResult:
    """The row as the rule takes it; whether a binary result is done stands in ``actual`` alone."""
    return MeasuredResult(
        kind=row.kind,
        actual=row.actual,
        target=row.target if row.target is not None else Fraction(1),
        baseline=row.baseline if row.baseline is not None else Fraction(0),
        strict=row.strict,
        higher_is_better=row.direction is Direction.HIGHER,
        due_on=row.due_date,
        done_on=row.done_date,
    )


def unfinished_without_end(rows: Sequence[GradeRow]) -> list[BadCell]:
    """The cells that need a date as long as nobody says when the cycle ends."""
    allowed = "a date, or --cycle-end for unfinished results"
    return [
        BadCell(line=row.line, column="done_date", value="", allowed=allowed)
        for row in rows
        if row.kind is not ResultKind.AVAILABILITY and row.due_date and not row.done_date
    ]


def show(row: GradeRow, graded: GradedResult) -> dict[str, object]:
    """One line of the answer."""
    return {
        "id": row.id,
        "attainment_exact": exact(graded.attainment),
        "attainment": decimal12(graded.attainment),
        "weeks_late": graded.weeks_late,
        "score_exact": exact(graded.score),
        "score": decimal12(graded.score),
        "grade": graded.grade.value,
    }


def grade(
    file: Annotated[str, typer.Argument(help="Spreadsheet of key results; - reads standard input.")],
    cycle_end: Annotated[
        str | None, typer.Option(help="The cycle's last day, to which unfinished results are late.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Grade key results from targets, actuals and dates alone."""
    try:
        ends_on = parse_iso_date(cycle_end) if cycle_end is not None else None
    except ValueError as error:
        raise typer.BadParameter(f"{cycle_end!r}; allowed: {error}", param_hint="--cycle-end") from None
    rows = load_rows(file, GradeRow, unique="id", check=None if ends_on else unfinished_without_end)
    results = [show(row, grade_of_result(measured(row), cycle_ends_on=ends_on)) for row in rows]
    if as_json:
        print_json({"rule_version": RULE_VERSION, "results": results})
        return
    columns = ("id", "attainment", "weeks_late", "score", "grade")
    print_table("Suggested grades", results, columns=columns, sentence=SENTENCE)
