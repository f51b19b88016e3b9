"""All checks over one group of people."""

from collections.abc import Sequence
from dataclasses import replace

from calibration.domain.checks.families import judge
from calibration.domain.checks.gender import check_gender_distribution, check_gender_rank
from calibration.domain.checks.gender_by_level import check_gender_stratified
from calibration.domain.checks.people import CheckPolicy, On, Period, RatedPerson, Subjects, score_people
from calibration.domain.checks.recency import check_recency
from calibration.domain.checks.results import CheckResult, Finding, Kind, each_subject
from calibration.domain.checks.tenure import check_new_hires, check_tenure_correlation
from calibration.domain.checks.thresholds import check_no_differentiation, check_team_concentration
from calibration.domain.checks.top_box import check_gender_top_box

KINDS: dict[str, Kind] = {
    "gender_distribution": "descriptive",
    "gender_rank": "test",
    "gender_top_box": "test",
    "gender_stratified": "descriptive",
    "tenure_correlation": "test",
    "new_hires": "test",
    "recency": "test",
    "team_concentration": "threshold",
    "no_differentiation": "threshold",
}


def run_checks(
    people: Sequence[RatedPerson], *, period: Period | None, policy: CheckPolicy, on: On
) -> tuple[CheckResult, ...]:
    """Every check on the proposed ratings, the final ones, or the change between them, one result a subject.

    The order of people does not matter. Confirmatory tests that can reach α are adjusted together by Holm, recency by
    Holm over its cases, exploratory pairs of genders by Benjamini–Hochberg.
    """
    grouped = run_grouped_checks(people, period=period, policy=policy, on=on)
    return tuple(replace(result, subject=subject, others=()) for subject, result in each_subject(grouped))


def run_grouped_checks(
    people: Sequence[RatedPerson], *, period: Period | None, policy: CheckPolicy, on: On
) -> tuple[CheckResult, ...]:
    """The same with one result for all subjects of whom the same holds: a company has a few hundred of them."""
    ordered = sorted(people, key=lambda person: person.employee_id)
    subjects = Subjects(scored=score_people(ordered, on), on=on, policy=policy)
    if not subjects.scored:
        return judge([without_ratings(check, kind, subjects) for check, kind in KINDS.items()], policy)
    findings = [
        *check_gender_distribution(subjects),
        *check_gender_rank(subjects),
        *check_gender_top_box(subjects),
        *check_gender_stratified(subjects),
        *check_tenure_correlation(subjects),
        *check_new_hires(subjects),
        *check_recency(subjects, period),
        *check_team_concentration(subjects),
        *check_no_differentiation(subjects),
    ]
    return judge(findings, policy)


def without_ratings(check: str, kind: Kind, subjects: Subjects) -> Finding:
    """A check for which nobody has a rating."""
    return Finding(
        check=check,
        kind=kind,
        subject="all",
        summary=f"There are no {subjects.noun}.",
        method="none",
        n={},
        reason=f"there are no {subjects.noun}",
    )
