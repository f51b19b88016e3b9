"""Gender and the top ratings by level: a conditional test over strata, and whether the levels agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from calibration.domain.checks.gender import (
    NO_REACH,
    bounds,
    compared_genders,
    gender_sizes,
    incomparable,
)
from calibration.domain.checks.people import Subjects
from calibration.domain.checks.results import Effect, Finding, LevelShown, number, shown_sizes
from calibration.domain.rules import (
    MINIMUM_GROUP,
    can_reach_significance,
    group_is_too_small,
    is_significant,
)
from calibration.domain.statistics.fisher import TwoByTwo
from calibration.domain.statistics.numbers import Real
from calibration.domain.statistics.stratified import heterogeneity, mantel_haenszel_odds, stratified_exact


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """The two largest genders' top box in every level."""

    names: tuple[str, str]
    tables: Mapping[str, TwoByTwo]

    @property
    def strata(self) -> list[TwoByTwo]:
        """The tables without their levels."""
        return list(self.tables.values())


def table_by_level(subjects: Subjects) -> Levels | None:
    """Count the favourable outcomes by level and gender; None without two genders of at least 5 people."""
    compared = compared_genders(gender_sizes(subjects))[:2]
    if len(compared) < 2:
        return None
    one, two = sorted(compared)
    counts: dict[str, dict[str, list[int]]] = {}
    for scored in subjects.scored:
        if scored.person.gender in compared:
            cell = counts.setdefault(scored.person.level, {one: [0, 0], two: [0, 0]})[scored.person.gender]
            cell[0] += subjects.is_favourable(scored.value)
            cell[1] += 1
    tables = {
        level: TwoByTwo(
            hits_1=groups[one][0],
            people_1=groups[one][1],
            hits_2=groups[two][0],
            people_2=groups[two][1],
        )
        for level, groups in sorted(counts.items())
    }
    return Levels(names=(one, two), tables=tables)


def check_gender_stratified(subjects: Subjects) -> list[Finding]:
    """Do two genders reach the top ratings alike within levels? Described, never a flag; unlike levels stay apart."""
    levels = table_by_level(subjects)
    if levels is None:
        return [incomparable("gender_stratified", "descriptive", subjects)]
    outcome = stratified_exact(levels.strata)
    differing = heterogeneity(levels.strata)
    apart = differing is not None and is_significant(differing.p_value, subjects.policy.alpha)
    effect = pooled_effect(levels.strata, apart=apart)
    reach = can_reach_significance(outcome.smallest, subjects.policy.alpha)
    return [
        Finding(
            check="gender_stratified",
            kind="descriptive",
            subject="all",
            summary=summarize(
                subjects, levels, effect, differing.p_value if differing else None, apart=apart
            ),
            method=f"{outcome.method}; {differing.method}" if differing else outcome.method,
            n={
                levels.names[0]: sum(table.people_1 for table in levels.strata),
                levels.names[1]: sum(table.people_2 for table in levels.strata),
            },
            statistic=outcome.statistic,
            effect=effect,
            p_value=outcome.p_value,
            heterogeneity_p=differing.p_value if differing else None,
            levels=show_levels(levels),
            reason=None if reach else NO_REACH,
        )
    ]


def pooled_effect(strata: Sequence[TwoByTwo], *, apart: bool) -> Effect:
    """The Mantel–Haenszel odds ratio of group 1 over group 2; levels that differ are not pooled."""
    name = "mantel_haenszel_odds_ratio"
    if apart:
        return Effect(name=name, value=None)
    pooled = mantel_haenszel_odds(strata)
    return Effect(name=name, value=pooled.value, interval=pooled.interval)


def summarize(
    subjects: Subjects, levels: Levels, effect: Effect, differing_p: Real | None, *, apart: bool
) -> str:
    """The pooled odds ratio, or that the levels are too different to pool."""
    who = f"{subjects.title} within levels, {levels.names[0]} against {levels.names[1]}"
    if apart:
        return f"{who}: the levels differ (p = {number(differing_p or 0)}), so they are not pooled; see each level."
    if effect.value is None:
        return f"{who}: no pooled odds ratio can be computed."
    return f"{who}: pooled odds ratio {number(effect.value)}{bounds(effect.interval)}."


def show_levels(levels: Levels) -> tuple[LevelShown, ...]:
    """Each level as it may be shown.

    A level with a group under 5 is suppressed; when it is the only one, the smallest of the others is suppressed with
    it, because the totals minus the rest would give it away.
    """
    sizes = {level: min(table.people_1, table.people_2) for level, table in levels.tables.items()}
    hidden = {level for level, smaller in sizes.items() if group_is_too_small(smaller)}
    if len(hidden) == 1 and len(sizes) > 1:
        hidden.add(min(sizes.keys() - hidden, key=lambda level: (sizes[level], level)))
    return tuple(
        LevelShown(
            level=level,
            n=dict.fromkeys(levels.names)
            if level in hidden
            else shown_sizes(
                dict(zip(levels.names, (table.people_1, table.people_2), strict=True)), MINIMUM_GROUP
            ),
            odds_ratio=None if level in hidden else odds_ratio(table),
        )
        for level, table in levels.tables.items()
    )


def odds_ratio(table: TwoByTwo) -> Fraction | None:
    """The odds of group 1 over the odds of group 2; None when a division by zero would be needed."""
    below = (table.people_1 - table.hits_1) * table.hits_2
    return Fraction(table.hits_1 * (table.people_2 - table.hits_2), below) if below else None
