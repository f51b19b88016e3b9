"""Spreadsheets in: delimiters, encodings, quoting, and every bad cell."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from plumbline.cli.exact import ExactNumber
from plumbline.cli.spreadsheet import (
    BadCell,
    BadSpreadsheetError,
    Flag,
    IsoDate,
    Name,
    Row,
    load_rows,
    parse_grid,
    parse_iso_date,
    read_rows,
)


class Line(Row):
    id: Name
    amount: ExactNumber
    on: IsoDate | None = None
    open: Flag = False


def write(tmp_path: Path, data: str | bytes) -> str:
    file = tmp_path / "in.csv"
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    return str(file)


def bad_places(tmp_path: Path, data: str) -> list[tuple[int, str]]:
    with pytest.raises(BadSpreadsheetError) as error:
        read_rows(write(tmp_path, data), Line)
    return [(cell.line, cell.column) for cell in error.value.cells]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_delimiter_mark_and_line_ends_are_detected(
    tmp_path: Path, delimiter: str, mark: str, newline: str
) -> None:
    rows = [["amount", "id", "on", "open"], ["1.50", '"a, b; c|d"', "2026-07-14", "TRUE"]]
    text = mark + newline.join(delimiter.join(cells) for cells in rows) + newline
    assert read_rows(write(tmp_path, text), Line) == [
        Line(line=2, id="a, b; c|d", amount="1.50", on=date(2026, 7, 14), open=True)  # pyright: ignore[reportArgumentType] - read as a cell is
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_detected(tmp_path: Path, encoding: str) -> None:
    text = "id,amount\nZoë Müller façade,1\n"
    assert read_rows(write(tmp_path, text.encode(encoding)), Line)[0].id == "Zoë Müller façade"


def test_delimiters_inside_quoted_header_cells_do_not_count(tmp_path: Path) -> None:
    text = '\n"a,b,c,d";id;amount\nx;1;2\n'
    assert read_rows(write(tmp_path, text), Line)[0].id == "1"


def test_lines_are_counted_through_quoted_line_ends_and_empty_lines(tmp_path: Path) -> None:
    assert bad_places(tmp_path, 'id,amount\n"a\nb",1\n\nc,x\n') == [(5, "amount")]


def test_a_row_that_is_too_long_is_bad_and_one_that_is_too_short_is_filled_up(tmp_path: Path) -> None:
    assert bad_places(tmp_path, "id,amount,on\na,1,,9\nb\n") == [(2, "(row)"), (3, "amount")]


def test_broken_quotes_are_named_by_line() -> None:
    with pytest.raises(BadSpreadsheetError) as error:
        parse_grid('id,amount\na,1\n"b,2\n')
    assert [cell.column for cell in error.value.cells] == ["(row)"]
    assert error.value.cells[0].line == 3


def test_missing_and_double_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadSpreadsheetError) as error:
        read_rows(write(tmp_path, "amount,amount\n1,2\n"), Line)
    assert [cell.allowed for cell in error.value.cells] == [
        "column id is missing",
        "column amount stands there twice",
    ]


def test_an_empty_file_lacks_its_columns(tmp_path: Path) -> None:
    assert bad_places(tmp_path, "") == [(1, "(header)"), (1, "(header)")]


def test_repeats_and_checks_across_rows_are_listed_with_bad_cells(tmp_path: Path) -> None:
    def check(rows: Sequence[Line]) -> list[BadCell]:
        return [
            BadCell(line=row.line, column="on", value="", allowed="a date") for row in rows if row.on is None
        ]

    text = "id,amount,on\na,1,\na,2,2026-01-01\nb,x,\n"
    with pytest.raises(BadSpreadsheetError) as error:
        read_rows(write(tmp_path, text), Line, unique="id", check=check)
    assert [(cell.line, cell.column) for cell in error.value.cells] == [(2, "on"), (3, "id"), (4, "amount")]


def test_a_command_leaves_with_status_two_and_names_value_and_what_is_allowed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        load_rows(write(tmp_path, "id,amount,open\na,1,yes\n"), Line)
    assert left.value.code == 2
    assert capsys.readouterr().err == "line 2, column open: 'yes' cannot be used; allowed: true or false\n"


@pytest.mark.parametrize(
    "text", ["20260714", "2026-7-14", "2026-02-30", "2026-W01-1", "1752451200", "", "2026-07-14T00:00"]
)
def test_only_a_calendar_date_is_a_date(text: str) -> None:
    with pytest.raises(ValueError, match="date"):
        parse_iso_date(text)


def test_a_repeated_id_is_listed_once_even_if_one_of_its_rows_is_bad_elsewhere(tmp_path: Path) -> None:
    text = "id,amount\na,x\na,1\na,2\nb,1\n b ,y\n,1\n"
    with pytest.raises(BadSpreadsheetError) as error:
        read_rows(write(tmp_path, text), Line, unique="id")
    found = [(cell.line, cell.column) for cell in error.value.cells]
    assert found.count((3, "id")) == found.count((4, "id")) == found.count((6, "id")) == 1
    assert [cell.allowed for cell in error.value.cells if cell.line == 6 and cell.column == "id"] == [
        "each id once; it stands on line 5 already"
    ]
