"""What a check answers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Literal

from calibration.domain.rules import State
from calibration.domain.statistics.numbers import UNBOUNDED, Interval, Real

Kind = Literal["test", "threshold", "descriptive"]
Family = Literal["confirmatory", "recency", "exploratory", "none"]
"""Which p-values are adjusted together: by Holm, exploratory ones by Benjamini–Hochberg."""
COMPARISONS = ("confirmatory", "exploratory")


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
    ``flags_if`` is the condition beside p (a test), or the breach itself (a threshold). Exactly the same holds of
    ``others``: whoever has as many events, as many of them recent, gets the same answer.
    """

    check: str
    kind: Kind
    subject: str
    summary: str
    method: str
    n: Mapping[str, int | None]
    others: tuple[str, ...] = ()
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
    a facilitator reads out. Exactly the same holds of ``others``, which ``run_checks`` never leaves together.
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
    others: tuple[str, ...] = ()
    justified_by: str | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        """Everybody of whom this holds."""
        return (self.subject, *self.others)

    @property
    def p_exact(self) -> Fraction | None:
        """The p-value as a fraction where enumeration gave one."""
        return self.p_value if isinstance(self.p_value, Fraction) else None


def each_subject(results: Iterable[CheckResult]) -> Iterator[tuple[str, CheckResult]]:
    """Every subject with its result, check by check; cases, teams and managers in alphabetical order."""
    for _, found in groupby(results, key=lambda result: result.check):
        pairs = [(subject, result) for result in found for subject in result.subjects]
        # Comparisons stand in the order in which they were made, the two largest groups first.
        yield from pairs if pairs[0][1].family in COMPARISONS else sorted(pairs, key=lambda pair: pair[0])


def shown_sizes(sizes: Mapping[str, int], minimum: int) -> dict[str, int | None]:
    """People per group, those under the minimum suppressed."""
    return {group: people if people >= minimum else None for group, people in sizes.items()}


def number(value: Real) -> str:
    """A number in a sentence: three significant digits."""
    return f"{float(value):.3g}"
