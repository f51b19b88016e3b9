"""A pool's budget: shared between floor and guideline to the cent, or refused with the shortfall."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, Protocol

from outcomes.domain.errors import BudgetBelowFloors
from outcomes.domain.rules.money import round_half_up


class Claiming(Protocol):
    """What one person brings to a pool: guideline and floor, in minor units of the pool's one currency."""

    @property
    def employee_id(self) -> str:
        """Decides between equal remainders."""
        ...

    @property
    def guideline(self) -> int:
        """What the person receives without a limit."""
        ...

    @property
    def floor(self) -> int:
        """What the person receives at least."""
        ...


class Claim(NamedTuple):
    """A claim and nothing else."""

    employee_id: str
    guideline: int
    floor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedBudget:
    """The awards in minor units, in the order of the claims, and the factor f that led to them."""

    awards: tuple[int, ...]
    factor: Fraction


def share_budget(claims: Sequence[Claiming], *, budget: int | None) -> SharedBudget:
    """award = floor + f × (guideline − floor), with f = (B − Σfloor) / (Σguideline − Σfloor), at most 1.

    Rounded down; the remaining minor units go out by largest remainder, ties by employee id, so that the sum
    is min(B, Σguideline) exactly. ``budget`` None: no limit, everyone receives the guideline.

    Raises:
        BudgetBelowFloors: the budget is below Σfloor; it carries the shortfall.
    """
    guidelines, floors = sum(each.guideline for each in claims), sum(each.floor for each in claims)
    if budget is not None and budget < floors:
        raise BudgetBelowFloors(budget=budget, floors=floors)
    if budget is None or budget >= guidelines:
        return SharedBudget(awards=tuple(each.guideline for each in claims), factor=Fraction(1))
    spare, span = budget - floors, guidelines - floors
    parts = [divmod((each.guideline - each.floor) * spare, span) for each in claims]
    awards = [each.floor + whole for each, (whole, _) in zip(claims, parts, strict=True)]
    by_remainder = sorted(
        (-rest, each.employee_id, at) for at, (each, (_, rest)) in enumerate(zip(claims, parts, strict=True))
    )
    for _, _, at in by_remainder[: budget - sum(awards)]:
        awards[at] += 1
    return SharedBudget(awards=tuple(awards), factor=Fraction(spare, span))


def budget_from_percent(percent: Fraction, payroll: Iterable[tuple[int, Fraction]]) -> int:
    """A budget given as a percentage of the eligible payroll, in minor units, rounded half-up once.

    ``payroll`` has the annual full-time salary in minor units and the fte of each eligible person; time
    employed in the year and leave do not reduce it.
    """
    by_denominator: dict[int, int] = {}
    for salary, fte in payroll:
        whole, of = fte.as_integer_ratio()
        by_denominator[of] = by_denominator.get(of, 0) + salary * whole
    paid = sum((Fraction(amount, of) for of, amount in by_denominator.items()), Fraction(0))
    return round_half_up(paid * percent / 100)


def sessions_still_open(
    planned: Collection[str], *, finalized: Collection[str], excluded: Collection[str]
) -> tuple[str, ...]:
    """The planned sessions for which a pool still waits: neither finalized nor excluded by name.

    Awards stay provisional until none is left; then the pool is computed once, as a whole.
    """
    return tuple(sorted(set(planned) - set(finalized) - set(excluded)))


def drawn_from_reserve(*, spent: int, budget: int | None, reserve: int) -> int:
    """What upheld appeals drew from the reserve, in minor units: what the current awards ``spent`` beyond the budget, and
    no more than the reserve holds. Nobody else's award moves."""
    return 0 if budget is None else max(0, min(spent - budget, reserve))


def correction_over_budget(
    *, award: int, share: int, spent: int, budget: int | None, reserve: int = 0
) -> int | None:
    """By how many minor units its pool's current awards exceed budget and reserve, for a correction that pays more
    than the ``share`` that the pool gave; None when they do not, so that finance has no step.

    ``spent``: all current awards of the pool with the correction; ``budget`` None: no limit. ``reserve`` is that for
    appeals, 0 where none is named.
    """
    if budget is None or award <= share or spent <= budget + reserve:
        return None
    return spent - budget - reserve
