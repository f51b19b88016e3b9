"""``plumbline calc merit``: guideline, floor, award and new salary of everyone in a file."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Annotated

import typer
from pydantic import ValidationInfo, field_validator

from outcomes.domain.errors import Rejected
from outcomes.domain.policy import MeritPolicy, SalaryRange
from outcomes.domain.rules import (
    merit_pool,
    one_pool_per_currency,
    salary_range_of,
    to_minor_units,
)
from outcomes.domain.rules.merit import MeritInputs
from outcomes.domain.rules.pool import MeritPool
from outcomes.domain.rules.position import RangeKey
from outcomes.inbound.cells import (
    CurrencyCode,
    Days,
    Fte,
    Identifier,
    IsoDate,
    NotNegative,
    Rating,
    minor_units,
)
from outcomes.inbound.merit_answer import merit_answer, print_merit, refusal_sentences, write_awards
from outcomes.inbound.options import AsJson, Spreadsheet, option_number, refuse_option, refuse_rule
from outcomes.inbound.policy_file import merit_policy, salary_ranges
from outcomes.inbound.policy_reader import ReadPolicy, load_policy
from plumbline.cli.answers import print_json
from plumbline.cli.commands import Commands
from plumbline.cli.spreadsheet import BAD_INPUT, BadCell, Row, errors, load_rows, refuse

FIRST_YEAR, LAST_YEAR = 1900, 9998


class MeritRow(Row):
    """One person: the annual full-time salary, the final rating, and what proration needs."""

    employee_id: Identifier
    level: Identifier
    location: Identifier
    currency: CurrencyCode
    salary: NotNegative
    rating: Rating
    hire_date: IsoDate
    unpaid_leave_days: Days
    protected_leave_days: Days
    fte: Fte = Fraction(1)

    @field_validator("salary")
    @classmethod
    def fits_the_currency(cls, salary: Fraction, info: ValidationInfo) -> Fraction:
        """No more decimals than the currency has."""
        minor_units(salary, info.data.get("currency"))
        return salary

    def to_domain(self, ranges: Mapping[RangeKey, SalaryRange], year: int) -> MeritInputs:
        """The row in minor units, with the salary range that the policy has for it."""
        place = salary_range_of(ranges, level=self.level, location=self.location, currency=self.currency)
        return MeritInputs(
            employee_id=self.employee_id,
            rating=self.rating,
            currency=self.currency,
            salary=to_minor_units(self.salary, self.currency),
            fte=self.fte,
            salary_range=place,
            hire_date=self.hire_date,
            year=year,
            unpaid_leave_days=self.unpaid_leave_days,
            protected_leave_days=self.protected_leave_days,
        )


def register_merit(commands: Commands) -> None:
    """Add ``plumbline calc merit``."""
    commands.calc.command("merit")(merit)


def merit(
    file: Spreadsheet,
    policy: Annotated[
        str, typer.Option("--policy", metavar="POLICY.toml", help="Matrix, floors and ranges.")
    ],
    year: Annotated[int, typer.Option("--year", min=FIRST_YEAR, max=LAST_YEAR, help="The merit year.")],
    budget: Annotated[str | None, typer.Option("--budget", help="The pool's budget, an amount.")] = None,
    budget_percent: Annotated[
        str | None, typer.Option("--budget-percent", help="Percent of the eligible, unprorated payroll.")
    ] = None,
    out: Annotated[str | None, typer.Option("--out", metavar="FILE.csv", help="Write the awards.")] = None,
    as_json: AsJson = False,
) -> None:
    """Merit awards: guideline by rating and quartile, floor, proration, budget, split at the range maximum."""
    if budget is not None and budget_percent is not None:
        refuse_option("--budget", budget, "either --budget or --budget-percent, not both")
    rules, people = load_merit(file, load_policy(policy), year)
    try:
        pools = share_pools(people, rules, budget=budget, budget_percent=budget_percent)
    except Rejected as refused:
        refuse_rule(refused)
    answer = merit_answer(people, pools, rules)
    sentences = refusal_sentences(pools)
    if out is not None and not sentences:
        try:
            write_awards(out, answer)
        except OSError as error:
            refuse_option("--out", out, f"a file that can be written ({error.strerror or error})")
    print_json(answer) if as_json else print_merit(answer)
    if sentences:
        errors.print("\n".join(sentences))
        raise SystemExit(BAD_INPUT)


def load_merit(file: str, read: ReadPolicy, year: int) -> tuple[MeritPolicy, list[MeritInputs]]:
    """The policy and the people of a file; whoever has no salary range is reported like a bad cell."""
    rules, ranges = merit_policy(read.file), salary_ranges(read.file)
    if rules is None:
        refuse_option("--policy", read.file.version, "a policy file with a table [merit]")
    rows = load_rows(file, MeritRow, unique="employee_id")
    people = [row.to_domain(ranges, year) for row in rows]
    without_range = [
        BadCell(
            line=row.line,
            column="level",
            value=f"{row.level}, {row.location}, {row.currency}",
            allowed="a level, location and currency for which the policy has a salary range",
        )
        for row, person in zip(rows, people, strict=True)
        if person.salary_range is None
    ]
    if without_range:
        refuse(without_range)
    return rules, people


def share_pools(
    people: Sequence[MeritInputs], rules: MeritPolicy, *, budget: str | None, budget_percent: str | None
) -> list[MeritPool]:
    """One pool a currency; an amount serves one pool only, since it is in one currency.

    Raises:
        Rejected: the amount does not suit the pools.
    """
    pools = one_pool_per_currency(people)
    percent = None if budget_percent is None else option_number("--budget-percent", budget_percent)
    if budget is None:
        return [merit_pool(pool, rules, budget_percent=percent) for pool in pools]
    currencies = [pool[0].currency for pool in pools]
    if len(currencies) != 1:
        allowed = "--budget-percent, or a file with one currency; this one has " + (
            ", ".join(currencies) or "none"
        )
        refuse_option("--budget", budget, allowed)
    amount = to_minor_units(option_number("--budget", budget), currencies[0])
    return [merit_pool(pools[0], rules, budget=amount)]
