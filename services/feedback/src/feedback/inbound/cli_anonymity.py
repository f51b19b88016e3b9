"""``plumbline calc anonymity``: which groups' scores may be shown, and in which band."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated

import typer
from pydantic import field_validator

from feedback.domain.rules import RULE_VERSION, half_point_band, reasons_for_suppression
from feedback.domain.rules.anonymity import DEFAULT_ANONYMITY, HIGHEST_SCORE, LOWEST_SCORE, Reason
from plumbline.cli.answers import print_json, print_table
from plumbline.cli.exact import ExactNumber, decimal12
from plumbline.cli.spreadsheet import BadCell, Name, Row, load_rows

SENTENCE = (
    "A shown group has enough respondents, its mean lies in the band, and no arithmetic over all shown groups"
    " isolates fewer people than the threshold."
)


class ScoreRow(Row):
    """One respondent's score in one group."""

    group: Name
    respondent: Name
    score: ExactNumber

    @field_validator("score")
    @classmethod
    def score_is_on_the_scale(cls, value: ExactNumber) -> ExactNumber:
        """Scores go from 1 to 5."""
        if not LOWEST_SCORE <= value <= HIGHEST_SCORE:
            raise ValueError("a score from 1 to 5")
        return value


def repeated(rows: Sequence[ScoreRow]) -> list[BadCell]:
    """Respondents who stand in one group twice."""
    seen: dict[tuple[str, str], int] = {}
    cells: list[BadCell] = []
    for row in rows:
        first = seen.setdefault((row.group, row.respondent), row.line)
        if first != row.line:
            allowed = f"each respondent once in a group; this one stands on line {first} already"
            cells.append(BadCell(line=row.line, column="respondent", value=row.respondent, allowed=allowed))
    return cells


def show(name: str, scores: Sequence[Fraction], reason: Reason | None) -> dict[str, object]:
    """One line of the answer."""
    return {
        "group": name,
        "n": len(scores),
        "state": "shown" if reason is None else "suppressed",
        "reason": None if reason is None else reason.value,
        "band": None if reason is not None else [decimal12(edge) for edge in half_point_band(scores)],
    }


def show_in_table(line: dict[str, object]) -> dict[str, object]:
    """The same line with the band as one readable cell."""
    band = line["band"]
    return (
        line
        if band is None
        else {**line, "band": str(band).strip("[]").replace("'", "").replace(", ", " to ")}
    )


def anonymity(
    file: Annotated[str, typer.Argument(help="Spreadsheet of scores; - reads standard input.")],
    threshold: Annotated[
        int, typer.Option(min=1, help="Fewest respondents of a group that is shown.")
    ] = DEFAULT_ANONYMITY.scores_from,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Decide which groups' scores may be shown without giving anybody away."""
    scores: dict[str, dict[str, Fraction]] = {}
    for row in load_rows(file, ScoreRow, check=repeated):
        scores.setdefault(row.group, {})[row.respondent] = row.score
    reasons = reasons_for_suppression(scores, threshold=threshold)
    groups = [show(name, list(members.values()), reasons[name]) for name, members in scores.items()]
    if as_json:
        print_json({"rule_version": RULE_VERSION, "threshold": threshold, "groups": groups})
        return
    table = [show_in_table(line) for line in groups]
    print_table("Groups", table, columns=("group", "n", "state", "reason", "band"), sentence=SENTENCE)
