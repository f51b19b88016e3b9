"""Read a spreadsheet into checked rows, and say where every bad cell is."""

import csv
import io
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

from charset_normalizer import from_bytes
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from rich.console import Console

errors = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
DELIMITERS = ",;\t|"
BAD_INPUT = 2
QUOTED = re.compile(r'"(?:[^"]|"")*"')


def parse_iso_date(value: object) -> date:
    """Read a date written year-month-day, and nothing that only looks like one (a number, a time, a week).

    Raises:
        ValueError: the text is no such date.
    """
    if isinstance(value, date):
        return value
    text = str(value).strip()
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError("a date as YYYY-MM-DD, for example 2026-07-14")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("a date that the calendar has, as YYYY-MM-DD") from None


def parse_name(value: object) -> str:
    """Read an id or a name, which is not empty.

    Raises:
        ValueError: the cell is empty.
    """
    text = str(value).strip()
    if not text:
        raise ValueError("a name or an id, not an empty cell")
    return text


def parse_flag(value: object) -> bool:
    """Read true or false, in any case.

    Raises:
        ValueError: the cell holds something else.
    """
    text = str(value).strip().lower()
    if text not in {"true", "false"}:
        raise ValueError("true or false")
    return text == "true"


IsoDate = Annotated[date, BeforeValidator(parse_iso_date)]
Name = Annotated[str, BeforeValidator(parse_name)]
Flag = Annotated[bool, BeforeValidator(parse_flag)]


class Row(BaseModel):
    """A row's columns and what each may hold; subclass it, one field a column, optional ones with a default.

    An empty cell of an optional column takes the default. ``line`` is the row's line in the file, from 1.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, str_strip_whitespace=True
    )
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BadCell:
    """One cell that cannot be used: where it is, what stands there and what is allowed."""

    line: int
    column: str
    value: str
    allowed: str


class BadSpreadsheetError(Exception):
    """The file has cells that cannot be used; ``cells`` lists every one of them."""

    def __init__(self, cells: Sequence[BadCell]) -> None:
        super().__init__(f"{len(cells)} cells cannot be used")
        self.cells = tuple(cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A file's header and its rows as text, each with the line on which it starts."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]
    ragged: tuple[BadCell, ...] = field(default=())


R = TypeVar("R", bound=Row)


def read_text(source: str) -> str:
    """Read a file (``-``: standard input) as text; the encoding and a byte-order mark are detected."""
    data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    return decode(data)


def decode(data: bytes) -> str:
    """Turn a file's bytes into text: UTF-8 (with or without a mark), UTF-16, else the likeliest encoding."""
    for encoding in ("utf-8-sig",) if not data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-16",):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            break
    best = from_bytes(data).best()
    return str(best) if best is not None else data.decode("cp1252", errors="replace")


def detect_delimiter(text: str) -> str:
    """The candidate that occurs most in the header (the first line with content), quoted cells aside."""
    header = QUOTED.sub("", text.lstrip("\r\n")).split("\n", 1)[0]
    return max(DELIMITERS, key=header.count)


