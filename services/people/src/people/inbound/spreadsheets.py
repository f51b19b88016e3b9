"""A file's bytes as checked rows, each bad cell with its fix."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Generic, TypeVar

from people.domain.errors import Rejected
from people.domain.person import BadRow
from people.inbound.columns import DIVISION_FALLBACKS, match_columns, plain
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
Headers = Mapping[str, str]
NOTHING: Cells = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet(Generic[R]):
    """The good rows, every bad cell, the matched and the ignored columns, and who is mentioned in any row."""

    rows: tuple[R, ...]
    rejected: tuple[BadRow, ...]
    columns: frozenset[str]
    ignored_columns: tuple[str, ...]
    mentioned: frozenset[str]
    unreadable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout(Generic[R]):
    """How a kind of file is read into rows; one column is ``employee_id``.

    ``dates`` are the columns that hold dates; ``also`` are further columns, for ``complete``, which may fill a
    row's cells before they are checked, and for ``check``, which looks at a good row and its cells together.
    ``adapt`` rewrites the cells of all rows in place, by what only the whole file shows. ``adapt`` and ``check``
    are given the file's headers by column.
    ``options`` say how a column that a file lacks can be told beside it.
    """

    row: type[R]
    dates: Sequence[str]
    also: Sequence[str] = ()
    complete: Callable[[Cells], Cells] = lambda cells: cells
    adapt: Callable[[Sequence[dict[str, str]], Headers], None] = lambda rows, headers: None
    check: Callable[[R, Cells, Headers], Sequence[BadRow]] = lambda row, cells, headers: ()
    options: Mapping[str, str] = field(default_factory=dict[str, str])


def read_sheet(data: bytes, layout: Layout[R], *, told: Cells = NOTHING) -> Sheet[R]:
    """Read a file; delimiter, encoding, header names and the order of day and month are detected.

    ``told`` are cells that every row has, in columns that the file lacks.

    Raises:
        Rejected: nothing in the file can be read, or it lacks columns that every row needs.
    """
    grid = read_grid(data)
    headers, columns = find_columns(grid, layout, told)
    named = [
        (line, {column: cells[header] for column, header in headers.items()}) for line, cells in grid.rows
    ]
    cells_of_rows = [cells for _, cells in named]
    for cells in cells_of_rows if told else ():
        cells.update(told)
    write_iso_dates(cells_of_rows, columns.intersection(layout.dates))
    layout.adapt(cells_of_rows, headers)
    checked = [check_cells(line, layout.complete(cells), layout, headers) for line, cells in named]
    return Sheet(
        rows=tuple(each.row for each in checked if each.row is not None),
        rejected=(*map(to_bad_row, grid.ragged), *(bad for each in checked for bad in each.bad)),
        columns=columns,
        ignored_columns=tuple(name for name in grid.header if name and name not in headers.values()),
        mentioned=frozenset(each.mentions for each in checked if each.mentions),
        unreadable=len(grid.ragged) + sum(not each.mentions for each in checked),
    )


def find_columns(grid: Grid, layout: Layout[R], told: Cells) -> tuple[dict[str, str], frozenset[str]]:
    """The file's headers by column, and the columns that a row has, with those that the sender tells.

    Raises:
        Rejected: a column that every row needs is missing, or one is told twice.
    """
    needed = {name: info.is_required() for name, info in layout.row.model_fields.items() if name != "line"}
    matched = leave_to_sender(match_columns(grid.header, [*needed, *layout.also]), told)
    headers = {column: header for header, column in matched.items()}
    columns = needed.keys() & layout.complete(dict.fromkeys([*headers, *told], ""))
    missing = [name for name in needed if needed[name] and name not in columns]
    refuse_missing_columns(missing, grid, layout.options)
    refuse_doubled_columns([name for name in matched if grid.header.count(name) > 1])
    return headers, frozenset(columns)


def leave_to_sender(matched: Mapping[str, str], told: Cells) -> dict[str, str]:
    """The headers and their columns without fallbacks for what the sender tells.

    Raises:
        Rejected: the sender tells what a column of the file tells too.
    """
    for header, column in matched.items():
        if column in told and plain(header) not in DIVISION_FALLBACKS:
            raise Rejected(
                code="column_told_twice",
                message=f"The file tells the {column} of each row in its column {header}.",
                fix=f"Leave the option {column} out, or the column.",
            )
    return {header: column for header, column in matched.items() if column not in told}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked(Generic[R]):
    """A row that is good, or its bad cells; ``mentions`` is its employee_id, "" if that cannot be read."""

    row: R | None
    bad: Sequence[BadRow]
    mentions: str


def check_cells(line: int, cells: Cells, layout: Layout[R], headers: Headers) -> Checked[R]:
    """Check one row, cell by cell and then its cells together."""
    found = check_row(line, cells, layout.row)
    bad = (
        [to_bad_row(cell) for cell in found]
        if isinstance(found, list)
        else layout.check(found, cells, headers)
    )
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


def refuse_missing_columns(missing: Sequence[str], grid: Grid, options: Mapping[str, str]) -> None:
    """Columns that every row needs stand in the header, by their own name or by that of a usual export."""
    if missing:
        else_told = "".join(f" Or {options[name]}." for name in missing if name in options)
        raise Rejected(
            code="missing_columns",
            message=f"The file has no column for {', '.join(missing)}.",
            fix=f"Name them in the header, which has: {', '.join(grid.header)}.{else_told}",
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
