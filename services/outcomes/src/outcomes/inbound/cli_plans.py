"""``plumbline calc plan-dates`` and ``plumbline calc pip-gate``."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, TypedDict

import typer
from pydantic import ValidationInfo, field_validator

from outcomes.domain.rules import missing_in_words, ninety_day_plan_dates, pip_dates, pip_gate
from outcomes.domain.rules.pip import PIP_CHECK_DAYS
from outcomes.domain.rules.pip_gate import (
    PIP_GATE_RULE_VERSION,
    Concern,
    GateProposal,
    ResourceOffer,
)
from outcomes.domain.rules.plans import PLAN_CHECK_DAYS, PLAN_DATES_RULE_VERSION
from outcomes.inbound.cells import Identifier, IsoDateOrNothing
from outcomes.inbound.options import AsJson, Spreadsheet, Start, option_date, refuse_option
from plumbline.cli.answers import print_json, print_table
from plumbline.cli.commands import Commands
from plumbline.cli.spreadsheet import Row, load_rows

ATTESTED_BY_OPTION = "--hr-attested"


class PlanKind(StrEnum):
    """A 90-day development plan, or a 60-day PIP."""

    PLAN = "plan"
    PIP = "pip"


class VerdictCells(TypedDict):
    """One person's verdict as it is printed."""

    employee_id: str
    allowed: bool
    route: str
    gap: str | None
    missing: list[str]
    reasons: list[str]
    evidence: dict[str, list[str]]


class ConcernRow(Row):
    """One concern and the help offered for its gap; a date stays empty where nothing happened.

    A person without any documented concern has one row with nothing but the id.
    """

    employee_id: Identifier
    gap: str
    occurred_on: IsoDateOrNothing
    recorded_on: IsoDateOrNothing
    delivered_on: IsoDateOrNothing
    acknowledged_on: IsoDateOrNothing
    resource_offered_on: IsoDateOrNothing
    refusal_witnessed_on: IsoDateOrNothing = None
    event_id: str = ""

    @field_validator("recorded_on", "delivered_on")
    @classmethod
    def not_before_it_happened(cls, day: date | None, info: ValidationInfo) -> date | None:
        """Nothing is recorded or delivered before it happened."""
        occurred = info.data.get("occurred_on")
        if day is not None and isinstance(occurred, date) and day < occurred:
            raise ValueError(f"a date on or after occurred_on, which is {occurred}")
        return day

    @field_validator("acknowledged_on", "refusal_witnessed_on")
    @classmethod
    def not_before_delivery(cls, day: date | None, info: ValidationInfo) -> date | None:
        """Nothing is acknowledged before it was delivered."""
        delivered = info.data.get("delivered_on")
        if day is not None and isinstance(delivered, date) and day < delivered:
            raise ValueError(f"a date on or after delivered_on, which is {delivered}")
        return day

    @property
    def cited(self) -> str:
        """The event's id, or the line on which it stands."""
        return self.event_id or f"line {self.line}"


def register_plans(commands: Commands) -> None:
    """Add ``plumbline calc plan-dates`` and ``plumbline calc pip-gate``."""
    commands.calc.command("plan-dates")(plan_dates)
    commands.calc.command("pip-gate")(gate)


def plan_dates(
    start: Start,
    kind: Annotated[PlanKind, typer.Option("--kind", help="A 90-day plan or a 60-day PIP.")],
    as_json: AsJson = False,
) -> None:
    """Plan dates: every checkpoint, the end, and the end when the plan is extended."""
    first = option_date("--start", start)
    is_plan = kind is PlanKind.PLAN
    try:
        timetable = ninety_day_plan_dates(first) if is_plan else pip_dates(first)
    except OverflowError:
        refuse_option("--start", start, "a day whose plan ends before the year 10000")
    days = PLAN_CHECK_DAYS if is_plan else PIP_CHECK_DAYS
    checkpoints, extension = [str(day) for day in timetable.checkpoints], timetable.extension_end
    extended = None if extension is None else str(extension)
    if as_json:
        answer = {
            "rule_version": PLAN_DATES_RULE_VERSION,
            "checkpoints": checkpoints,
            "checkpoint_days": list(days),
            "end": str(timetable.end),
            "extension_end": extended,
        }
        print_json(answer)
        return
    rows = [{"day": day, "date": on} for day, on in zip(days, checkpoints, strict=True)]
    extending = f"one extension ends on {extended}" if extended else "HR sets the length of an extension"
    sentence = f"Day n is the start plus n calendar days. It ends on {timetable.end}; {extending}."
    print_table(f"{kind} from {first}", rows, columns=("day", "date"), sentence=sentence)


def gate(
    file: Spreadsheet,
    proposed_on: Annotated[
        str, typer.Option("--proposed-on", metavar="DATE", help="The day of the proposal.")
    ],
    hr_attested: Annotated[
        bool, typer.Option("--hr-attested", help="HR attests: no accommodation, leave or complaint.")
    ] = False,
    cycle_start: Annotated[
        str | None, typer.Option("--cycle-start", metavar="DATE", help="Concerns before it do not count.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """PIP gate: whether the evidence allows a PIP, and which items are missing."""
    day = option_date("--proposed-on", proposed_on)
    since = None if cycle_start is None else option_date("--cycle-start", cycle_start)
    people: defaultdict[str, list[ConcernRow]] = defaultdict(list)
    for row in load_rows(file, ConcernRow):
        people[row.employee_id].append(row)
    employees = [
        verdict_cells(employee, proposal_of(rows, proposed_on=day, cycle_start=since, attested=hr_attested))
        for employee, rows in people.items()
    ]
    if as_json:
        print_json({"rule_version": PIP_GATE_RULE_VERSION, "employees": employees})
        return
    allowed = sum(each["allowed"] for each in employees)
    rows = [{**each, "missing": "\n".join(each["reasons"])} for each in employees]
    sentence = f"{allowed} of {len(employees)} proposals may go ahead; the others become a 90-day plan."
    print_table("PIP gate", rows, columns=("employee_id", "route", "gap", "missing"), sentence=sentence)


def proposal_of(
    rows: Sequence[ConcernRow], *, proposed_on: date, cycle_start: date | None, attested: bool
) -> GateProposal:
    """One person's rows as the proposal that the gate judges; a concern without its two dates is none."""
    return GateProposal(
        concerns=tuple(
            Concern(
                event_id=row.cited,
                gap=row.gap,
                occurred_on=row.occurred_on,
                recorded_on=row.recorded_on,
                delivered_on=row.delivered_on,
                acknowledged_on=row.acknowledged_on,
                refusal_witnessed_on=row.refusal_witnessed_on,
            )
            for row in rows
            if row.gap and row.occurred_on is not None and row.recorded_on is not None
        ),
        resources=tuple(
            ResourceOffer(event_id=row.cited, gap=row.gap, offered_on=row.resource_offered_on)
            for row in rows
            if row.gap and row.resource_offered_on is not None
        ),
        proposed_on=proposed_on,
        hr_attestation=ATTESTED_BY_OPTION if attested else None,
        cycle_start=cycle_start,
    )


def verdict_cells(employee: str, proposal: GateProposal) -> VerdictCells:
    """One person's verdict: the route, each missing item, and what the present ones cite."""
    verdict = pip_gate(proposal)
    return {
        "employee_id": employee,
        "allowed": verdict.allowed,
        "route": str(verdict.route),
        "gap": verdict.gap,
        "missing": [str(item) for item in verdict.missing],
        "reasons": list(missing_in_words(verdict)),
        "evidence": {str(item): list(ids) for item, ids in verdict.evidence.items() if ids},
    }
