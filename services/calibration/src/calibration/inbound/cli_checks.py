"""The checks command: every fairness check over a spreadsheet of rated people."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Annotated

import typer
from pydantic import BeforeValidator, StringConstraints

from calibration.domain.checks import CheckPolicy, CheckResult, Period, RatedPerson, run_checks
from calibration.inbound.check_answers import answer_checks
from calibration.inbound.cli_guideline import PolicyFile, load_policy
from plumbline.cli.answers import print_json, print_table
from plumbline.cli.exact import ExactNumber, parse_exact
from plumbline.cli.spreadsheet import BAD_INPUT, Row, errors, load_rows, parse_iso_date


class On(StrEnum):
    """Which number is checked."""

    PROPOSED = "proposed"
    FINAL = "final"
    CHANGE = "change"


def _read_tenure(value: object) -> Fraction | None:
    if value is None or str(value).strip() == "":
        return None
    months = parse_exact(value)
    if months < 0:
        raise ValueError("months of tenure from 0, for example 18 or 18.5; empty when unknown")
    return months


def _read_rating(value: object) -> int:
    if isinstance(value, int):
        return value
    text = str(value).strip()
    if text not in {"1", "2", "3", "4", "5"}:
        raise ValueError("a whole number from 1 to 5")
    return int(text)


def _read_dates(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return tuple(parse_iso_date(part) for part in value.split(";") if part.strip())
    except ValueError:
        raise ValueError("ISO dates joined by ;, for example 2026-04-02;2026-05-20") from None


Name = Annotated[str, StringConstraints(min_length=1)]
Rating = Annotated[int, BeforeValidator(_read_rating)]
Day = Annotated[str | None, typer.Option(metavar="DATE", help="A day of the reviewed period, as 2026-04-01.")]
Source = Annotated[str, typer.Argument(metavar="FILE.csv", help="The spreadsheet; - reads standard input.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
OnOption = Annotated[
    On, typer.Option("--on", help="Check proposed ratings, final ones, or the change between.")
]


class PersonRow(Row):
    """One rated person; manager, team, level, gender and tenure may be empty where they are not known."""

    employee_id: Name
    manager_id: str
    team: str
    level: str
    gender: str
    tenure_months: Annotated[Fraction | None, BeforeValidator(_read_tenure)]
    rating: Rating
    proposed_rating: Rating | None = None
    attainment: ExactNumber | None = None
    evidence_dates: Annotated[tuple[date, ...], BeforeValidator(_read_dates)] = ()

    def to_person(self) -> RatedPerson:
        """The row as the domain knows it."""
        return RatedPerson(
            employee_id=self.employee_id,
            manager_id=self.manager_id,
            team=self.team,
            level=self.level,
            gender=self.gender,
            tenure_months=self.tenure_months,
            rating=self.rating,
            proposed_rating=self.proposed_rating,
            evidence_dates=self.evidence_dates,
        )


def checks(
    file: Source,
    period_start: Day = None,
    period_end: Day = None,
    on: OnOption = On.FINAL,
    policy: PolicyFile = None,
    as_json: AsJson = False,
) -> None:
    """Run every fairness check of a calibration over rated people."""
    period = _read_period(period_start, period_end)
    chosen = _read_policy(policy)
    people = [row.to_person() for row in load_rows(file, PersonRow, unique="employee_id")]
    results = run_checks(people, period=period, policy=chosen, on=on.value)
    if as_json:
        print_json(answer_checks(results, on=on.value))
        return
    rows = show_results(results)
    columns = ("check", "subject", "state", "what_it_says")
    print_table(f"Checks on {on.value} ratings", rows, columns=columns, sentence=summarize(results))


def _read_policy(file: PolicyFile) -> CheckPolicy:
    text = load_policy(file)
    if text is None:
        return CheckPolicy()
    return CheckPolicy(
        version=text.version,
        guideline=text.read_guideline(),
        exceeds=text.checks.exceeds,
        minimum_service_days=text.checks.minimum_service_days,
    )


def _read_period(start: str | None, end: str | None) -> Period | None:
    if start is None and end is None:
        return None
    try:
        first, last = parse_iso_date(start or ""), parse_iso_date(end or "")
    except ValueError:
        first, last = date.max, date.min
    if first > last:
        errors.print(
            f"--period-start {start}, --period-end {end}: cannot be used; allowed: two ISO dates, the first not later"
        )
        raise SystemExit(BAD_INPUT)
    return Period(start=first, end=last)


def show_results(results: Sequence[CheckResult]) -> list[dict[str, object]]:
    """Checks over all people and every flag one by one; the cases without a flag counted in one row a check."""
    rows: list[dict[str, object]] = []
    for check in dict.fromkeys(result.check for result in results):
        found = [result for result in results if result.check == check]
        apart = [result for result in found if result.subject == "all" or result.state == "flag"]
        rows.extend(
            {"check": check, "subject": r.subject, "state": r.state, "what_it_says": r.sentence}
            for r in apart
        )
        rest = Counter(result.state for result in found if result.subject != "all" and result.state != "flag")
        rows.extend(
            {
                "check": check,
                "subject": f"{cases} {'case' if cases == 1 else 'cases'}",
                "state": state,
                "what_it_says": "see --json",
            }
            for state, cases in sorted(rest.items())
        )
    return rows


def summarize(results: Sequence[CheckResult]) -> str:
    """How many checks stand in which state, and what that means for finalizing."""
    states = Counter(result.state for result in results)
    counted = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    flags = (
        "Every flag needs a named justification before finalizing."
        if states["flag"]
        else "Nothing is flagged."
    )
    return f"{counted}. {flags} insufficient_data is never a green light."
