"""A file's bytes as checked rows, each bad cell with its fix."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from people.domain.errors import Rejected
from people.domain.person import BadRow
from people.inbound.columns import match_columns
from people.inbound.dates import find_order, to_iso
from plumbline.cli.spreadsheet import (
    BadCell,
    BadSpreadsheetError,
    Grid,
    Row,
    check_row,
    decode,
    parse_grid,
)

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
    dates: Sequence[str],
    also: Sequence[str] = (),
    complete: Callable[[Cells], Cells] = lambda cells: cells,
    check: Callable[[R], Sequence[BadRow]] = lambda row: (),
) -> Sheet[R]:
    """Read a file; delimiter, encoding, header names and the order of day and month are detected.

    ``dates`` are the columns that hold dates; ``also`` are further columns that ``complete`` may use to fill
    a row's cells before they are checked; ``check`` looks at cells together. One column is ``employee_id``.

    Raises:
        Rejected: nothing in the file can be read, or it lacks columns that every row needs.
    """
    grid = read_grid(data)
    wanted = {name: info.is_required() for name, info in row.model_fields.items() if name != "line"}
    matched = match_columns(grid.header, [*wanted, *also])
    columns = wanted.keys() & complete(dict.fromkeys(matched.values(), ""))
    refuse_missing_columns([name for name in wanted if wanted[name] and name not in columns], grid)
    refuse_doubled_columns([name for name in matched if grid.header.count(name) > 1])
    named = [
        (line, {column: cells[header] for header, column in matched.items()}) for line, cells in grid.rows
    ]
    write_iso_dates([cells for _, cells in named], columns.intersection(dates))
    checked = [check_cells(line, complete(cells), row, check) for line, cells in named]
    return Sheet(
        rows=tuple(each.row for each in checked if each.row is not None),
        rejected=(*map(to_bad_row, grid.ragged), *(bad for each in checked for bad in each.bad)),
        columns=frozenset(columns),
        ignored_columns=tuple(name for name in grid.header if name and name not in matched),
        mentioned=frozenset(each.mentions for each in checked if each.mentions),
        unreadable=len(grid.ragged) + sum(not each.mentions for each in checked),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked(Generic[R]):
    """A row that is good, or its bad cells; ``mentions`` is its employee_id, "" if that cannot be read."""

    row: R | None
    bad: Sequence[BadRow]
    mentions: str


def check_cells(line: int, cells: Cells, row: type[R], check: Callable[[R], Sequence[BadRow]]) -> Checked[R]:
    """Check one row, cell by cell and then its cells together."""
    found = check_row(line, cells, row)
    bad = [to_bad_row(cell) for cell in found] if isinstance(found, list) else check(found)
    readable = all(each.column != "employee_id" for each in bad)
    return Checked(
        row=None if isinstance(found, list) or bad else found,
        bad=bad,
        mentions=cells["employee_id"].strip() if readable else "",
    )


def write_iso_dates(rows: Sequence[dict[str, str]], columns: Collection[str]) -> None:
    """Rewrite dates such as 07/14/2026 in place, if the file shows whether day or month comes first."""
    order = find_order(cells[column] for cells in rows for column in columns)
    if order is None:
        return
    for cells in rows:
        for column in columns:
            cells[column] = to_iso(cells[column], order)


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
