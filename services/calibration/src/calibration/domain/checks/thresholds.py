"""The rules of the house that ask for a justification: a team full of "Exceeds", a manager who rates everybody 3."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from calibration.domain.checks.people import RatedPerson, Subjects
from calibration.domain.checks.results import Effect, Finding, number
from calibration.domain.rules import (
    CONCENTRATION_MINIMUM_TEAM,
    DIFFERENTIATION_MINIMUM_TEAM,
    MEETS,
    all_rated_meets,
    exceeds_concentration_limit,
    smallest_concentration_breach,
)
from calibration.domain.statistics.binomial import binomial_upper_tail, wilson_interval

CHANGES_HAVE_NO_LIMIT = "the limit is on ratings, a change has none"
CONCENTRATION_METHOD = "5 x Exceeds > 2 x people; binomial tail at the guideline's upper bound"
DIFFERENTIATION_METHOD = "all rated 3; guideline's upper share to the power of the people"


def check_team_concentration(subjects: Subjects) -> list[Finding]:
    """One finding for teams with the same numbers: is more than 40 % of it rated "Exceeds"?"""
    if subjects.on == "change":
        return [unjudged("team_concentration", "all", CONCENTRATION_METHOD, {}, CHANGES_HAVE_NO_LIMIT)]
    alike: dict[tuple[int, int], list[str]] = {}
    for team, ratings in ratings_by(subjects, lambda person: person.team).items():
        exceeding = sum(rating in subjects.policy.exceeds for rating in ratings)
        alike.setdefault((exceeding, len(ratings)), []).append(team)
    return [
        replace(concentration_finding(team, exceeding, people, subjects), others=tuple(others))
        for (exceeding, people), (team, *others) in alike.items()
    ]


def ratings_by(subjects: Subjects, key: Callable[[RatedPerson], str]) -> dict[str, list[int]]:
    """The ratings of each team or manager in alphabetical order; who has none belongs to no group."""
    groups: dict[str, list[int]] = {}
    for scored in subjects.scored:
        groups.setdefault(key(scored.person), []).append(scored.value)
    return {name: groups[name] for name in sorted(groups) if name}


def concentration_finding(team: str, exceeding: int, people: int, subjects: Subjects) -> Finding:
    """A team's "Exceeds" against 40 %, and how often a team that follows the guideline would have as many."""
    if people < CONCENTRATION_MINIMUM_TEAM:
        reason = f"fewer than {CONCENTRATION_MINIMUM_TEAM} people"
        return unjudged("team_concentration", team, CONCENTRATION_METHOD, {"team": people}, reason)
    share = subjects.policy.guideline.upper_share(*subjects.policy.exceeds)
    tail = binomial_upper_tail(exceeding, people, share)
    unusual = binomial_upper_tail(smallest_concentration_breach(people), people, share)
    word = "unusual" if tail <= subjects.policy.alpha else "not unusual"
    return Finding(
        check="team_concentration",
        kind="threshold",
        subject=team,
        summary=(
            f"{exceeding} of {people} are rated Exceeds, which is {word} for a team inside the guideline; "
            f"{100 * float(unusual):.1f} % of such teams pass the limit of 40 %."
        ),
        method=CONCENTRATION_METHOD,
        n={"team": people},
        statistic=Fraction(exceeding, people),
        effect=Effect(
            name="exceeds_share",
            value=Fraction(exceeding, people),
            interval=wilson_interval(exceeding, people),
        ),
        p_value=tail,
        flags_if=exceeds_concentration_limit(exceeding=exceeding, people=people),
        unusual_in_fair=unusual,
    )


def check_no_differentiation(subjects: Subjects) -> list[Finding]:
    """One finding for managers with the same numbers: is everybody rated 3?"""
    if subjects.on == "change":
        return [unjudged("no_differentiation", "all", DIFFERENTIATION_METHOD, {}, CHANGES_HAVE_NO_LIMIT)]
    alike: dict[tuple[int, int], list[str]] = {}
    for manager, ratings in ratings_by(subjects, lambda person: person.manager_id).items():
        alike.setdefault((ratings.count(MEETS), len(ratings)), []).append(manager)
    return [
        replace(differentiation_finding(manager, meets, people, subjects), others=tuple(others))
        for (meets, people), (manager, *others) in alike.items()
    ]


def differentiation_finding(manager: str, meets: int, people: int, subjects: Subjects) -> Finding:
    """Whether a manager rated everybody 3, and how often the guideline's upper share gives that."""
    if people < DIFFERENTIATION_MINIMUM_TEAM:
        reason = f"fewer than {DIFFERENTIATION_MINIMUM_TEAM} people"
        return unjudged("no_differentiation", manager, DIFFERENTIATION_METHOD, {"reports": people}, reason)
    unusual = subjects.policy.guideline.upper_share(MEETS) ** people
    return Finding(
        check="no_differentiation",
        kind="threshold",
        subject=manager,
        summary=(
            f"{meets} of {people} are rated 3; in {number(100 * unusual)} % of fair groups of this size all are."
        ),
        method=DIFFERENTIATION_METHOD,
        n={"reports": people},
        statistic=Fraction(meets, people),
        effect=Effect(
            name="meets_share", value=Fraction(meets, people), interval=wilson_interval(meets, people)
        ),
        flags_if=all_rated_meets(meets=meets, people=people),
        unusual_in_fair=unusual,
    )


def unjudged(check: str, subject: str, method: str, n: dict[str, int | None], reason: str) -> Finding:
    """A threshold that does not apply."""
    return Finding(
        check=check,
        kind="threshold",
        subject=subject,
        summary="No limit applies.",
        method=method,
        n=n,
        reason=reason,
    )
