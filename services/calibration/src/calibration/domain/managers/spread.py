"""Sums within and between managers' teams, exact, from which the analyses of managers are built."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

ROOT_DIGITS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """One manager's team: ``n`` people, the mean of their values and the squares around that mean."""

    manager_id: str
    n: int
    mean: Fraction
    squares_within: Fraction


def gather_teams(values: Iterable[tuple[str, Fraction]]) -> tuple[Team, ...]:
    """Group (manager, value) pairs into teams, in the managers' alphabetical order."""
    teams: dict[str, list[Fraction]] = {}
    for manager_id, value in values:
        teams.setdefault(manager_id, []).append(value)
    return tuple(_team(manager_id, teams[manager_id]) for manager_id in sorted(teams))


def _team(manager_id: str, values: Sequence[Fraction]) -> Team:
    total = sum(values, Fraction(0))
    squares = sum((value * value for value in values), Fraction(0))
    return Team(
        manager_id=manager_id,
        n=len(values),
        mean=total / len(values),
        squares_within=squares - total * total / len(values),
    )


def mean_square_within(teams: Sequence[Team]) -> Fraction | None:
    """MSW = Σ squares within teams / (N − k); None when no team has two people."""
    freedom = sum(team.n - 1 for team in teams)
    if freedom == 0:
        return None
    return sum((team.squares_within for team in teams), Fraction(0)) / freedom


def mean_square_between(teams: Sequence[Team]) -> Fraction:
    """MSB = Σ nᵢ(ȳᵢ − ȳ)² / (k − 1), for at least two teams."""
    people = sum(team.n for team in teams)
    grand = sum((team.n * team.mean for team in teams), Fraction(0)) / people
    return sum((team.n * (team.mean - grand) ** 2 for team in teams), Fraction(0)) / (len(teams) - 1)


def effective_team_size(teams: Sequence[Team]) -> Fraction:
    """n0 = (N − Σnᵢ²/N) / (k − 1): the team size that stands for unequal ones (all equal: that size)."""
    people = sum(team.n for team in teams)
    return (people - Fraction(sum(team.n**2 for team in teams), people)) / (len(teams) - 1)


def square_root(value: Fraction) -> Decimal:
    """The square root of a rational that is not negative, to 30 significant digits."""
    with localcontext() as context:
        context.prec = ROOT_DIGITS
        return (Decimal(value.numerator) / Decimal(value.denominator)).sqrt()


def two_sided_normal_p(z_squared: Fraction) -> float:
    """P(|Z| ≥ z) of the standard normal distribution, from the exact z²."""
    return math.erfc(math.sqrt(z_squared / 2))


def holm_multiplicities(z_squared: Sequence[Fraction], *, alpha: float) -> list[int]:
    """By how many comparisons each case's interval is widened so that the intervals agree with Holm's steps.

    The most extreme of m cases is compared at α/m, the next at α/(m − 1) and so on; from the first case
    that does not reach its level on, every further one keeps that level, so that its interval contains 0
    exactly when Holm's procedure does not reject it.

    Source: Holm, S. (1979), A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6.
    """
    order = sorted(range(len(z_squared)), key=lambda index: -z_squared[index])
    multiplicities = [0] * len(z_squared)
    divisor = len(z_squared)
    stopped = False
    for place, index in enumerate(order):
        divisor = divisor if stopped else len(z_squared) - place
        multiplicities[index] = divisor
        stopped = stopped or two_sided_normal_p(z_squared[index]) > alpha / divisor
    return multiplicities
