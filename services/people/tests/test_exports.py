"""Whole exports of BambooHR, Workday and ADP, with the field names of their reports."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pytest

from people.domain.errors import Rejected
from people.domain.person import File
from people.inbound.people_file import read_people


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """An export of Ada and of Jane, who reports to her: what is told beside it, and what cannot be used of it."""

    text: str
    told: dict[str, str] = field(default_factory=dict[str, str])
    ignored: tuple[str, ...] = ()


BAMBOOHR = Export(
    text="""Employee #,First Name,Last Name,Work Email,Reporting to,Supervisor ID,Supervisor EID,Job Title,Division,\
Department,Location,Hire Date,Birth Date,Gender,Status,Pay rate,Pay rate - Currency code,Pay type,Pay per,Pay schedule
101,Ada,Okafor,ada@example.com,,,,Vice President,Engineering,Payments,Berlin,03/02/2014,11/26/1962,Female,Active,\
"$420,000.00",USD,Salary,Year,Twice a month
102,Jane,Doe,jane@example.com,Ada Okafor,7,101,Engineer,Engineering,Payments,Berlin,05/04/2020,02/03/1990,Female,\
Active,"$182,000.00",USD,Salary,Year,Twice a month
""",
    ignored=("reporting to", "supervisor id", "job title", "pay schedule"),
)
WORKDAY = Export(
    text="""Employee ID,Legal Name,Email - Primary Work,Worker's Manager,Manager - Employee ID,Company,Cost Center,\
Supervisory Organization,Job Profile,Management Level,Location,Hire Date,Date of Birth,Gender,\
Total Base Pay Annualized - Amount,Total Base Pay Annualized - Currency,Total Base Pay Annualized - Frequency,FTE,\
Worker Status
101,Ada Okafor,ada@example.com,,,Engineering,Payments,Office,VP,L6,Berlin,2014-03-02,1962-11-26,Female,\
"420,000.00",USD,Annual,100%,Active
102,Jane Doe,jane@example.com,Ada Okafor,101,Engineering,Payments,Core,Engineer,L4,Berlin,2020-05-04,1990-02-03,\
Female,"182,000.00",USD,Annual,100%,Active
""",
    ignored=("worker's manager", "job profile"),
)
ADP = Export(
    text="""Associate ID (Employment Profile),Position ID (Employment Profile),Legal First Name (Personal Profile),\
Legal Last Name (Personal Profile),Work Contact: Work Email,Reports To Name,Reports To Position ID,\
Reports To Associate ID (Employment Profile),Business Unit Description,Home Department Description,\
Job Title Description,Location Description,Hire/Rehire Date,Birth Date (Personal Profile),\
Gender / Sex (Self-ID) (Personal Profile),Position Status,Regular Pay Rate Description,Pay Frequency,\
Annual Salary (Employment Profile - Pay Rates)
101,QX1000101,Ada,Okafor,ada@example.com,,,,Engineering,Payments,VP,Berlin,03/02/2014,11/26/1962,Female,Active,\
Salary,Biweekly,"$420,000.00"
102,QX1000102,Jane,Doe,jane@example.com,"Okafor, Ada",QX1000101,101,Engineering,Payments,Engineer,Berlin,05/04/2020,\
02/03/1990,Female,Active,Salary,Biweekly,"$182,000.00"
""",
    told={"currency": "USD"},
    ignored=(
        "position id (employment profile)",
        "reports to name",
        "reports to position id",
        "job title description",
    ),
)


def read(text: str, **told: str) -> File:
    return read_people(text.encode(), told)


@pytest.mark.parametrize("export", [BAMBOOHR, WORKDAY, ADP], ids=["bamboohr", "workday", "adp"])
def test_a_whole_export_is_understood(export: Export) -> None:
    file = read(export.text, **export.told)
    assert (file.rejected, file.ignored_columns) == ((), export.ignored)
    told = [
        (each.person_id, each.name, each.email, each.manager_id, each.hire_date, each.birth_date)
        for each in (entry.person for entry in file.entries)
    ]
    assert told == [
        ("101", "Ada Okafor", "ada@example.com", None, date(2014, 3, 2), date(1962, 11, 26)),
        ("102", "Jane Doe", "jane@example.com", "101", date(2020, 5, 4), date(1990, 2, 3)),
    ]
    people = [entry.person for entry in file.entries]
    assert {(each.division, each.department, each.location, each.gender, each.status) for each in people} == {
        ("Engineering", "Payments", "Berlin", "female", "active")
    }
    pay = [(each.salary, each.currency, each.fte) for each in people]
    assert pay == [(Decimal(420_000), "USD", 1), (Decimal(182_000), "USD", 1)]
    assert {"person_id", "name", "manager_id", "division", "salary", "currency"} <= file.columns


HEAD = "Employee ID,Legal Name,Cost Center,Hire Date"
ROW = "E1,Jane,Payments,2020-05-04"


@pytest.mark.parametrize(
    ("columns", "division"),
    [
        ({"Company": "Acme"}, "Acme"),
        ({"Company": "Acme", "Cost Center Hierarchy": "Research"}, "Research"),
        ({"Legal Entity": "Acme GmbH"}, "Acme GmbH"),
        ({"Company": "Acme", "Business Unit": "Payments"}, "Payments"),
    ],
)
def test_without_a_division_what_parts_the_company_is_taken(columns: dict[str, str], division: str) -> None:
    text = f"{HEAD},{','.join(columns)}\n{ROW},{','.join(columns.values())}\n"
    assert read(text).entries[0].person.division == division


def test_a_division_of_everybody_is_told_beside_a_file_that_has_none() -> None:
    with pytest.raises(Rejected) as refused:
        read(f"{HEAD}\n{ROW}\n")
    assert (refused.value.code, "--division NAME (query division=)" in refused.value.fix) == (
        "missing_columns",
        True,
    )
    file = read(f"{HEAD}\n{ROW}\n", division="Research")
    assert (file.entries[0].person.division, "division" in file.columns) == ("Research", True)


def test_the_told_division_comes_before_a_fallback_and_contradicts_a_column() -> None:
    told = read(f"{HEAD},Company\n{ROW},Acme\n", division="Research")
    assert (told.entries[0].person.division, told.ignored_columns) == ("Research", ("company",))
    with pytest.raises(Rejected, match="column_told_twice"):
        read(f"{HEAD},Business Unit\n{ROW},Acme\n", division="Research")


def test_another_missing_column_does_not_offer_the_option_of_divisions() -> None:
    with pytest.raises(Rejected) as refused:
        read("Employee ID,Legal Name,Division,Hire Date\nE1,Jane,x,2020-05-04\n")
    assert ("department" in refused.value.message, "--division" in refused.value.fix) == (True, False)


@pytest.mark.parametrize(
    ("header", "manager"),
    [
        ("Employee #,Supervisor ID,Supervisor EID", "C"),
        ("Employee ID,Supervisor ID,Supervisor EID", "B"),
        ("EEID,Supervisor ID,Supervisor EEID", "C"),
        ("Employee ID,Supervisor EEID,x", "B"),
        ("Position ID,Reports To Associate ID,Reports To Position ID", "C"),
        ("Associate ID,Reports To Associate ID,Reports To Position ID", "B"),
        ("Associate ID,Reports To Position ID,Reports To Name", None),
    ],
)
def test_a_managers_id_is_of_the_kind_of_the_employees(header: str, manager: str | None) -> None:
    file = read(f"{header},Name,Division,Department,Hire Date\nA,B,C,Jane,x,y,2020-05-04\n")
    assert (file.rejected, file.entries[0].person.manager_id) == ((), manager)
