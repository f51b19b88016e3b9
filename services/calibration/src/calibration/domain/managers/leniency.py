"""Which managers rate above or below the others by more than their teams' spread explains."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from statistics import NormalDist
from typing import Literal

from calibration.domain.managers.spread import (
    Team,
    effective_team_size,
    gather_teams,
    holm_multiplicities,
    mean_square_between,
    mean_square_within,
    square_root,
    two_sided_normal_p,
)
from calibration.domain.statistics.multiplicity import holm

RULE_VERSION = "leniency-1"
METHOD = "one-way random effects, ANOVA method of moments, empirical Bayes shrinkage, Holm-adjusted intervals"
FEWEST_MANAGERS = 5
FEWEST_PEOPLE = 3
ALPHA = 0.05
LIMITATION = (
    "One rater per person cannot separate a lenient manager from a strong team: "
    "this is a question for the session and never adjusts a rating."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """One person's rating, the manager who gave it, and what it was expected to be (0: no expectation)."""

    manager_id: str
    rating: Fraction
    expected: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagerLeniency:
    """One manager's estimate, in rating points above (positive) or below the managers' common mean.

    ``mean`` is of rating − expected over ``n`` people; ``variance`` is the standard error squared;
    ``low`` and ``high`` are the Holm-adjusted 95 % interval.
    """

    manager_id: str
    n: int
    mean: Fraction
    shrinkage: Fraction
    estimate: Fraction
    variance: Fraction
    low: Decimal
    high: Decimal
    p_value: float
    p_adjusted: float
    flag: bool

    @property
    def standard_error(self) -> Decimal:
        """√(τ²(1 − B)), in rating points."""
        return square_root(self.variance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leniency:
    """The managers' spread. ``detectable`` is None where the data do not suffice, and ``reason`` says why."""

    state: Literal["insufficient_data", "flag", "clear"]
    reason: str | None
    mu: Fraction | None
    msw: Fraction | None
    msb: Fraction | None
    tau2: Fraction | None
    n0: Fraction | None
    detectable: bool | None
    managers: tuple[ManagerLeniency, ...]
    left_out: tuple[str, ...]


def expect_from_attainment(ratings: Sequence[Fraction], attainments: Sequence[Fraction]) -> list[Fraction]:
    """What each rating would be by goal attainment alone: one least-squares line pooled over all people.

    Attainments without any spread expect the mean rating of everyone.

    Raises:
        ValueError: the two sequences differ in length.
    """
    pairs = list(zip(ratings, attainments, strict=True))
    if not pairs:
        return []
    mean_rating = sum(ratings, Fraction(0)) / len(pairs)
    mean_attainment = sum(attainments, Fraction(0)) / len(pairs)
    spread = sum(((x - mean_attainment) ** 2 for x in attainments), Fraction(0))
    shared = sum(((y - mean_rating) * (x - mean_attainment) for y, x in pairs), Fraction(0))
    slope = shared / spread if spread else Fraction(0)
    return [mean_rating + slope * (x - mean_attainment) for x in attainments]


def estimate_leniency(rated: Sequence[Rated]) -> Leniency:
    """How far each manager's ratings lie from the managers' common mean, shrunken by what chance explains.

    Managers of fewer than 3 people are left out and named; at least 5 others are needed.
    τ² = 0 means that no difference is detectable; MSW = 0 that it cannot be judged.

    Source: Searle, Casella & McCulloch (1992), Variance Components, ch. 3 (ANOVA estimators, unbalanced one-way
    model) and ch. 7 (prediction of random effects); Holm (1979) for the adjustment.
    """
    everyone = gather_teams((one.manager_id, one.rating - one.expected) for one in rated)
    teams = tuple(team for team in everyone if team.n >= FEWEST_PEOPLE)
    left_out = tuple(team.manager_id for team in everyone if team.n < FEWEST_PEOPLE)
    if len(teams) < FEWEST_MANAGERS:
        reason = (
            f"{len(teams)} managers have {FEWEST_PEOPLE} or more rated people; {FEWEST_MANAGERS} are needed"
        )
        return _insufficient(reason, teams=(), left_out=left_out)
    msw = mean_square_within(teams)
    if not msw:
        return _insufficient("all ratings within each team are equal", teams=teams, left_out=left_out)
    msb, n0 = mean_square_between(teams), effective_team_size(teams)
    tau2 = max(Fraction(0), (msb - msw) / n0)
    mu = _common_mean(teams, tau2=tau2, msw=msw)
    managers = _judge_managers(teams, mu=mu, tau2=tau2, msw=msw)
    return Leniency(
        state="flag" if any(manager.flag for manager in managers) else "clear",
        reason=None if tau2 else "no detectable difference",
        mu=mu,
        msw=msw,
        msb=msb,
        tau2=tau2,
        n0=n0,
        detectable=tau2 > 0,
        managers=managers,
        left_out=left_out,
    )


def _insufficient(reason: str, *, teams: tuple[Team, ...], left_out: tuple[str, ...]) -> Leniency:
    return Leniency(
        state="insufficient_data",
        reason=reason,
        mu=None,
        msw=mean_square_within(teams),
        msb=mean_square_between(teams) if teams else None,
        tau2=None,
        n0=effective_team_size(teams) if teams else None,
        detectable=None,
        managers=(),
        left_out=left_out,
    )


def _common_mean(teams: Sequence[Team], *, tau2: Fraction, msw: Fraction) -> Fraction:
    """μ_GLS = Σ wᵢȳᵢ / Σ wᵢ with wᵢ = nᵢ/(nᵢτ² + MSW); teams of one size are summed first, to stay small."""
    sums: dict[int, tuple[int, Fraction]] = {}
    for team in teams:
        count, total = sums.get(team.n, (0, Fraction(0)))
        sums[team.n] = (count + 1, total + team.mean)
    weights = {n: n / (n * tau2 + msw) for n in sums}
    weighted = sum((weights[n] * total for n, (_, total) in sums.items()), Fraction(0))
    return weighted / sum((weights[n] * count for n, (count, _) in sums.items()), Fraction(0))


def _judge_managers(
    teams: Sequence[Team], *, mu: Fraction, tau2: Fraction, msw: Fraction
) -> tuple[ManagerLeniency, ...]:
    shrinkages = [team.n * tau2 / (team.n * tau2 + msw) for team in teams]
    estimates = [b * (team.mean - mu) for b, team in zip(shrinkages, teams, strict=True)]
    variances = [tau2 * (1 - b) for b in shrinkages]
    squares = [e * e / v if v else Fraction(0) for e, v in zip(estimates, variances, strict=True)]
    p_values = [two_sided_normal_p(square) for square in squares]
    p_adjusted = [float(p) for p in holm(p_values)]
    divisors = holm_multiplicities(squares, alpha=ALPHA)
    return tuple(
        _judge_manager(
            team,
            shrinkage=shrinkages[index],
            estimate=estimates[index],
            variance=variances[index],
            p_value=p_values[index],
            p_adjusted=p_adjusted[index],
            divisor=divisors[index],
        )
        for index, team in enumerate(teams)
    )


def _judge_manager(
    team: Team,
    *,
    shrinkage: Fraction,
    estimate: Fraction,
    variance: Fraction,
    p_value: float,
    p_adjusted: float,
    divisor: int,
) -> ManagerLeniency:
    quantile = Decimal(NormalDist().inv_cdf(1 - ALPHA / (2 * divisor)))
    centre = Decimal(estimate.numerator) / Decimal(estimate.denominator)
    half = quantile * square_root(variance)
    return ManagerLeniency(
        manager_id=team.manager_id,
        n=team.n,
        mean=team.mean,
        shrinkage=shrinkage,
        estimate=estimate,
        variance=variance,
        low=centre - half,
        high=centre + half,
        p_value=p_value,
        p_adjusted=p_adjusted,
        flag=variance > 0 and p_adjusted <= ALPHA,
    )
