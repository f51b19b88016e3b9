"""Why an award is what it is: the arithmetic of merit, one line a step."""

from fractions import Fraction

from outcomes.domain.policy import MeritPolicy
from outcomes.domain.rules.eligibility import employed_days
from outcomes.domain.rules.merit import (
    MERIT_HAD,
    NO_SALARY_RANGE,
    NOT_HIRED_BY_CUT_OFF,
    MeritInputs,
    MeritRecommendation,
    MeritSplit,
)
from outcomes.domain.rules.money import decimal_text
from outcomes.domain.rules.position import range_penetration
from outcomes.domain.rules.wording import decimals_of


def explain_merit(
    inputs: MeritInputs,
    policy: MeritPolicy,
    recommendation: MeritRecommendation,
    *,
    factor: Fraction | None,
    split: MeritSplit | None,
) -> tuple[str, ...]:
    """The steps from inputs to new salary; without factor and split, to guideline and floor (provisional)."""
    cut_off = f"{inputs.year}-{policy.hire_cut_off.month:02}-{policy.hire_cut_off.day:02}"
    steps = [f"hired {inputs.hire_date}, cut-off {cut_off}: {verdict(recommendation)}"]
    if not recommendation.eligible:
        return tuple(steps)
    steps += [*position_steps(inputs, recommendation), *amount_steps(inputs, recommendation)]
    if factor is not None and split is not None:
        steps += award_steps(inputs, recommendation, factor, split)
    return tuple(steps)


def verdict(recommendation: MeritRecommendation) -> str:
    """Eligible, or why not, in words."""
    if recommendation.refusal == NOT_HIRED_BY_CUT_OFF:
        return "not eligible this year"
    if recommendation.refusal == MERIT_HAD:
        return "no merit, another cycle of this year decided about this person's"
    if recommendation.refusal == NO_SALARY_RANGE:
        return "no merit, the policy has no salary range for this level, location and currency"
    return "eligible"


def position_steps(inputs: MeritInputs, recommendation: MeritRecommendation) -> list[str]:
    """Penetration, quartile, and what the matrix says there."""
    place = inputs.salary_range
    if place is None:
        return []
    salary, low, high = (
        decimal_text(amount, inputs.currency) for amount in (inputs.salary, place.minimum, place.maximum)
    )
    penetration = range_penetration(inputs.salary, place)
    return [
        f"penetration ({salary} − {low}) / ({high} − {low}) = {penetration}: quartile {recommendation.quartile}",
        f"rating {inputs.rating} in quartile {recommendation.quartile}: "
        f"guideline {decimals_of(recommendation.guideline_percent)} %, "
        f"floor {decimals_of(recommendation.floor_percent)} %",
    ]


def amount_steps(inputs: MeritInputs, recommendation: MeritRecommendation) -> list[str]:
    """Proration, then guideline and floor by the same product."""
    employed = employed_days(inputs.hire_date, year=inputs.year)
    counted, whole = recommendation.counted_days, recommendation.days_of_year
    protected = inputs.protected_leave_days
    aside = f" ({protected} days of protected leave do not reduce it)" if protected else ""
    salary = decimal_text(inputs.salary, inputs.currency)
    amounts = (
        ("guideline", recommendation.guideline_percent, recommendation.guideline),
        ("floor", recommendation.floor_percent, recommendation.floor),
    )
    return [
        f"proration ({employed} days employed − {inputs.unpaid_leave_days} days of unpaid leave) / {whole} days "
        f"= {Fraction(counted, whole)}{aside}",
        *(
            f"{name} {salary} × {decimals_of(inputs.fte)} × {decimals_of(percent)} % × {recommendation.proration} "
            f"= {decimal_text(amount, inputs.currency)}"
            for name, percent, amount in amounts
        ),
    ]


def award_steps(
    inputs: MeritInputs, recommendation: MeritRecommendation, factor: Fraction, split: MeritSplit
) -> list[str]:
    """The share of the budget, the split at the range maximum, the new full-time salary."""
    span = recommendation.guideline - recommendation.floor
    handed_out = split.award - recommendation.floor - span * factor.numerator // factor.denominator
    aside = ", one minor unit of it by largest remainder" if handed_out else ""
    guideline, floor, award, base, lump, before, after = (
        decimal_text(amount, inputs.currency)
        for amount in (
            recommendation.guideline,
            recommendation.floor,
            split.award,
            split.base_increase,
            split.lump_sum,
            inputs.salary,
            split.new_salary,
        )
    )
    return [
        f"award {floor} + {factor} × ({guideline} − {floor}) = {award}{aside}",
        f"split at the range maximum: base increase {base}, lump sum {lump}",
        f"new salary {before} + {base} / {decimals_of(inputs.fte)} = {after}",
    ]
