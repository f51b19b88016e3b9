"""Which managers rate differently from one cycle to the next, beyond what their teams' spread explains."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from calibration.domain.managers.spread import (
    Team,
    gather_teams,
    mean_square_within,
    square_root,
    two_sided_normal_p,
)
from calibration.domain.statistics.multiplicity import holm

RULE_VERSION = "drift-1"
METHOD = "difference of unshrunken means, normal z with each cycle's pooled mean square within teams"
FEWEST_PEOPLE = 5
LIMIT = Fraction("2.58")
LIMITATION = (
    "A team that changed, or a year that went differently, moves a mean as much as a stricter manager does."
)


class NotTwoCyclesError(ValueError):
    """The ratings are not from exactly two cycles; ``cycles`` are those found."""

    def __init__(self, cycles: Sequence[str]) -> None:
        super().__init__(f"exactly two cycles are compared, not {len(cycles)}")
        self.cycles = tuple(cycles)


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedInCycle:
    """One person's rating in one cycle, its manager, and what it was expected to be (0: no expectation)."""

    manager_id: str
    cycle: str
    rating: Fraction
    expected: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagerDrift:
    """One manager's change of mean, in rating points, later minus earlier cycle.

    ``shift``, ``z_squared`` and the p-values are None where the data do not suffice; ``reason`` says why.
    """

    manager_id: str
    state: Literal["insufficient_data", "flag", "clear"]
    reason: str | None
    n: tuple[int, int]
    shift: Fraction | None
    z_squared: Fraction | None
    p_value: float | None
    p_adjusted: float | None

    @property
    def z(self) -> Decimal | None:
        """The signed z; positive when the manager rates higher in the later cycle."""
        if self.z_squared is None or self.shift is None:
            return None
        return square_root(self.z_squared) * (-1 if self.shift < 0 else 1)

    @property
    def flag(self) -> bool:
        """Whether |z| > 2.58."""
        return self.state == "flag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """The two cycles, earlier first (by name), each one's MSW, and every manager of either."""

    cycles: tuple[str, str]
    msw: tuple[Fraction | None, Fraction | None]
    managers: tuple[ManagerDrift, ...]


def measure_drift(rated: Sequence[RatedInCycle]) -> Drift:
    """Each manager's z between two cycles: (ȳ₂ − ȳ₁)/√(MSW₁/n₁ + MSW₂/n₂), flagged at |z| > 2.58.

    Cycles are ordered by name. MSW is pooled over all teams of the cycle. A manager needs 5 people in both.
    p_adjusted is Holm's over the managers that could be judged, for reading beside the flag.

    Raises:
        NotTwoCyclesError: the rows are not from exactly two cycles.

    Source: the two-sample z on known variances, e.g. Casella & Berger (2002), Statistical Inference, ch. 8.
    """
    names = sorted({one.cycle for one in rated})
    if len(names) != 2:
        raise NotTwoCyclesError(names)
    sides = [
        gather_teams((one.manager_id, one.rating - one.expected) for one in rated if one.cycle == name)
        for name in names
    ]
    earlier, later = ({team.manager_id: team for team in side} for side in sides)
    msw = (mean_square_within(sides[0]), mean_square_within(sides[1]))
    judged = [
        _compare(manager_id, earlier.get(manager_id), later.get(manager_id), msw=msw)
        for manager_id in sorted(earlier.keys() | later.keys())
    ]
    return Drift(cycles=(names[0], names[1]), msw=msw, managers=_adjust(judged))


def _compare(
    manager_id: str, before: Team | None, after: Team | None, *, msw: tuple[Fraction | None, Fraction | None]
) -> ManagerDrift:
    n = (before.n if before else 0, after.n if after else 0)
    if before is None or after is None or min(n) < FEWEST_PEOPLE:
        return _insufficient(manager_id, n, f"fewer than {FEWEST_PEOPLE} rated people in a cycle")
    variance = (msw[0] or Fraction(0)) / before.n + (msw[1] or Fraction(0)) / after.n
    if not variance:
        return _insufficient(manager_id, n, "all ratings within each team are equal")
    shift = after.mean - before.mean
    z_squared = shift * shift / variance
    return ManagerDrift(
        manager_id=manager_id,
        state="flag" if z_squared > LIMIT**2 else "clear",
        reason=None,
        n=n,
        shift=shift,
        z_squared=z_squared,
        p_value=two_sided_normal_p(z_squared),
        p_adjusted=None,
    )


def _insufficient(manager_id: str, n: tuple[int, int], reason: str) -> ManagerDrift:
    return ManagerDrift(
        manager_id=manager_id,
        state="insufficient_data",
        reason=reason,
        n=n,
        shift=None,
        z_squared=None,
        p_value=None,
        p_adjusted=None,
    )


def _adjust(managers: Sequence[ManagerDrift]) -> tuple[ManagerDrift, ...]:
    judged = [manager for manager in managers if manager.p_value is not None]
    adjusted = holm([manager.p_value for manager in judged if manager.p_value is not None])
    by_manager = {manager.manager_id: float(p) for manager, p in zip(judged, adjusted, strict=True)}
    return tuple(replace(manager, p_adjusted=by_manager.get(manager.manager_id)) for manager in managers)
