"""A merit pool computed once and as a whole: recommendations, the shared budget, the splits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from outcomes.domain.errors import BudgetBelowFloors, Rejected
from outcomes.domain.policy import MeritPolicy
from outcomes.domain.rules.budget import budget_from_percent, share_budget
from outcomes.domain.rules.merit import (
    MeritInputs,
    MeritRecommendation,
    MeritSplit,
    recommend_merit,
    split_award,
)


class Member(NamedTuple):
    """One person in a pool: what was recommended, and what the split needs; amounts in minor units.

    ``salary`` is annual and full-time; ``maximum`` is its range's, None without a range. Who is not ``eligible``
    has a guideline and a floor of 0.
    """

    employee_id: str
    eligible: bool
    guideline: int
    floor: int
    salary: int
    fte: Fraction
    maximum: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardedPool:
    """A pool's budget, and everybody's award in the order of the members; amounts in minor units.

    ``budget`` None: no limit. A budget below the floors refuses the pool: ``shortfall`` is above 0, and
    ``splits`` and ``factor`` are None.
    """

    budget: int | None
    shortfall: int
    factor: Fraction | None
    splits: tuple[MeritSplit, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeritPool(AwardedPool):
    """An awarded pool of one currency with what it was computed from, everybody in the order of the inputs."""

    currency: str
    inputs: tuple[MeritInputs, ...]
    recommendations: tuple[MeritRecommendation, ...]


def award_pool(
    members: Sequence[Member], *, budget: int | None = None, budget_percent: Fraction | None = None
) -> AwardedPool:
    """Share the budget, then split each award at the range maximum.

    The budget is an amount in minor units, or a percentage of the eligible, unprorated payroll.

    Raises:
        Rejected: ``two_budgets``.
    """
    if budget is not None and budget_percent is not None:
        raise Rejected("two_budgets", "a budget is an amount or a percentage of the payroll, not both")
    if budget_percent is not None:
        payroll = ((each.salary, each.fte) for each in members if each.eligible)
        budget = budget_from_percent(budget_percent, payroll)
    try:
        shared = share_budget(members, budget=budget)
    except BudgetBelowFloors as refused:
        return AwardedPool(budget=budget, shortfall=refused.shortfall, factor=None, splits=None)
    splits = [
        split_award(award, salary=each.salary, fte=each.fte, maximum=each.maximum)
        for each, award in zip(members, shared.awards, strict=True)
    ]
    return AwardedPool(budget=budget, shortfall=0, factor=shared.factor, splits=tuple(splits))


def award_at_factor(member: Member, factor: Fraction) -> MeritSplit:
    """A correction after the pool's award: floor + factor × (guideline − floor), rounded down, then split."""
    award = member.floor + factor.numerator * (member.guideline - member.floor) // factor.denominator
    return split_award(award, salary=member.salary, fte=member.fte, maximum=member.maximum)


def merit_pool(
    inputs: Sequence[MeritInputs],
    policy: MeritPolicy,
    *,
    budget: int | None = None,
    budget_percent: Fraction | None = None,
) -> MeritPool:
    """Recommend for everyone, then award the pool.

    Raises:
        Rejected: ``pool_empty``, ``pool_of_several_currencies``, ``employee_twice``, ``two_budgets``.
    """
    currency = currency_of_pool(inputs)
    recommendations = tuple(recommend_merit(each, policy) for each in inputs)
    members = [member_of(*pair) for pair in zip(inputs, recommendations, strict=True)]
    awarded = award_pool(members, budget=budget, budget_percent=budget_percent)
    return MeritPool(
        currency=currency,
        inputs=tuple(inputs),
        recommendations=recommendations,
        budget=awarded.budget,
        shortfall=awarded.shortfall,
        factor=awarded.factor,
        splits=awarded.splits,
    )


def member_of(inputs: MeritInputs, recommended: MeritRecommendation) -> Member:
    """What a pool needs to know of a person."""
    return Member(
        employee_id=inputs.employee_id,
        eligible=recommended.eligible,
        guideline=recommended.guideline,
        floor=recommended.floor,
        salary=inputs.salary,
        fte=inputs.fte,
        maximum=None if inputs.salary_range is None else inputs.salary_range.maximum,
    )


def currency_of_pool(inputs: Sequence[MeritInputs]) -> str:
    """The one currency of a pool in which nobody stands twice.

    Raises:
        Rejected: ``pool_empty``, ``pool_of_several_currencies``, ``employee_twice``.
    """
    currencies = sorted({each.currency for each in inputs})
    if not currencies:
        raise Rejected("pool_empty", "a pool has at least one person")
    if len(currencies) > 1:
        raise Rejected("pool_of_several_currencies", f"a pool has one currency, not {', '.join(currencies)}")
    if len({each.employee_id for each in inputs}) < len(inputs):
        raise Rejected("employee_twice", "a person stands in a pool once")
    return currencies[0]


def one_pool_per_currency(inputs: Iterable[MeritInputs]) -> tuple[tuple[MeritInputs, ...], ...]:
    """The people of each currency, currencies in alphabetical order, people in the order given."""
    pools: dict[str, list[MeritInputs]] = {}
    for each in inputs:
        pools.setdefault(each.currency, []).append(each)
    return tuple(tuple(pools[currency]) for currency in sorted(pools))
