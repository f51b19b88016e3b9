"""Bonus: base × target % × the multiplier that goals earned."""

from dataclasses import dataclass
from fractions import Fraction

from outcomes.domain.policy import BonusPolicy
from outcomes.domain.rules.money import decimal_text, half_up
from outcomes.domain.rules.wording import decimals_of

BONUS_RULE_VERSION = "bonus.1"
INDIVIDUAL_CAP_WITHOUT_TEAM = Fraction(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BonusInputs:
    """``base`` in minor units, ``target_percent`` of 100, multipliers as the goals' payout gave them (1 = target).

    ``team_met`` is false when the team stayed below its threshold.
    """

    employee_id: str
    currency: str
    base: int
    target_percent: Fraction
    individual: Fraction
    team: Fraction
    team_met: bool


def bonus_multiplier(
    *, individual: Fraction, team: Fraction, team_met: bool, policy: BonusPolicy
) -> Fraction:
    """min(cap, w_ind × individual + w_team × team).

    A team below its threshold: the team part is 0 and the individual multiplier counts 1.0 at most. An
    individual multiplier of 0 pays nothing, whatever the team did.
    """
    if individual == 0:
        return Fraction(0)
    if not team_met:
        individual, team = min(individual, INDIVIDUAL_CAP_WITHOUT_TEAM), Fraction(0)
    return min(policy.cap, policy.weight_individual * individual + policy.weight_team * team)


def bonus_amount(*, base: int, target_percent: Fraction, multiplier: Fraction) -> int:
    """base × target % × multiplier in minor units, rounded half-up once."""
    numerator = base * target_percent.numerator * multiplier.numerator
    return half_up(numerator, 100 * target_percent.denominator * multiplier.denominator)


def explain_bonus(inputs: BonusInputs, policy: BonusPolicy) -> tuple[str, ...]:
    """The arithmetic of a bonus, one line a step."""
    multiplier = bonus_multiplier(
        individual=inputs.individual, team=inputs.team, team_met=inputs.team_met, policy=policy
    )
    amount = bonus_amount(base=inputs.base, target_percent=inputs.target_percent, multiplier=multiplier)
    base, paid = decimal_text(inputs.base, inputs.currency), decimal_text(amount, inputs.currency)
    return (
        *multiplier_steps(inputs, policy, multiplier),
        f"bonus {base} × {decimals_of(inputs.target_percent)} % × {decimals_of(multiplier)} = {paid}",
    )


def multiplier_steps(inputs: BonusInputs, policy: BonusPolicy, multiplier: Fraction) -> list[str]:
    """How the two multipliers became one."""
    if inputs.individual == 0:
        return ["individual multiplier 0: no bonus"]
    individual, team, steps = inputs.individual, inputs.team, list[str]()
    if not inputs.team_met:
        individual, team = min(individual, INDIVIDUAL_CAP_WITHOUT_TEAM), Fraction(0)
        counted = f"individual {decimals_of(inputs.individual)} counts {decimals_of(individual)}"
        steps.append(f"team below its threshold: team part 0, {counted}")
    own = f"{decimals_of(policy.weight_individual)} × {decimals_of(individual)}"
    shared = f"{decimals_of(policy.weight_team)} × {decimals_of(team)}"
    limited = f"min({decimals_of(policy.cap)}, {own} + {shared})"
    return [*steps, f"multiplier {limited} = {decimals_of(multiplier)}"]
