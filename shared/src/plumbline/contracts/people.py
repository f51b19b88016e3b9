"""What the people service publishes: compacted state, one topic for each circle of readers."""

from datetime import date
from typing import ClassVar, Literal

from plumbline.contracts.event import Contract, Currency, DecimalText, Event
from plumbline.contracts.topics import DEMOGRAPHICS, LEAVE, PAY, PEOPLE, Topic


class PersonStateV1(Event):
    """Where a person stands in the organization; no name and no address."""

    TOPIC: ClassVar[Topic] = PEOPLE
    TYPE: ClassVar[str] = "pm.people.person.v1"
    KEY: ClassVar[str] = "person_id"

    person_id: str
    manager_id: str | None = None
    dotted_line_manager_id: str | None = None
    division: str
    department: str
    team: str
    level: str
    job_family: str = ""
    location: str = ""
    hire_date: date
    status: Literal["active", "on_leave", "left"] = "active"
    roles: tuple[str, ...] = ()


class DemographicsStateV1(Event):
    """What fairness checks need of a person; read by calibration and outcomes only."""

    TOPIC: ClassVar[Topic] = DEMOGRAPHICS
    TYPE: ClassVar[str] = "pm.people.demographics.v1"
    KEY: ClassVar[str] = "person_id"

    person_id: str
    gender: str | None = None
    birth_date: date | None = None


class PayStateV1(Event):
    """A person's pay: the annual full-time salary, and the share of full time worked (0 < fte <= 1)."""

    TOPIC: ClassVar[Topic] = PAY
    TYPE: ClassVar[str] = "pm.people.pay.v1"
    KEY: ClassVar[str] = "person_id"

    person_id: str
    salary: DecimalText
    currency: Currency
    fte: DecimalText
    bonus_target_percent: DecimalText


class LeaveSpanV1(Contract):
    """Days away, first and last day included; protected leave never reduces pay decisions."""

    starts_on: date
    ends_on: date
    unpaid: bool
    protected: bool


class LeaveStateV1(Event):
    """All of a person's recorded leave."""

    TOPIC: ClassVar[Topic] = LEAVE
    TYPE: ClassVar[str] = "pm.people.leave.v1"
    KEY: ClassVar[str] = "person_id"

    person_id: str
    spans: tuple[LeaveSpanV1, ...] = ()
