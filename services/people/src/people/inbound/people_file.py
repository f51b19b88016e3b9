"""A people file: the columns that it may have and what each cell may hold."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator

from people.domain.person import BadRow, Entry, File, Person, Status
from people.inbound.cells import (
    Amount,
    CurrencyCode,
    Email,
    Filled,
    Gender,
    Id,
    Percent,
    Roles,
    Share,
    Text,
    parse_status,
)
from people.inbound.spreadsheets import read_sheet
from plumbline.cli.spreadsheet import IsoDate, Row

_PARTS = ("first_name", "last_name")
_DATES = ("hire_date", "birth_date")
_EARLIEST_BIRTH = date(1900, 1, 1)


class PersonRow(Row):
    """A row of a people file; ``salary`` is annual and for full time."""

    employee_id: Id
    name: Filled
    email: Email = ""
    manager_id: Id | None = None
    dotted_line_manager_id: Id | None = None
    division: Filled
    department: Filled
    team: Text = ""
    level: Text = ""
    job_family: Text = ""
    location: Text = ""
    hire_date: IsoDate
    gender: Gender = None
    birth_date: IsoDate | None = None
    salary: Amount | None = None
    currency: CurrencyCode | None = None
    fte: Share = Decimal(1)
    bonus_target_percent: Percent = Decimal(0)
    roles: Roles = ()
    status: Annotated[Status, BeforeValidator(parse_status)] = "active"


def read_people(data: bytes) -> File:
    """Read a people file.

    Raises:
        Rejected: nothing in the file can be read, or it lacks columns that every row needs.
    """
    sheet = read_sheet(data, PersonRow, dates=_DATES, also=_PARTS, complete=join_name, check=check_together)
    renamed = {"person_id" if name == "employee_id" else name for name in sheet.columns}
    return File(
        entries=tuple(Entry(line=row.line, person=to_person(row)) for row in sheet.rows),
        rejected=sheet.rejected,
        columns=frozenset(renamed),
        ignored_columns=sheet.ignored_columns,
        mentioned=sheet.mentioned,
        unreadable=sheet.unreadable,
    )


def join_name(cells: Mapping[str, str]) -> Mapping[str, str]:
    """A name in two columns becomes one, where the file has no column for the whole."""
    if "name" in cells or not all(part in cells for part in _PARTS):
        return cells
    return {**cells, "name": " ".join(cells[part].strip() for part in _PARTS).strip()}


def check_together(row: PersonRow) -> list[BadRow]:
    """What only shows across the cells of one row."""
    bad: list[BadRow] = []
    if row.salary is not None and row.currency is None:
        fix = "Write the currency of the salary, for example USD."
        bad.append(BadRow(line=row.line, column="currency", value="", fix=fix))
    if row.birth_date is not None and not _EARLIEST_BIRTH <= row.birth_date < row.hire_date:
        fix = f"Write a date from {_EARLIEST_BIRTH} on and before the hire date {row.hire_date}."
        bad.append(BadRow(line=row.line, column="birth_date", value=str(row.birth_date), fix=fix))
    return bad


def to_person(row: PersonRow) -> Person:
    """The row as the domain knows it."""
    return Person(
        person_id=row.employee_id,
        name=row.name,
        email=row.email,
        manager_id=row.manager_id,
        dotted_line_manager_id=row.dotted_line_manager_id,
        division=row.division,
        department=row.department,
        team=row.team,
        level=row.level,
        job_family=row.job_family,
        location=row.location,
        hire_date=row.hire_date,
        status=row.status,
        roles=row.roles,
        gender=row.gender,
        birth_date=row.birth_date,
        salary=row.salary,
        currency=row.currency if row.salary is not None else None,
        fte=row.fte,
        bonus_target_percent=row.bonus_target_percent,
    )
