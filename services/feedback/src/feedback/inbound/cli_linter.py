"""``plumbline calc linter``: feedback texts that name traits where behaviour is asked for."""

from typing import Annotated

import typer

from feedback.domain.rules import RULE_VERSION, lint_feedback
from feedback.domain.rules.linter import Warned
from plumbline.cli.answers import print_json, print_table
from plumbline.cli.spreadsheet import Name, Row, load_rows

SENTENCE = "The linter warns and never blocks; a text without a warning is not thereby good feedback."


class TextRow(Row):
    """One text."""

    id: Name
    text: Name


def show(warned: Warned) -> dict[str, object]:
    """One warning of the answer."""
    return {"rule": warned.rule.value, "quoted_words": list(warned.quoted_words), "advice": warned.advice}


def linter(
    file: Annotated[str, typer.Argument(help="Spreadsheet of texts; - reads standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Warn where feedback lacks situation, evidence, length or behaviour."""
    rows = load_rows(file, TextRow, unique="id")
    linted = {row.id: lint_feedback(row.text) for row in rows}
    if as_json:
        results = [
            {"id": text_id, "warnings": [show(each) for each in linted[text_id]]} for text_id in linted
        ]
        print_json({"rule_version": RULE_VERSION, "results": results})
        return
    table = [
        {**show(each), "id": text_id, "quoted_words": ", ".join(each.quoted_words)}
        for text_id, warnings in linted.items()
        for each in warnings
    ]
    print_table("Warnings", table, columns=("id", "rule", "quoted_words", "advice"), sentence=SENTENCE)
