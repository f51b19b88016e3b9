"""Print a command's answer: one JSON object, or a table with the sentence that says what it means."""

import json
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

output = Console(highlight=False, markup=False)


def print_json(answer: Mapping[str, object]) -> None:
    """Print one JSON object on standard output and nothing else there."""
    print(json.dumps(answer, ensure_ascii=False, indent=2))  # noqa: T201 - plain text, never wrapped by a terminal's width


def print_table(
    title: str, rows: Sequence[Mapping[str, object]], *, columns: Sequence[str], sentence: str
) -> None:
    """Print rows under named columns, then the sentence that says what they mean."""
    table = Table(title=title)
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*["" if row.get(column) is None else str(row.get(column)) for column in columns])
    output.print(table)
    output.print(sentence)
