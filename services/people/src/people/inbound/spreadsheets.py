"""A file's bytes as checked rows, each bad cell with its fix."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from people.domain.errors import Rejected
from people.domain.person import BadRow
from people.inbound.columns import match_columns
from plumbline.cli.spreadsheet import BadCell, BadSpreadsheetError, Grid, Row, check_row, decode, parse_grid

R = TypeVar("R", bound=Row)
Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet(Generic[R]):
    """The good rows, every bad cell, the matched and the ignored columns, and who is mentioned in any row."""

    rows: tuple[R, ...]
    rejected: tuple[BadRow, ...]
    columns: frozenset[str]
    ignored_columns: tuple[str, ...]
    mentioned: frozenset[str]
    unreadable: int


def read_sheet(
    data: bytes,
    row: type[R],
    *,
    also: Sequence[str] = (),
    complete: Callable[[Cells], Cells] = lambda cells: cells,
    check: Callable[[R], Sequence[BadRow]] = lambda row: (),
) -> Sheet[R]:
    """Read a file; delimiter, encoding and header names are detected.

    ``also`` are further columns that ``complete`` may use to fill a row's cells before they are checked;
    ``check`` looks at cells together.

    Raises:
        Rejected: nothing in the file can be read, or it lacks columns that every row needs.
    """
    grid = read_grid(data)
    fields = {name: info for name, info in row.model_fields.items() if name != "line"}
    matched = match_columns(grid.header, [*fields, *also])
    columns = frozenset(complete(dict.fromkeys(matched.values(), "")))
    refuse_missing_columns([n for n, info in fields.items() if info.is_required() and n not in columns], grid)
    refuse_doubled_columns([name for name in matched if grid.header.count(name) > 1])
    rows: list[R] = []
    rejected = [to_bad_row(cell) for cell in grid.ragged]
    mentioned: set[str] = set()
    unreadable = len(grid.ragged)
    for line, cells in grid.rows:
        named = complete({column: cells[header] for header, column in matched.items()})
        checked = check_row(line, named, row)
        bad = [to_bad_row(cell) for cell in checked] if isinstance(checked, list) else check(checked)
        rejected += bad
        if isinstance(checked, Row) and not bad:
            rows.append(checked)
        if any(each.column == "employee_id" for each in bad):
            unreadable += 1
        else:
            mentioned.add(named["employee_id"].strip())
    return Sheet(
        rows=tuple(rows),
        rejected=tuple(rejected),
        columns=columns & fields.keys(),
        ignored_columns=tuple(name for name in grid.header if name and name not in matched),
        mentioned=frozenset(mentioned),
        unreadable=unreadable,
    )


def read_grid(data: bytes) -> Grid:
    """The file as text cells.

    Raises:
        Rejected: the quoting is broken, or there is no header.
    """
    try:
        grid = parse_grid(decode(data))
    except BadSpreadsheetError as error:
        last = error.cells[-1]
        raise Rejected(
            code="unreadable_file",
            message=f"Nothing after line {last.line} can be read.",
            fix=f"Write {last.allowed}.",
        ) from None
    if not grid.header:
        raise Rejected(
            code="unreadable_file",
            message="The file is empty.",
            fix="Send a CSV file whose first line names the columns.",
        )
    return grid


def refuse_missing_columns(missing: Sequence[str], grid: Grid) -> None:
    """Columns that every row needs stand in the header, by their own name or by that of a usual export."""
    if missing:
        raise Rejected(
            code="missing_columns",
            message=f"The file has no column for {', '.join(missing)}.",
            fix=f"Name them in the header, which has: {', '.join(grid.header)}.",
        )


def refuse_doubled_columns(doubled: Sequence[str]) -> None:
    """A column that is used stands in the header once."""
    if doubled:
        raise Rejected(
            code="doubled_columns",
            message=f"The header has these columns twice: {', '.join(doubled)}.",
            fix="Keep one of each.",
        )


def to_bad_row(cell: BadCell) -> BadRow:
    """A cell's problem as the sender is told of it."""
    return BadRow(line=cell.line, column=cell.column, value=cell.value, fix=f"Write {cell.allowed}.")
