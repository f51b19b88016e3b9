"""Gender: rank-sum and distribution, between the two largest groups and then between every other pair."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from calibration.domain.checks.people import Subjects
from calibration.domain.checks.results import Effect, Family, Finding, number, shown_sizes
from calibration.domain.rules import MINIMUM_GROUP, can_reach_significance, group_is_too_small
from calibration.domain.statistics.fisher import TwoByTwo
from calibration.domain.statistics.freeman_halton import cramers_v, freeman_halton
from calibration.domain.statistics.numbers import Interval
from calibration.domain.statistics.rank_sum import cliffs_delta, rank_sum, tabulate

NO_REACH = "the most extreme result possible with these group sizes could not reach alpha"
METHODS = {
    "gender_rank": "Wilcoxon rank-sum",
    "gender_top_box": "Fisher exact",
    "gender_distribution": "Fisher-Freeman-Halton",
    "gender_stratified": "Exact conditional test over strata",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two groups of at least 5 people with their numbers; the first in alphabetical order is group 1."""

    subject: str
    family: Family
    names: tuple[str, str]
    first: Sequence[int]
    second: Sequence[int]

    @property
    def n(self) -> dict[str, int | None]:
        """People per group."""
        return {self.names[0]: len(self.first), self.names[1]: len(self.second)}

    @property
    def who(self) -> str:
        """Both groups with their sizes, for sentences."""
        return f"{self.names[0]} ({len(self.first)}) against {self.names[1]} ({len(self.second)})"

    def top_box(self, subjects: Subjects) -> TwoByTwo:
        """How many of each group have the favourable outcome."""
        hits = [sum(map(subjects.is_favourable, values)) for values in (self.first, self.second)]
        return TwoByTwo(hits_1=hits[0], people_1=len(self.first), hits_2=hits[1], people_2=len(self.second))


def gender_sizes(subjects: Subjects) -> Counter[str]:
    """People per gender; who has none recorded is in no group."""
    return Counter({gender: len(values) for gender, values in subjects.values_by_gender.items() if gender})


def compared_genders(sizes: Counter[str]) -> tuple[str, ...]:
    """The genders of at least 5 people, the largest first, equal ones in alphabetical order."""
    large = [gender for gender, people in sizes.items() if not group_is_too_small(people)]
    return tuple(sorted(large, key=lambda gender: (-sizes[gender], gender)))


def compare_genders(subjects: Subjects) -> list[Comparison]:
    """The two largest groups, which are the confirmatory comparison; then every other pair, exploratory."""
    values = subjects.values_by_gender
    comparisons: list[Comparison] = []
    for pair in combinations(compared_genders(gender_sizes(subjects)), 2):
        one, two = sorted(pair)
        comparisons.append(
            Comparison(
                subject=f"{one} / {two}" if comparisons else "all",
                family="exploratory" if comparisons else "confirmatory",
                names=(one, two),
                first=values[one],
                second=values[two],
            )
        )
    return comparisons


def why_incomparable(sizes: Counter[str]) -> str:
    """Why no two genders can be compared."""
    if not sizes:
        return "no gender is recorded"
    if len(sizes) == 1:
        return "only one gender is recorded"
    return f"a compared group has fewer than {MINIMUM_GROUP} people"


def incomparable(check: str, kind: Literal["test", "descriptive"], subjects: Subjects) -> Finding:
    """A gender check without two groups of at least 5 people: nothing of them is shown."""
    sizes = gender_sizes(subjects)
    return Finding(
        check=check,
        kind=kind,
        subject="all",
        summary=f"Gender and {subjects.noun}.",
        method=METHODS[check],
        n=shown_sizes(sizes, MINIMUM_GROUP),
        reason=why_incomparable(sizes),
    )


def check_gender_rank(subjects: Subjects) -> list[Finding]:
    """Are two genders' numbers ranked alike? Exact rank-sum test, with Cliff's δ."""
    found = [rank_finding(comparison, subjects) for comparison in compare_genders(subjects)]
    return found or [incomparable("gender_rank", "test", subjects)]


def rank_finding(comparison: Comparison, subjects: Subjects, check: str = "gender_rank") -> Finding:
    """The rank-sum test of two groups, with Cliff's δ of group 1 over group 2."""
    samples = tabulate(comparison.first, comparison.second)
    outcome = rank_sum(samples)
    delta, interval = cliffs_delta(samples)
    reach = can_reach_significance(outcome.smallest, subjects.policy.alpha)
    summary = f"{subjects.title}, {comparison.who}: Cliff's delta {number(delta)}{bounds(interval)}."
    return Finding(
        check=check,
        kind="test",
        subject=comparison.subject,
        family=comparison.family,
        summary=summary,
        method=outcome.method,
        n=comparison.n,
        statistic=outcome.statistic,
        effect=Effect(name="cliffs_delta", value=delta, interval=interval),
        p_value=outcome.p_value,
        adjusts=reach,
        reason=None if reach else NO_REACH,
    )


def check_gender_distribution(subjects: Subjects) -> list[Finding]:
    """The two largest genders over all values, described: Fisher–Freeman–Halton and Cramér's V; it never flags."""
    comparisons = compare_genders(subjects)
    if not comparisons:
        return [incomparable("gender_distribution", "descriptive", subjects)]
    comparison = comparisons[0]
    samples = tabulate(comparison.first, comparison.second)
    outcome = freeman_halton(samples.first, samples.second, seed=subjects.policy.seed)
    value, interval = cramers_v(samples.first, samples.second)
    reach = can_reach_significance(outcome.smallest, subjects.policy.alpha)
    return [
        Finding(
            check="gender_distribution",
            kind="descriptive",
            subject="all",
            summary=f"{subjects.title}, {comparison.who}: Cramer's V {number(value)}{bounds(interval)}.",
            method=outcome.method,
            n=comparison.n,
            statistic=outcome.statistic,
            effect=Effect(name="cramers_v", value=value, interval=interval),
            p_value=outcome.p_value,
            standard_error=outcome.standard_error,
            reason=None if reach else NO_REACH,
        )
    ]


def bounds(interval: Interval) -> str:
    """An interval in a sentence; nothing when it says nothing."""
    if interval.low is None and interval.high is None:
        return ""
    low = "no lower bound" if interval.low is None else number(interval.low)
    high = "no upper bound" if interval.high is None else number(interval.high)
    return f" (95 % interval {low} to {high})"
