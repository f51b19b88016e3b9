"""Files as HRIS systems export them: encodings, delimiters, header names and bad cells."""

from datetime import date
from decimal import Decimal

import pytest

from people.domain.errors import Rejected
from people.inbound.columns import match_columns, plain
from people.inbound.leave_file import read_leave
from people.inbound.people_file import read_people

HEAD = "employee_id,name,division,department,hire_date"
ROW = "E1,Zoë Groß,Engineering,Payments,2020-05-04"


def bad_cells(text: str) -> list[tuple[int, str, str]]:
    return [(row.line, row.column, row.value) for row in read_people(text.encode()).rejected]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_and_delimiter_are_detected(encoding: str, delimiter: str) -> None:
    text = f"{HEAD}\r\n{ROW}\r\n".replace(",", delimiter)
    (entry,) = read_people(text.encode(encoding)).entries
    assert (entry.line, entry.person.name, entry.person.division) == (2, "Zoë Groß", "Engineering")


BAMBOOHR = "Employee #,First Name,Last Name,Work Email,Supervisor EID,Division,Department,Hire Date,Birth Date,Gender"
WORKDAY = (
    "Employee ID,Worker,Email - Work,Manager ID,Business Unit,Cost Center,Hire Date,Date of Birth,Gender"
)
ADP = (
    "Associate ID,Payroll Name,Work Contact: Work Email,Reports To Associate ID,Business Unit Description,"
    "Home Department Description,Hire Date,Birth Date,Gender (Self-ID)"
)


@pytest.mark.parametrize(
    ("header", "name"), [(BAMBOOHR, "Jane,Doe"), (WORKDAY, "Jane Doe"), (ADP, "Jane Doe")]
)
def test_usual_exports_are_understood(header: str, name: str) -> None:
    row = f"E1,{name},jane@example.com,E0,Engineering,Payments,2020-05-04,1990-02-03,Female"
    file = read_people(f"{header}\n{row}\n".encode())
    assert (file.rejected, file.ignored_columns) == ((), ())
    told = file.entries[0].person
    assert (told.person_id, told.name, told.email, told.manager_id) == (
        "E1",
        "Jane Doe",
        "jane@example.com",
        "E0",
    )
    assert (told.division, told.department, told.hire_date) == (
        "Engineering",
        "Payments",
        date(2020, 5, 4),
    )
    assert (told.gender, told.birth_date) == ("female", date(1990, 2, 3))


def test_a_columns_own_name_comes_before_its_aliases_wherever_they_stand() -> None:
    matched = match_columns(["Worker", "Name", "Payroll Name"], ["name"])
    assert matched == {"Name": "name"}


def test_no_header_means_two_columns_of_a_people_file() -> None:
    from people.inbound.columns import ALIASES

    leave = {"starts_on", "ends_on", "unpaid", "protected"}
    names = [
        name for column, aliases in ALIASES.items() if column not in leave for name in (column, *aliases)
    ]
    assert len(names) == len(set(names))
    assert all(plain(name) == name for name in names)


def test_unknown_columns_are_ignored_and_named() -> None:
    file = read_people(f"{HEAD},shoe size\n{ROW},42\n".encode())
    assert (file.ignored_columns, len(file.entries)) == (("shoe size",), 1)


def test_columns_that_the_file_lacks_are_not_told() -> None:
    file = read_people(f"{HEAD}\n{ROW}\n".encode())
    assert file.columns == {"person_id", "name", "division", "department", "hire_date"}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("email", "jane at example"),
        ("manager_id", "two words"),
        ("level", "L4\x00"),
        ("gender", "x" * 201),
        ("birth_date", "03/02/1990"),
        ("birth_date", "02/30/1990"),
        ("birth_date", "2021-01-01"),
        ("salary", "182,000"),
        ("salary", "-1"),
        ("salary", "NaN"),
        ("currency", "US$"),
        ("fte", "0"),
        ("fte", "1.2"),
        ("fte", "NaN"),
        ("bonus_target_percent", "many"),
        ("roles", "payroll;boss"),
        ("status", "gone fishing"),
    ],
)
def test_a_bad_cell_is_named_with_its_line_and_a_fix(column: str, value: str) -> None:
    text = f'{HEAD},{column}\n{ROW},"{value}"\n'
    (row,) = read_people(text.encode()).rejected
    assert (row.line, row.column, row.value) == (2, column, value)
    assert row.fix.startswith("Write ")


