"""``plumbline calc bonus``: what individual and team multipliers pay on a base."""

from fractions import Fraction
from typing import Annotated

import typer
from pydantic import ValidationInfo, field_validator

from outcomes.domain.policy import BonusPolicy
from outcomes.domain.rules import bonus_amount, bonus_multiplier, decimal_text, explain_bonus, to_minor_units
from outcomes.domain.rules.bonus import BONUS_RULE_VERSION, BonusInputs
from outcomes.domain.rules.wording import decimals_of
from outcomes.inbound.cells import CurrencyCode, Flag, Identifier, NotNegative, minor_units
from outcomes.inbound.options import AsJson, Spreadsheet, option_number, refuse_option
from plumbline.cli.answers import print_json, print_table
from plumbline.cli.commands import Commands
from plumbline.cli.exact import decimal12, exact
from plumbline.cli.spreadsheet import Row, load_rows


class BonusRow(Row):
    """One person: base, target percent, the two multipliers (1 = target), whether the team met its threshold."""

    employee_id: Identifier
    currency: CurrencyCode
    base: NotNegative
    target_percent: NotNegative
    individual: NotNegative
    team: NotNegative
    team_met: Flag

    @field_validator("base")
    @classmethod
    def fits_the_currency(cls, base: Fraction, info: ValidationInfo) -> Fraction:
        """No more decimals than the currency has."""
        minor_units(base, info.data.get("currency"))
        return base

    def to_domain(self) -> BonusInputs:
        """The row in minor units."""
        return BonusInputs(
            employee_id=self.employee_id,
            currency=self.currency,
            base=to_minor_units(self.base, self.currency),
            target_percent=self.target_percent,
            individual=self.individual,
            team=self.team,
            team_met=self.team_met,
        )


def register_bonus(commands: Commands) -> None:
    """Add ``plumbline calc bonus``."""
    commands.calc.command("bonus")(bonus)


def bonus(
    file: Spreadsheet,
    weight_individual: Annotated[
        str, typer.Option("--weight-individual", help="Weight of the individual multiplier.")
    ] = "0.7",
    weight_team: Annotated[str, typer.Option("--weight-team", help="Weight of the team multiplier.")] = "0.3",
    cap: Annotated[str, typer.Option("--cap", help="The most that the weighted sum may be.")] = "1.5",
    as_json: AsJson = False,
) -> None:
    """Bonus: base × target % × min(cap, weighted individual and team multiplier)."""
    policy = bonus_policy_of(weight_individual, weight_team, cap)
    results = [
        bonus_cells(row.to_domain(), policy) for row in load_rows(file, BonusRow, unique="employee_id")
    ]
    if as_json:
        print_json({"rule_version": BONUS_RULE_VERSION, "results": results})
        return
    columns = ("employee_id", "currency", "multiplier", "bonus")
    own, shared = decimals_of(policy.weight_individual), decimals_of(policy.weight_team)
    sentence = f"Bonus = base × target % × the smaller of {cap} and {own} × individual + {shared} × team."
    print_table("Bonus", results, columns=columns, sentence=sentence)


def bonus_policy_of(weight_individual: str, weight_team: str, cap: str) -> BonusPolicy:
    """The weights and the cap as given; weights sum to 1, or to 100 when they are percentages."""
    individual = option_number("--weight-individual", weight_individual)
    team = option_number("--weight-team", weight_team)
    whole = individual + team
    if whole not in (1, 100):
        allowed = "two weights that sum to 1 (0.7 and 0.3), or to 100 as percentages"
        refuse_option(
            "--weight-individual and --weight-team", f"{weight_individual} and {weight_team}", allowed
        )
    return BonusPolicy(
        weight_individual=individual / whole, weight_team=team / whole, cap=option_number("--cap", cap)
    )


def bonus_cells(inputs: BonusInputs, policy: BonusPolicy) -> dict[str, object]:
    """One person's multiplier, bonus, and how they came about."""
    multiplier = bonus_multiplier(
        individual=inputs.individual, team=inputs.team, team_met=inputs.team_met, policy=policy
    )
    amount = bonus_amount(base=inputs.base, target_percent=inputs.target_percent, multiplier=multiplier)
    return {
        "employee_id": inputs.employee_id,
        "currency": inputs.currency,
        "multiplier": decimal12(multiplier),
        "multiplier_exact": exact(multiplier),
        "bonus": decimal_text(amount, inputs.currency),
        "steps": list(explain_bonus(inputs, policy)),
    }
