"""A person as the HRIS knows one, and the groups of columns that are announced to different readers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Literal

Status = Literal["active", "on_leave", "left"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person; ``salary`` is the annual amount for full time, ``fte`` the share of full time (0 < fte <= 1).

    ``salary`` is None where the HRIS tells none; ``gender`` and ``birth_date`` likewise.
    """

    person_id: str
    name: str
    email: str = ""
    manager_id: str | None = None
    dotted_line_manager_id: str | None = None
    division: str
    department: str
    team: str = ""
    level: str = ""
    job_family: str = ""
    location: str = ""
    hire_date: date
    status: Status = "active"
    roles: tuple[str, ...] = ()
    gender: str | None = None
    birth_date: date | None = None
    salary: Decimal | None = None
    currency: str | None = None
    fte: Decimal = Decimal(1)
    bonus_target_percent: Decimal = Decimal(0)


POSITION = (
    "manager_id",
    "dotted_line_manager_id",
    "division",
    "department",
    "team",
    "level",
    "job_family",
    "location",
    "hire_date",
    "status",
    "roles",
)
DEMOGRAPHICS = ("gender", "birth_date")
PAY = ("salary", "currency", "fte", "bonus_target_percent")

Values = Callable[[Person], tuple[object, ...]]
position_of: Values = attrgetter(*POSITION)
demographics_of: Values = attrgetter(*DEMOGRAPHICS)
pay_of: Values = attrgetter(*PAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A readable row of a file: the line on which it starts and the person it tells of."""

    line: int
    person: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """Why a row does not go in: the line, the column, what stands there, and what would be accepted."""

    line: int
    column: str
    value: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file's rows: the readable ones, why others are not, and which columns of a person it tells at all.

    ``mentioned`` are the people of all rows, rejected ones too; ``unreadable`` counts rows that name nobody.
    """

    entries: tuple[Entry, ...]
    rejected: tuple[BadRow, ...]
    columns: frozenset[str]
    ignored_columns: tuple[str, ...]
    mentioned: frozenset[str]
    unreadable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A person who is new or differs from what is stored; the flags say which groups of columns differ."""

    person: Person
    new: bool
    position: bool
    demographics: bool
    pay: bool