def test_every_bad_cell_of_a_row_is_named() -> None:
    assert bad_cells(f"{HEAD}\n,,Engineering,Payments,soon\n") == [
        (2, "employee_id", ""),
        (2, "name", ""),
        (2, "hire_date", "soon"),
    ]


def test_a_salary_has_a_currency() -> None:
    assert bad_cells(f"{HEAD},salary,currency\n{ROW},100,\n") == [(2, "currency", "")]


@pytest.mark.parametrize("dates", ["7/14/2020,3/2/1990", "14.7.2020,02.03.1990", "14/07/2020,02/03/1990"])
def test_a_file_shows_by_its_own_dates_whether_day_or_month_comes_first(dates: str) -> None:
    head = "employee_id,name,division,department,hire_date,birth_date"
    told = read_people(f"{head}\nE1,Jane,x,y,{dates}\n".encode()).entries[0].person
    assert (told.hire_date, told.birth_date.month if told.birth_date else None) == (date(2020, 7, 14), 3)


@pytest.mark.parametrize("dates", ["04/05/2020,01/02/1990", "14/07/2020,07/14/1990"])
def test_dates_that_show_no_order_or_two_are_refused(dates: str) -> None:
    head = "employee_id,name,division,department,hire_date,birth_date"
    file = read_people(f"{head}\nE1,Jane,x,y,{dates}\n".encode())
    assert [row.column for row in file.rejected] == ["hire_date", "birth_date"]
    assert [row.value for row in file.rejected] == dates.split(",")


def test_shares_and_percentages_are_exact_with_or_without_the_sign() -> None:
    text = f"{HEAD},fte,bonus_target_percent,salary,currency\n{ROW},80%,12.5 %,182000.10,usd\n"
    told = read_people(text.encode()).entries[0].person
    assert (told.fte, told.bonus_target_percent) == (Decimal("0.8"), Decimal("12.5"))
    assert (told.salary, told.currency) == (Decimal("182000.10"), "USD")


def test_roles_are_joined_by_semicolons_and_sorted() -> None:
    text = f"{HEAD},roles\n{ROW},payroll; hr_partner:Engineering;payroll\n"
    assert read_people(text.encode()).entries[0].person.roles == ("hr_partner:Engineering", "payroll")


def test_what_a_person_declines_to_tell_is_not_told() -> None:
    text = f"{HEAD},gender\n{ROW},Prefer not to say\n"
    assert read_people(text.encode()).entries[0].person.gender is None


def test_rejected_rows_mention_their_people_and_rows_without_an_id_are_counted() -> None:
    file = read_people(f"{HEAD}\nE1,,x,y,2020-01-01\n?,n,x,y,2020-01-01\na,b,c,d,e,f\n".encode())
    assert (file.mentioned, file.unreadable, len(file.rejected)) == ({"E1"}, 2, 3)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "unreadable_file"),
        (f'{HEAD}\nE1,"Jane,Engineering\n', "unreadable_file"),
        ("employee_id,name\nE1,Jane\n", "missing_columns"),
        (f"{HEAD},name\n{ROW},Jane\n", "doubled_columns"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(text: str, code: str) -> None:
    with pytest.raises(Rejected, match=code):
        read_people(text.encode())


def test_a_leave_row_ends_on_its_first_day_or_later() -> None:
    head = "Employee ID,Leave Start,Leave End,unpaid,protected\n"
    file = read_leave(f"{head}E1,2026-01-05,2026-01-05,yes,no\nE1,2026-02-05,2026-02-04,1,0\n".encode())
    assert [(entry.span.unpaid, entry.span.protected) for entry in file.entries] == [(True, False)]
    assert [(row.line, row.column) for row in file.rejected] == [(3, "ends_on")]
