"""The checks as somebody may know them whose own case is among those checked."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.domain.checks import CheckPolicy, On, Period, RatedPerson, run_grouped_checks
from calibration.domain.own_case import is_released, run_checks_without_own

POLICY = CheckPolicy()
PERIOD = Period(start=date(2026, 7, 1), end=date(2026, 9, 30))


@st.composite
def groups(draw: st.DrawFn) -> list[RatedPerson]:
    """Up to 14 people in two small teams, so that one rating often decides a flag."""
    ratings = st.sampled_from([3, 3, 3, 4, 5])
    rows = draw(st.lists(st.tuples(st.integers(0, 1), ratings, ratings), min_size=2, max_size=14))
    return [
        RatedPerson(
            employee_id=f"E{index}",
            manager_id=f"M{team}",
            team=f"T{team}",
            level="L4",
            gender="FM"[index % 2],
            tenure_months=Fraction(6 + index),
            rating=rating,
            proposed_rating=proposed,
        )
        for index, (team, rating, proposed) in enumerate(rows)
    ]


def flags(people: list[RatedPerson]) -> set[tuple[str, str]]:
    results = run_grouped_checks(people, period=PERIOD, policy=POLICY, on="final")
    return {(each.check, subject) for each in results if each.state == "flag" for subject in each.subjects}


def rated(people: list[RatedPerson], rating: int, proposed: int = 3) -> list[RatedPerson]:
    first, *others = people
    return [replace(first, rating=rating, proposed_rating=proposed), *others]


@settings(max_examples=60, deadline=None)
@given(groups())
def test_whatever_the_own_rating_the_answer_is_the_same_and_no_real_flag_is_missing(
    people: list[RatedPerson],
) -> None:
    answers = [
        run_checks_without_own(rated(people, rating), "E0", period=PERIOD, policy=POLICY, on="final")
        for rating in (1, 2, 3, 4, 5)
    ]
    assert all(each == answers[0] for each in answers)
    told = [(each.check, subject) for each in answers[0] for subject in each.subjects]
    assert len(told) == len(set(told))
    flagged = {
        (each.check, subject) for each in answers[0] if each.state == "flag" for subject in each.subjects
    }
    possible = flags(people[1:]).union(*(flags(rated(people, rating)) for rating in (1, 2, 3, 4, 5)))
    assert flagged == possible


@pytest.mark.parametrize("on", ["proposed", "change"])
@settings(max_examples=20, deadline=None)
@given(people=groups())
def test_proposed_ratings_and_changes_are_judged_without_the_own_case(
    on: On, people: list[RatedPerson]
) -> None:
    found = run_checks_without_own(people, "E0", period=PERIOD, policy=POLICY, on=on)
    assert found == list(run_grouped_checks(people[1:], period=PERIOD, policy=POLICY, on=on))


def test_a_flag_without_the_own_case_is_told_as_it_is_and_another_with_its_supposition() -> None:
    team = [
        RatedPerson(
            employee_id=f"E{index}",
            manager_id=manager,
            team=manager,
            level="L4",
            gender="F",
            tenure_months=Fraction(30),
            rating=rating,
        )
        for index, (manager, rating) in enumerate(
            [
                ("A", 2),
                ("A", 5),
                ("A", 4),
                ("A", 3),
                ("A", 3),
                ("A", 3),
                ("B", 3),
                ("B", 3),
                ("B", 3),
                ("B", 3),
            ]
        )
    ]
    found = run_checks_without_own(team, "E0", period=PERIOD, policy=POLICY, on="final")
    by_subject = {
        (each.check, subject): each.sentence
        for each in found
        if each.state == "flag"
        for subject in each.subjects
    }
    assert set(by_subject) == {("team_concentration", "A"), ("no_differentiation", "B")}
    assert by_subject["team_concentration", "A"].startswith("Supposing that your own case is rated 5: ")
    assert not by_subject["no_differentiation", "B"].startswith("Supposing")


@pytest.mark.parametrize(("days", "released"), [(-1, False), (0, True), (1, True)])
def test_the_own_rating_is_released_from_the_day_of_the_release(days: int, released: bool) -> None:
    day = date(2026, 9, 15)
    assert is_released(day, on=day + timedelta(days=days)) is released
    assert not is_released(None, on=day)
