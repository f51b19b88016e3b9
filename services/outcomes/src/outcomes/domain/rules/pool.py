"""A merit pool computed once and as a whole: recommendations, the shared budget, the splits."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from outcomes.domain.errors import BudgetBelowFloors, Rejected
from outcomes.domain.policy import MeritPolicy
from outcomes.domain.rules.budget import Claim, SharedBudget, budget_from_percent, share_budget
from outcomes.domain.rules.merit import (
    MeritInputs,
    MeritRecommendation,
    MeritSplit,
    recommend_merit,
    split_at_range_maximum,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeritPool:
    """One pool of one currency: everybody's numbers in the order of the inputs; amounts in minor units.

    ``budget`` None: no limit. A budget below the floors refuses the pool: ``shortfall`` is above 0, and
    ``splits`` and ``factor`` are None.
    """

    currency: str
    inputs: tuple[MeritInputs, ...]
    recommendations: tuple[MeritRecommendation, ...]
    budget: int | None
    shortfall: int
    factor: Fraction | None
    splits: tuple[MeritSplit, ...] | None


def merit_pool(
    inputs: Sequence[MeritInputs],
    policy: MeritPolicy,
    *,
    budget: int | None = None,
    budget_percent: Fraction | None = None,
) -> MeritPool:
    """Recommend for everyone, share the budget, split each award at the range maximum.

    The budget is an amount in minor units, or a percentage of the eligible, unprorated payroll.

    Raises:
        Rejected: ``pool_empty``, ``pool_of_several_currencies``, ``employee_twice``, ``two_budgets``.
    """
    currency = currency_of_pool(inputs)
    if budget is not None and budget_percent is not None:
        raise Rejected("two_budgets", "a budget is an amount or a percentage of the payroll, not both")
    recommendations = tuple(recommend_merit(each, policy) for each in inputs)
    if budget_percent is not None:
        budget = budget_from_percent(budget_percent, eligible_payroll(inputs, recommendations))
    shared, shortfall = shared_or_short(recommendations, budget)
    return MeritPool(
        currency=currency,
        inputs=tuple(inputs),
        recommendations=recommendations,
        budget=budget,
        shortfall=shortfall,
        factor=None if shared is None else shared.factor,
        splits=None if shared is None else tuple(map(split_at_range_maximum, inputs, shared.awards)),
    )


def eligible_payroll(
    inputs: Iterable[MeritInputs], recommendations: Iterable[MeritRecommendation]
) -> Iterator[tuple[int, Fraction]]:
    """The annual full-time salary and the fte of each eligible person."""
    for each, recommended in zip(inputs, recommendations, strict=True):
        if recommended.eligible:
            yield each.salary, each.fte


def shared_or_short(
    recommendations: Iterable[MeritRecommendation], budget: int | None
) -> tuple[SharedBudget | None, int]:
    """The shared budget and no shortfall; or none, and what the budget lacks to cover the floors."""
    claims = [
        Claim(employee_id=each.employee_id, guideline=each.guideline, floor=each.floor)
        for each in recommendations
    ]
    try:
        return share_budget(claims, budget=budget), 0
    except BudgetBelowFloors as refused:
        return None, refused.shortfall


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