def parse_grid(text: str, *, rename: Callable[[str], str] | None = None) -> Grid:
    """Split text into a header and rows, each row with the line on which it starts.

    Raises:
        BadSpreadsheetError: the quoting is broken, so that nothing after that line can be read.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=detect_delimiter(text), strict=True)
    header: tuple[str, ...] | None = None
    rows: list[tuple[int, Mapping[str, str]]] = []
    ragged: list[BadCell] = []
    end = 0
    try:
        for cells in reader:
            line, end = end + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = tuple((rename or str)(cell.strip().lower()) for cell in cells)
            elif len(cells) > len(header):
                extra = f"{len(header)} cells, as the header has"
                ragged.append(BadCell(line=line, column="(row)", value=f"{len(cells)} cells", allowed=extra))
            else:
                padding = [""] * (len(header) - len(cells))
                rows.append((line, dict(zip(header, [*cells, *padding], strict=True))))
    except csv.Error as error:
        broken = f"a cell whose quotes are closed and doubled inside ({error})"
        raise BadSpreadsheetError(
            [*ragged, BadCell(line=end + 1, column="(row)", value="", allowed=broken)]
        ) from None
    return Grid(header=header or (), rows=tuple(rows), ragged=tuple(ragged))


def check_header(grid: Grid, row: type[Row]) -> list[str]:
    """The columns that the rows need and the file lacks, or has twice: one sentence each."""
    fields = {name: info for name, info in row.model_fields.items() if name != "line"}
    missing = [
        f"column {name} is missing"
        for name, info in fields.items()
        if info.is_required() and name not in grid.header
    ]
    twice = [f"column {name} stands there twice" for name in fields if grid.header.count(name) > 1]
    return missing + twice


def check_row(line: int, cells: Mapping[str, str], row: type[R]) -> R | list[BadCell]:
    """One row, checked; or every cell of it that cannot be used."""
    optional = {name for name, info in row.model_fields.items() if not info.is_required()}
    values = {name: text for name, text in cells.items() if text.strip() or name not in optional}
    try:
        return row.model_validate({**values, "line": line})
    except ValidationError as error:
        return [
            BadCell(
                line=line,
                column=str(problem["loc"][0]) if problem["loc"] else "(row)",
                value=cells.get(str(problem["loc"][0]), "") if problem["loc"] else "",
                allowed=problem["msg"].removeprefix("Value error, "),
            )
            for problem in error.errors(include_url=False, include_input=False)
        ]


def read_rows(
    source: str,
    row: type[R],
    *,
    unique: str | None = None,
    check: Callable[[Sequence[R]], Sequence[BadCell]] | None = None,
) -> list[R]:
    """Every row of a file, checked; unknown columns are ignored with a notice on standard error.

    No two rows share a value of ``unique``; ``check`` sees all rows that are good on their own and adds what only
    shows across cells or rows, so that one run lists every bad cell.

    Raises:
        BadSpreadsheetError: columns are missing, or cells cannot be used; it lists all of them.
        OSError: the file cannot be read.
    """
    grid = parse_grid(read_text(source))
    problems = [
        BadCell(line=1, column="(header)", value="", allowed=problem) for problem in check_header(grid, row)
    ]
    if problems:
        raise BadSpreadsheetError(problems)
    unknown = [name for name in grid.header if name and name not in row.model_fields]
    if unknown:
        errors.print(f"Ignored columns: {', '.join(unknown)}")
    good: list[R] = []
    bad: list[BadCell] = list(grid.ragged)
    for line, cells in grid.rows:
        checked = check_row(line, cells, row)
        if isinstance(checked, list):
            bad.extend(checked)
        else:
            good.append(checked)
    if unique is not None:
        repeats = find_repeats(good, unique)
        listed = {cell.line for cell in repeats}
        among_bad = find_repeats_of_bad_rows(grid, good, unique)
        bad.extend([*repeats, *(cell for cell in among_bad if cell.line not in listed)])
    if check is not None:
        bad.extend(check(good))
    if bad:
        raise BadSpreadsheetError(sorted(bad, key=lambda cell: cell.line))
    return good


def find_repeats(rows: Sequence[Row], column: str) -> list[BadCell]:
    """Each row whose value in ``column`` stands on an earlier line already."""
    seen: dict[str, int] = {}
    repeats: list[BadCell] = []
    for row in rows:
        value = str(getattr(row, column))
        if value in seen:
            repeats.append(_repeat(row.line, column, value, seen[value]))
        seen.setdefault(value, row.line)
    return repeats


def find_repeats_of_bad_rows(grid: Grid, good: Sequence[Row], column: str) -> list[BadCell]:
    """Each row that shares its text in ``column`` with an earlier one, where one of the two is bad elsewhere."""
    fine = {row.line for row in good}
    seen: dict[str, int] = {}
    repeats: list[BadCell] = []
    for line, cells in grid.rows:
        value = cells.get(column, "").strip()
        before = seen.setdefault(value, line)
        if value and before != line and not {before, line} <= fine:
            repeats.append(_repeat(line, column, value, before))
    return repeats


def _repeat(line: int, column: str, value: str, before: int) -> BadCell:
    allowed = f"each {column} once; it stands on line {before} already"
    return BadCell(line=line, column=column, value=value, allowed=allowed)


def refuse(cells: Sequence[BadCell]) -> NoReturn:
    """Print every bad cell on standard error and leave with exit status 2."""
    for cell in cells:
        errors.print(
            f"line {cell.line}, column {cell.column}: {cell.value!r} cannot be used; allowed: {cell.allowed}"
        )
    raise SystemExit(BAD_INPUT)


def load_rows(
    source: str,
    row: type[R],
    *,
    unique: str | None = None,
    check: Callable[[Sequence[R]], Sequence[BadCell]] | None = None,
) -> list[R]:
    """``read_rows`` for a command: prints every bad cell and leaves with status 2 when there is one."""
    try:
        return read_rows(source, row, unique=unique, check=check)
    except BadSpreadsheetError as error:
        refuse(error.cells)
    except OSError as error:
        errors.print(f"{source}: {error.strerror or error}")
        raise SystemExit(BAD_INPUT) from None
