"""What a check answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from calibration.domain.rules import State
from calibration.domain.statistics.numbers import UNBOUNDED, Interval, Real

Kind = Literal["test", "threshold", "descriptive"]
Family = Literal["confirmatory", "recency", "exploratory", "none"]
"""Which p-values are adjusted together: by Holm, exploratory ones by Benjamini–Hochberg."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """How large a difference is, with its 95 % interval; None is unknown or without bound."""

    name: str
    value: Real | None
    interval: Interval = UNBOUNDED


@dataclass(frozen=True, slots=True, kw_only=True)
class FourFifths:
    """The lower rate over the higher one; alone it never flags.

    ``unusual_in_fair`` is how often two groups of this size fall below 0.8 when chance alone decides.
    """

    ratio: Fraction | None
    below: bool
    unusual_in_fair: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelShown:
    """One stratum as it may be shown: group sizes under 5, and what could be derived from them, are None."""

    level: str
    n: Mapping[str, int | None]
    odds_ratio: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found before the p-values that are read together are adjusted.

    ``reason`` says why it cannot be judged. ``adjusts`` says whether it counts in its family: it can reach α.
    ``flags_if`` is the condition beside p (a test), or the breach itself (a threshold).
    """

    check: str
    kind: Kind
    subject: str
    summary: str
    method: str
    n: Mapping[str, int | None]
    family: Family = "none"
    statistic: Real | None = None
    effect: Effect | None = None
    p_value: Real | None = None
    p_mid: Fraction | None = None
    standard_error: float | None = None
    adjusts: bool = False
    flags_if: bool = True
    reason: str | None = None
    unusual_in_fair: Fraction | None = None
    four_fifths: FourFifths | None = None
    heterogeneity_p: Real | None = None
    levels: tuple[LevelShown, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """A check's answer for one subject (all, a team, a manager or an employee).

    ``n`` is people per group (events for recency), None where it is suppressed. ``p_adjusted`` is None outside a
    family. ``unusual_in_fair`` is how often a fair group of this size would breach a threshold. ``sentence`` is what
    a facilitator reads out.
    """

    check: str
    kind: Kind
    subject: str
    state: State
    statistic: Real | None
    effect: Effect | None
    p_value: Real | None
    p_mid: Fraction | None
    p_adjusted: Real | None
    standard_error: float | None
    n: Mapping[str, int | None]
    family: Family
    method: str
    method_version: str
    policy_version: str
    reason: str | None
    sentence: str
    unusual_in_fair: Fraction | None
    four_fifths: FourFifths | None
    heterogeneity_p: Real | None
    levels: tuple[LevelShown, ...]
    justified_by: str | None = None

    @property
    def p_exact(self) -> Fraction | None:
        """The p-value as a fraction where enumeration gave one."""
        return self.p_value if isinstance(self.p_value, Fraction) else None


def shown_sizes(sizes: Mapping[str, int], minimum: int) -> dict[str, int | None]:
    """People per group, those under the minimum suppressed."""
    return {group: people if people >= minimum else None for group, people in sizes.items()}


def number(value: Real) -> str:
    """A number in a sentence: three significant digits."""
    return f"{float(value):.3g}"
