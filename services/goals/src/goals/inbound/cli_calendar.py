"""``plumbline calc due-week``: the date that "week n" of a quarter stands for."""

from typing import Annotated

import typer

from goals.domain.errors import Rejected
from goals.domain.rules import RULE_VERSION, due_date_of_week
from plumbline.cli.answers import print_json, print_table
from plumbline.cli.spreadsheet import parse_iso_date


def due_week(
    start: Annotated[str, typer.Option(help="The quarter's first day, YYYY-MM-DD.")],
    week: Annotated[int, typer.Option(help="The week, counted from 1.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Turn a week of a quarter into the date on which it ends."""
    try:
        starts_on = parse_iso_date(start)
    except ValueError as error:
        raise typer.BadParameter(f"{start!r}; allowed: {error}", param_hint="--start") from None
    try:
        due_on = due_date_of_week(quarter_starts_on=starts_on, week=week)
    except Rejected as rejected:
        raise typer.BadParameter(f"{rejected.message}; {rejected.fix}", param_hint="--week") from None
    answer = {"rule_version": RULE_VERSION, "date": due_on.isoformat()}
    if as_json:
        print_json(answer)
        return
    sentence = f"Week {week} of the quarter that starts on {starts_on} is due by the end of {due_on}."
    print_table("Due date", [{"week": week, "date": due_on}], columns=("week", "date"), sentence=sentence)
