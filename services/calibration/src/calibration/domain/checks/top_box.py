"""Gender and the top ratings: Fisher's exact test, with the four-fifths ratio beside it."""

from fractions import Fraction

from calibration.domain.checks.gender import NO_REACH, Comparison, bounds, compare_genders, incomparable
from calibration.domain.checks.people import Subjects
from calibration.domain.checks.results import Effect, Finding, FourFifths, number
from calibration.domain.rules import (
    can_reach_significance,
    impact_ratio,
    is_below_four_fifths,
    one_person_would_reverse,
)
from calibration.domain.statistics.fisher import TwoByTwo, fisher_exact
from calibration.domain.statistics.numbers import TestOutcome
from calibration.domain.statistics.rate_ratio import score_interval

ONE_PERSON = "moving one person to the other outcome would reverse which group is ahead"


def check_gender_top_box(subjects: Subjects) -> list[Finding]:
    """Do two genders reach the top ratings at the same rate? Fisher exact, with the four-fifths ratio beside it."""
    found = [top_box_finding(comparison, subjects) for comparison in compare_genders(subjects)]
    return found or [incomparable("gender_top_box", "test", subjects)]


def top_box_finding(comparison: Comparison, subjects: Subjects) -> Finding:
    """Fisher's exact test of two groups' rates; it flags only when their ratio is strictly below 0.8 as well."""
    table = comparison.top_box(subjects)
    outcome = fisher_exact(table)
    ratio, effect = impact_ratio(table), rate_ratio(table)
    reach = can_reach_significance(outcome.smallest, subjects.policy.alpha)
    return Finding(
        check="gender_top_box",
        kind="test",
        subject=comparison.subject,
        family=comparison.family,
        summary=top_box_summary(comparison, table, effect, subjects),
        method=f"{outcome.method}; Miettinen-Nurminen score interval",
        n=comparison.n,
        statistic=ratio,
        effect=effect,
        p_value=outcome.p_value,
        p_mid=outcome.mid,
        adjusts=reach,
        flags_if=is_below_four_fifths(ratio),
        reason=why_top_box_is_silent(table, outcome, reach=reach),
        four_fifths=FourFifths(
            ratio=ratio, below=is_below_four_fifths(ratio), unusual_in_fair=chance_below_four_fifths(table)
        ),
    )


def why_top_box_is_silent(table: TwoByTwo, outcome: TestOutcome, *, reach: bool) -> str | None:
    """Why the top box cannot be judged, or None."""
    if not reach:
        return NO_REACH if outcome.smallest < 1 else "everybody, or nobody, has the favourable outcome"
    return ONE_PERSON if one_person_would_reverse(table) else None


def rate_ratio(table: TwoByTwo) -> Effect:
    """Rate of group 1 over rate of group 2, with its score interval; no value when group 2 has no hit."""
    value = Fraction(table.hits_1 * table.people_2, table.hits_2 * table.people_1) if table.hits_2 else None
    return Effect(name="rate_ratio", value=value, interval=score_interval(table))


def top_box_summary(comparison: Comparison, table: TwoByTwo, effect: Effect, subjects: Subjects) -> str:
    """Both rates and the ratio of the lower to the higher one."""
    outcome = "raised" if subjects.on == "change" else "rated 4 or 5"
    one, two = comparison.names
    rates = f"{one} {table.hits_1} of {table.people_1}, {two} {table.hits_2} of {table.people_2}"
    ratio = impact_ratio(table)
    if ratio is None:
        return f"{subjects.title}, {outcome}: {rates}."
    side = "below" if is_below_four_fifths(ratio) else "not below"
    return (
        f"{subjects.title}, {outcome}: {rates}; the lower rate is {number(ratio)} of the higher one, {side} 0.8"
        f"; {one} over {two}{bounds(effect.interval)}."
    )


def chance_below_four_fifths(table: TwoByTwo) -> Fraction:
    """How often the ratio falls below 0.8 when chance alone hands the observed outcomes to the two groups."""
    below = 0
    for hits, ways in enumerate(table.weights, start=table.lowest):
        first, second = sorted((hits * table.people_2, (table.hits - hits) * table.people_1))
        below += ways * (5 * first < 4 * second)
    return Fraction(below, sum(table.weights))
