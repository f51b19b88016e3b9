"""Tenure: does it go with the rating within a level, and are new hires rated like everybody else?"""

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import dropwhile

from calibration.domain.checks.gender import NO_REACH, Comparison, bounds, rank_finding
from calibration.domain.checks.people import Scored, Subjects
from calibration.domain.checks.results import Effect, Finding, number, shown_sizes
from calibration.domain.rules import (
    MINIMUM_GROUP,
    can_reach_significance,
    group_is_too_small,
    has_minimum_service,
    is_new_hire,
)
from calibration.domain.statistics.kendall import Stratum, kendall_permutation, tau_b

NO_TENURE = "no tenure is recorded"
TOO_SMALL = f"a compared group has fewer than {MINIMUM_GROUP} people"


def check_tenure_correlation(subjects: Subjects) -> list[Finding]:
    """Does tenure go with the rating within levels? τ-b by permutation; under the minimum service is left out."""
    known = with_tenure(subjects)
    minimum = subjects.policy.minimum_service_days
    served = rank_served(known, minimum)
    if group_is_too_small(len(served)):
        reason = (
            NO_TENURE if not known else f"fewer than {MINIMUM_GROUP} people have {minimum} days of service"
        )
        return [unjudged("tenure_correlation", subjects, "Kendall tau-b", {"all": len(served)}, reason)]
    strata = strata_by_level(served)
    outcome = kendall_permutation(strata)
    tau, interval = tau_b(strata)
    reach = can_reach_significance(outcome.smallest, subjects.policy.alpha)
    shown = "undefined" if tau is None else number(tau)
    return [
        Finding(
            check="tenure_correlation",
            kind="test",
            subject="all",
            family="confirmatory",
            summary=f"{subjects.title} and tenure within levels, {len(served)} people: tau-b {shown}{bounds(interval)}.",
            method=outcome.method,
            n={"all": len(served)},
            statistic=outcome.statistic,
            effect=Effect(name="tau_b", value=tau, interval=interval),
            p_value=outcome.p_value,
            adjusts=reach,
            reason=None if reach else NO_REACH,
        )
    ]


def with_tenure(subjects: Subjects) -> list[tuple[Scored, Fraction]]:
    """The people whose tenure is recorded, with it, in months."""
    return [(s, tenure) for s in subjects.scored if (tenure := s.person.tenure_months) is not None]


def rank_served(known: Sequence[tuple[Scored, Fraction]], minimum: int) -> list[tuple[Scored, int]]:
    """The people with at least ``minimum`` days of service, each with the place of the tenure among all of theirs.

    Compared as whole numbers of a common unit, which is exact too and ten times as fast as fractions.
    """
    unit = math.lcm(*{tenure.denominator for _, tenure in known})
    tenures = [tenure.numerator * (unit // tenure.denominator) for _, tenure in known]
    ranked = dropwhile(
        lambda each: not has_minimum_service(Fraction(each, unit), minimum), sorted(set(tenures))
    )
    places = {tenure: place for place, tenure in enumerate(ranked)}
    return [(scored, places[t]) for (scored, _), t in zip(known, tenures, strict=True) if t in places]


def strata_by_level(served: Sequence[tuple[Scored, int]]) -> list[Stratum]:
    """One stratum a level, of each tenure's place among all tenures: τ-b cannot tell them apart."""
    levels: dict[str, list[tuple[int, int]]] = {}
    for scored, place in served:
        levels.setdefault(scored.person.level, []).append((place, scored.value))
    return [Stratum(pairs=tuple(pairs)) for pairs in levels.values()]


def check_new_hires(subjects: Subjects) -> list[Finding]:
    """Are people under 12 months of tenure ranked like the rest? Exact rank-sum test, with Cliff's δ."""
    known = with_tenure(subjects)
    new, others = list[int](), list[int]()
    for scored, tenure in known:
        (new if is_new_hire(tenure) else others).append(scored.value)
    if group_is_too_small(min(len(new), len(others))):
        sizes = {"new_hires": len(new), "others": len(others)}
        reason = TOO_SMALL if known else NO_TENURE
        return [unjudged("new_hires", subjects, "Wilcoxon rank-sum", sizes, reason)]
    comparison = Comparison(
        subject="all", family="confirmatory", names=("new_hires", "others"), first=new, second=others
    )
    return [rank_finding(comparison, subjects, check="new_hires")]


def unjudged(check: str, subjects: Subjects, method: str, sizes: dict[str, int], reason: str) -> Finding:
    """A tenure check that has too few people: nothing of them is shown."""
    return Finding(
        check=check,
        kind="test",
        subject="all",
        summary=f"Tenure and {subjects.noun}.",
        method=method,
        n=shown_sizes(sizes, MINIMUM_GROUP),
        reason=reason,
    )
