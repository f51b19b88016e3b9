"""Merit: from frozen inputs to guideline and floor in minor units, then base increase and lump sum."""

from datetime import date
from fractions import Fraction
from typing import NamedTuple

from outcomes.domain.policy import MeritPolicy, SalaryRange
from outcomes.domain.rules.eligibility import counted_days, days_of_year, hired_by_the_cut_off
from outcomes.domain.rules.money import half_up
from outcomes.domain.rules.position import range_quartile

MERIT_RULE_VERSION = "merit.1"
NOT_HIRED_BY_CUT_OFF = "hired_after_cut_off"
NO_SALARY_RANGE = "no_salary_range"
NO_PAY_RECORD = "no_pay_record"
MERIT_HAD = "merit_had"


class MeritInputs(NamedTuple):
    """Everything that merit depends on, as it was when the rating was finalized.

    ``salary`` is annual, full-time and in minor units of ``currency``; ``fte`` from above 0 to 1; leave in
    calendar days of the year: ``unpaid_leave_days`` are those that no law protects. ``merit_had``: another cycle of
    the year decided this person's merit, whatever came of it.
    """

    employee_id: str
    rating: int
    currency: str
    salary: int
    fte: Fraction
    salary_range: SalaryRange | None
    hire_date: date
    year: int
    unpaid_leave_days: int = 0
    protected_leave_days: int = 0
    merit_had: bool = False


class MeritRecommendation(NamedTuple):
    """Guideline and floor in minor units of money paid, and what they came from.

    ``refusal`` is None for an eligible person, else why there is no merit; then both amounts are 0.
    """

    employee_id: str
    refusal: str | None
    quartile: int | None
    guideline_percent: Fraction
    floor_percent: Fraction
    counted_days: int
    days_of_year: int
    guideline: int
    floor: int

    @property
    def eligible(self) -> bool:
        """Whether the person takes part in the pool."""
        return self.refusal is None

    @property
    def proration(self) -> Fraction:
        """The share of the year that counts, from 0 to 1."""
        return Fraction(self.counted_days, self.days_of_year)


class MeritSplit(NamedTuple):
    """An award in minor units: what raises the base, what is paid once, and the new full-time salary."""

    award: int
    base_increase: int
    lump_sum: int
    new_salary: int


def merit_guideline_percent(policy: MeritPolicy, *, rating: int, quartile: int) -> Fraction:
    """The matrix: percent of the salary for a rating (1–5) in a quartile (1–4)."""
    return policy.matrix[rating][quartile - 1]


def merit_floor_percent(policy: MeritPolicy, *, rating: int, quartile: int) -> Fraction:
    """The least percent that a budget may leave; never above the guideline."""
    floor, guideline = (
        policy.floors[rating],
        merit_guideline_percent(policy, rating=rating, quartile=quartile),
    )
    below = floor.numerator * guideline.denominator < guideline.numerator * floor.denominator
    return floor if below else guideline


def merit_amount(*, salary: int, fte: Fraction, percent: Fraction, days: int, of_days: int) -> int:
    """salary × fte × % × proration, rounded half-up once, to the minor unit."""
    numerator = salary * fte.numerator * percent.numerator * days
    return half_up(numerator, fte.denominator * percent.denominator * 100 * of_days)


def recommend_merit(inputs: MeritInputs, policy: MeritPolicy) -> MeritRecommendation:
    """Guideline and floor of one person, before any budget; the same inputs give the same cents always."""
    days = counted_days(
        inputs.hire_date, year=inputs.year, unprotected_unpaid_leave_days=inputs.unpaid_leave_days
    )
    whole = days_of_year(inputs.year)
    place = inputs.salary_range
    quartile = None if place is None else range_quartile(inputs.salary, place)
    refusal = why_no_merit(inputs, policy)
    if refusal is not None or quartile is None:
        guideline_percent = floor_percent = Fraction(0)
    else:
        guideline_percent = merit_guideline_percent(policy, rating=inputs.rating, quartile=quartile)
        floor_percent = merit_floor_percent(policy, rating=inputs.rating, quartile=quartile)
    salary, fte = inputs.salary, inputs.fte
    return MeritRecommendation(
        employee_id=inputs.employee_id,
        refusal=refusal,
        quartile=quartile,
        guideline_percent=guideline_percent,
        floor_percent=floor_percent,
        counted_days=days,
        days_of_year=whole,
        guideline=merit_amount(salary=salary, fte=fte, percent=guideline_percent, days=days, of_days=whole),
        floor=merit_amount(salary=salary, fte=fte, percent=floor_percent, days=days, of_days=whole),
    )


def why_no_merit(inputs: MeritInputs, policy: MeritPolicy) -> str | None:
    """None for an eligible person; else ``merit_had``, ``hired_after_cut_off`` or ``no_salary_range``."""
    if inputs.merit_had:
        return MERIT_HAD
    if not hired_by_the_cut_off(inputs.hire_date, year=inputs.year, cut_off=policy.hire_cut_off):
        return NOT_HIRED_BY_CUT_OFF
    return NO_SALARY_RANGE if inputs.salary_range is None else None


def split_at_range_maximum(inputs: MeritInputs, award: int) -> MeritSplit:
    """Base up to the range maximum, the rest a lump sum; above the maximum all of it is a lump sum.

    The room up to the maximum is a full-time amount: × fte it is the most that the paid base may rise, rounded
    down so that no base passes the maximum. The new salary is full-time again: + base increase / fte, half-up.
    """
    maximum = None if inputs.salary_range is None else inputs.salary_range.maximum
    return split_award(award, salary=inputs.salary, fte=inputs.fte, maximum=maximum)


def split_award(award: int, *, salary: int, fte: Fraction, maximum: int | None) -> MeritSplit:
    """``split_at_range_maximum`` of amounts: the full-time salary and the range's maximum, None without a range."""
    whole, of = fte.numerator, fte.denominator
    room = 0 if maximum is None else max(0, maximum - salary)
    base = min(award, room * whole // of)
    return MeritSplit(award, base, award - base, salary + half_up(base * of, whole))
