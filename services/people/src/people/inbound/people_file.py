"""A people file: the columns that it may have and what each cell may hold."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator

from people.domain.person import BadRow, Entry, File, Person, Status
from people.inbound.amounts import write_plain_amounts
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
from people.inbound.pay_period import PAY_PERIOD, check_pay_period, refuse_pay_without_period
from people.inbound.spreadsheets import NOTHING, Headers, Layout, read_sheet
from plumbline.cli.spreadsheet import IsoDate, Row
from plumbline.money import MOST_SALARY, brief, unusable_amount

_PARTS = ("first_name", "last_name")
_DATES = ("hire_date", "birth_date")
_OPTIONS = {
    "division": "say with --division NAME (query division=) to which one everybody in the file belongs",
    "currency": "say with --currency CODE (query currency=) in which one the whole file is",
}
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


def read_people(data: bytes, told: Mapping[str, str] = NOTHING) -> File:
    """Read a people file; ``told`` are the division and the currency of everybody, if the file has no such column.

    Raises:
        Rejected: nothing in the file can be read, or it lacks columns that every row needs.
    """
    sheet = read_sheet(data, LAYOUT, told=told)
    columns = {"person_id" if name == "employee_id" else name for name in sheet.columns}
    if any(row.salary is not None for row in sheet.rows):
        columns.add("currency")  # the amounts may tell it where no column does
    return File(
        entries=tuple(Entry(line=row.line, person=to_person(row)) for row in sheet.rows),
        rejected=sheet.rejected,
        columns=frozenset(columns),
        ignored_columns=sheet.ignored_columns,
        mentioned=sheet.mentioned,
        unreadable=sheet.unreadable,
    )


def join_name(cells: Mapping[str, str]) -> Mapping[str, str]:
    """A name in two columns becomes one, where the file has no column for the whole."""
    if "name" in cells or not all(part in cells for part in _PARTS):
        return cells
    return {**cells, "name": " ".join(cells[part].strip() for part in _PARTS).strip()}


def adapt_pay(rows: Sequence[dict[str, str]], headers: Headers) -> None:
    """Rewrite salaries as plain amounts.

    Raises:
        Rejected: nothing in the file tells of which period they are.
    """
    refuse_pay_without_period(headers)
    if "salary" in headers:
        write_plain_amounts(rows, "salary")


def check_together(row: PersonRow, cells: Mapping[str, str], headers: Headers) -> list[BadRow]:
    """What only shows across the cells of one row."""
    bad: list[BadRow] = []
    if row.salary is not None and not headers.keys().isdisjoint(PAY_PERIOD):
        bad += check_pay_period(row.line, cells, headers)
    if row.salary is not None and row.currency is None:
        fix = f"Write the currency of the salary, for example USD, or {_OPTIONS['currency']}."
        bad.append(BadRow(line=row.line, column="currency", value="", fix=fix))
    if row.salary is not None and row.currency is not None:
        bad += _check_salary(row.line, row.salary, row.currency)
    if row.birth_date is not None and not _EARLIEST_BIRTH <= row.birth_date < row.hire_date:
        fix = f"Write a date from {_EARLIEST_BIRTH} on and before the hire date {row.hire_date}."
        bad.append(BadRow(line=row.line, column="birth_date", value=str(row.birth_date), fix=fix))
    return bad


def _check_salary(line: int, salary: Decimal, currency: str) -> list[BadRow]:
    found = unusable_amount(salary, currency, most=MOST_SALARY)
    if found is None:
        return []
    fix = f"{found.fix[0].upper()}{found.fix[1:]}."
    return [BadRow(line=line, column="salary", value=brief(salary), fix=fix)]


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


LAYOUT = Layout(
    row=PersonRow,
    dates=_DATES,
    also=(*_PARTS, *PAY_PERIOD),
    complete=join_name,
    adapt=adapt_pay,
    check=check_together,
    options=_OPTIONS,
)
