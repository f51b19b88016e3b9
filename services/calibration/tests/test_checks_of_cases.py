"""Checks of tenure, recency, teams and managers: what each compares, when it is silent and when it flags."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest

from calibration.domain.checks import CheckPolicy, CheckResult, Period, RatedPerson, run_checks

QUARTER = Period(start=date(2026, 4, 1), end=date(2026, 6, 30))
LAST_DAYS = tuple(date(2026, 6, 20) + timedelta(days=step) for step in range(8))


def person(
    index: int,
    rating: int,
    *,
    tenure: str | None = "24",
    team: str = "T1",
    manager: str = "M1",
    evidence: tuple[date, ...] = (),
) -> RatedPerson:
    return RatedPerson(
        employee_id=f"E{index:03}",
        manager_id=manager,
        team=team,
        level="L3",
        gender="F",
        tenure_months=None if tenure is None else Fraction(tenure),
        rating=rating,
        evidence_dates=evidence,
    )


def run(
    people: Sequence[RatedPerson], *, period: Period | None = QUARTER, policy: CheckPolicy | None = None
) -> dict[tuple[str, str], CheckResult]:
    results = run_checks(people, period=period, policy=policy or CheckPolicy(), on="final")
    return {(result.check, result.subject): result for result in results}


def tenured(pairs: Sequence[tuple[str | None, int]]) -> list[RatedPerson]:
    return [person(index, rating, tenure=tenure) for index, (tenure, rating) in enumerate(pairs)]


def test_tenure_that_orders_the_ratings_flags() -> None:
    result = run(tenured([(str(6 * i), 1 + i // 2) for i in range(1, 9)]))["tenure_correlation", "all"]
    assert result.state == "flag"
    assert result.statistic == 28 - 3  # every pair concordant but the three tied in rating
    assert result.effect is not None
    assert result.effect.name == "tau_b"


def test_tenure_is_compared_within_a_level_only() -> None:
    lower = tenured([("6", 1), ("12", 2), ("18", 3), ("24", 4)])
    upper = [
        replace(each, employee_id=f"U{each.employee_id}", level="L4")
        for each in tenured([("30", 2), ("36", 3), ("42", 4), ("48", 5)])
    ]
    result = run([*lower, *upper])["tenure_correlation", "all"]
    assert result.statistic == 6 + 6  # over both levels together it would be 19
    assert result.n == {"all": 8}


def test_people_under_the_minimum_service_are_left_out_of_tenure() -> None:
    pairs: Sequence[tuple[str | None, int]] = [
        ("2.9", 1),
        ("3", 2),
        ("2.958", 5),
        ("2.96", 3),
        ("9", 4),
        ("18", 2),
        ("30", 3),
        (None, 1),
    ]
    result = run(tenured(pairs))["tenure_correlation", "all"]
    assert result.n == {"all": 5}
    longer = run(tenured(pairs), policy=CheckPolicy(minimum_service_days=365))["tenure_correlation", "all"]
    assert longer.state == "insufficient_data"
    assert longer.reason == "fewer than 5 people have 365 days of service"
    assert longer.n == {"all": None}


def test_new_hires_are_those_under_twelve_months() -> None:
    pairs: Sequence[tuple[str | None, int]] = [("11.99", 2)] * 5 + [("12", 4)] * 6 + [(None, 1)]
    result = run(tenured(pairs))["new_hires", "all"]
    assert result.n == {"new_hires": 5, "others": 6}
    assert result.effect is not None
    assert result.effect.value == -1
    assert result.state == "flag"


def test_without_tenure_both_tenure_checks_say_so() -> None:
    results = run(tenured([(None, 3)] * 8))
    assert results["tenure_correlation", "all"].reason == "no tenure is recorded"
    assert results["new_hires", "all"].reason == "no tenure is recorded"


def test_evidence_crowded_into_the_last_fortnight_flags_the_case() -> None:
    spread = tuple(QUARTER.start + timedelta(days=10 * step) for step in range(8))
    results = run([person(1, 3, evidence=LAST_DAYS), person(2, 3, evidence=spread)])
    crowded, even = results["recency", "E001"], results["recency", "E002"]
    assert crowded.p_exact == Fraction(14, 91) ** 8
    assert (crowded.p_adjusted, crowded.state) == (2 * Fraction(14, 91) ** 8, "flag")
    # day 0, 10, … 70: none lies in the last 14 of 91 days
    assert (even.statistic, even.p_value, even.state) == (0, 1, "clear")


def test_the_last_fortnight_starts_thirteen_days_before_the_end() -> None:
    edge = (date(2026, 6, 16), date(2026, 6, 17), date(2026, 6, 30), date(2026, 5, 1), date(2026, 4, 1))
    outside = (date(2026, 7, 1), date(2026, 3, 31))
    result = run([person(1, 3, evidence=edge + outside)])["recency", "E001"]
    assert result.n == {"events": 5}
    assert result.statistic == 2


def test_recency_without_evidence_is_insufficient_and_never_clear() -> None:
    results = run([person(1, 3, evidence=LAST_DAYS), person(2, 3), person(3, 3, evidence=LAST_DAYS[:4])])
    assert results["recency", "E002"].reason == "no evidence"
    assert results["recency", "E003"].reason == "fewer than 5 evidence events in the period"
    assert results["recency", "E003"].state == "insufficient_data"
    assert run([person(1, 3)])["recency", "all"].reason == "no evidence"
    assert (
        run([person(1, 3, evidence=LAST_DAYS)], period=None)["recency", "all"].reason == "no period is given"
    )


def test_a_period_of_a_fortnight_cannot_show_recency() -> None:
    short = Period(start=date(2026, 6, 17), end=date(2026, 6, 30))
    result = run([person(1, 3, evidence=LAST_DAYS)], period=short)["recency", "E001"]
    assert result.state == "insufficient_data"
    assert result.p_adjusted is None


@pytest.mark.parametrize(
    ("ratings", "state"),
    [
        ([4, 5, 3, 3, 3], "clear"),  # exactly 40 %
        ([4, 5, 4, 3, 3], "flag"),
        ([4, 4, 3], "flag"),
        ([4, 3, 3], "clear"),
        ([5, 5], "insufficient_data"),
    ],
)
def test_a_team_over_forty_percent_exceeds_asks_for_a_justification(ratings: list[int], state: str) -> None:
    result = run([person(index, rating) for index, rating in enumerate(ratings)])["team_concentration", "T1"]
    assert result.state == state
    assert result.kind == "threshold"


def test_concentration_shows_how_often_a_fair_team_breaches_it() -> None:
    result = run([person(index, rating) for index, rating in enumerate([4, 5, 4, 3, 3])])[
        "team_concentration", "T1"
    ]
    # X ~ Binomial(5, 2/5): the limit is passed from 3 on, and 3 were observed
    tail = 10 * Fraction(72, 3125) + 5 * Fraction(48, 3125) + Fraction(32, 3125)
    assert (result.unusual_in_fair, result.p_exact) == (tail, tail)
    strict = run(
        [person(index, rating) for index, rating in enumerate([4, 5, 4, 5, 3])],
        policy=CheckPolicy(exceeds=(4,)),
    )["team_concentration", "T1"]
    assert strict.state == "clear"
    assert strict.statistic == Fraction(2, 5)
    assert strict.p_exact == 1 - Fraction(7, 10) ** 5 - 5 * Fraction(3, 10) * Fraction(7, 10) ** 4


@pytest.mark.parametrize(
    ("ratings", "state"),
    [([3] * 4, "flag"), ([3] * 3 + [4], "clear"), ([3] * 3, "insufficient_data"), ([4] * 5, "clear")],
)
def test_a_manager_of_all_threes_is_asked_to_differentiate(ratings: list[int], state: str) -> None:
    result = run([person(index, rating) for index, rating in enumerate(ratings)])["no_differentiation", "M1"]
    assert result.state == state
    if len(ratings) >= 4:
        assert result.unusual_in_fair == Fraction(3, 5) ** len(ratings)
        assert f"in {100 * 0.6 ** len(ratings):.3g} % of fair groups" in result.sentence


def test_teams_and_managers_without_a_name_are_no_group() -> None:
    results = run([person(index, 3, team="", manager="") for index in range(6)])
    assert not [key for key in results if key[0] in ("team_concentration", "no_differentiation")]
