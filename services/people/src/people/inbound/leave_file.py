"""A leave file: who was away from when to when, and whether that was unpaid or protected."""

from people.domain.leave import LeaveEntry, Span
from people.domain.person import BadRow
from people.inbound.cells import Id, YesNo
from people.inbound.spreadsheets import Cells, Headers, Layout, read_sheet
from people.usecases.import_leave import LeaveFile
from plumbline.cli.spreadsheet import IsoDate, Row


class LeaveRow(Row):
    """A row of a leave file: first and last day of a span, both included."""

    employee_id: Id
    starts_on: IsoDate
    ends_on: IsoDate
    unpaid: YesNo
    protected: YesNo


def read_leave(data: bytes) -> LeaveFile:
    """Read a leave file.

    Raises:
        Rejected: nothing in the file can be read, or it lacks columns that every row needs.
    """
    sheet = read_sheet(data, LAYOUT)
    return LeaveFile(
        entries=[
            LeaveEntry(
                line=row.line,
                person_id=row.employee_id,
                span=Span(
                    starts_on=row.starts_on,
                    ends_on=row.ends_on,
                    unpaid=row.unpaid,
                    protected=row.protected,
                ),
            )
            for row in sheet.rows
        ],
        rejected=sheet.rejected,
        mentioned=sheet.mentioned,
        ignored_columns=sheet.ignored_columns,
        unreadable=sheet.unreadable,
    )


def check_order(row: LeaveRow, _cells: Cells, _headers: Headers) -> list[BadRow]:
    """A span ends on its first day or later."""
    if row.ends_on >= row.starts_on:
        return []
    fix = f"Write the first day {row.starts_on} or a later one."
    return [BadRow(line=row.line, column="ends_on", value=str(row.ends_on), fix=fix)]


LAYOUT = Layout(row=LeaveRow, dates=("starts_on", "ends_on"), check=check_order)
