"""A finding about several people counts as several; in which order they are read, and what stops a session."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from calibration.domain.checks import (
    CheckPolicy,
    EvidenceCounts,
    Period,
    RatedPerson,
    each_subject,
    justify_named,
    run_grouped_checks,
)
from calibration.domain.checks.families import judge, justify
from calibration.domain.checks.results import CheckResult, Family, Finding
from calibration.domain.decisions import find_obstacles
from calibration.domain.statistics.kendall import Stratum, kendall_permutation

POLICY = CheckPolicy()
PERIOD = Period(start=date(2026, 7, 1), end=date(2026, 9, 30))


def finding(subject: str, *others: str, p: Fraction, family: Family = "recency") -> Finding:
    return Finding(
        check="recency",
        kind="test",
        subject=subject,
        others=others,
        summary="Said.",
        method="Exact",
        n={},
        family=family,
        p_value=p,
        adjusts=True,
    )


def reports(manager: str, *ratings: int) -> list[RatedPerson]:
    return [
        RatedPerson(
            employee_id=f"{manager}-{index}",
            manager_id=manager,
            team=manager,
            level="L3",
            gender="F",
            tenure_months=Fraction(24),
            rating=rating,
        )
        for index, rating in enumerate(ratings)
    ]


def checked(people: list[RatedPerson], check: str, policy: CheckPolicy = POLICY) -> list[CheckResult]:
    found = run_grouped_checks(people, period=PERIOD, policy=policy, on="final")
    return [each for each in found if each.check == check]


@pytest.mark.parametrize("family", ["recency", "exploratory"])
def test_a_finding_about_three_people_counts_three_times_in_its_family(family: Family) -> None:
    three = finding("E1", "E2", "E3", p=Fraction(1, 100), family=family)
    one = finding("E4", p=Fraction(1, 20), family=family)
    apart = [
        *(replace(three, subject=who, others=()) for who in three.others),
        replace(three, others=()),
        one,
    ]
    together = [each.p_adjusted for each in judge([three, one], POLICY)]
    alone = [each.p_adjusted for each in judge(apart, POLICY)]
    assert together == [alone[0], alone[-1]]
    assert together[0] == (Fraction(4, 100) if family == "recency" else Fraction(4, 300))


@pytest.mark.parametrize(
    ("family", "order"),
    [("exploratory", ["X", "A"]), ("confirmatory", ["X", "A"]), ("recency", ["A", "X"])],
)
def test_comparisons_are_read_in_their_order_and_people_alphabetically(
    family: Family, order: list[str]
) -> None:
    results = judge([finding(who, p=Fraction(1, 2), family=family) for who in ("X", "A")], POLICY)
    assert [subject for subject, _ in each_subject(results)] == order


def test_managers_with_the_same_numbers_share_one_answer_and_none_is_lost() -> None:
    people = [*reports("M1", 3, 3, 3, 3, 3), *reports("M2", 3, 3, 3, 3, 3), *reports("M3", 3, 3, 3, 3, 4)]
    shared, other = checked(people, "no_differentiation")
    assert (shared.subjects, shared.state) == (("M1", "M2"), "flag")
    assert (other.subjects, other.state) == (("M3",), "clear")


def test_who_has_no_evidence_beside_others_who_have_is_shown_with_none() -> None:
    some, *without = reports("M1", 3, 3, 3)
    found = checked([replace(some, evidence_dates=(date(2026, 9, 1),)), *without], "recency")
    assert [(each.subjects, each.n) for each in found if each.reason == "no evidence"] == [
        (("M1-1", "M1-2"), {"events": 0})
    ]


def test_one_event_of_one_person_is_evidence_that_is_too_little() -> None:
    (one,) = reports("M1", 3)
    (found,) = checked([replace(one, evidence_counts=EvidenceCounts(1, 1))], "recency")
    assert (found.subjects, found.n) == (("M1-0",), {"events": 1})
    assert found.reason == "fewer than 5 evidence events in the period"


def test_whether_recency_can_speak_is_measured_by_the_policys_own_alpha() -> None:
    (one,) = reports("M1", 3)
    crowded = [replace(one, evidence_counts=EvidenceCounts(5, 5))]
    least = Fraction(14, 92) ** 5
    (at_alpha,) = checked(crowded, "recency", CheckPolicy(alpha=least))
    assert (at_alpha.state, at_alpha.p_adjusted) == ("flag", least)
    (below,) = checked(crowded, "recency", CheckPolicy(alpha=least - Fraction(1, 10**9)))
    assert (below.state, below.p_adjusted) == ("insufficient_data", None)


def test_a_justification_of_what_flags_nobody_takes_nobody_out_of_the_shared_answer() -> None:
    people = [*reports("M1", 3, 3, 3, 3, 4), *reports("M2", 3, 3, 3, 3, 4)]
    shared = checked(people, "no_differentiation")
    assert [(each.subjects, each.state) for each in shared] == [(("M1", "M2"), "clear")]
    assert justify_named(shared, {("no_differentiation", "M2"): "hana"}) == shared


def test_only_a_flag_that_nobody_justified_stops_a_session() -> None:
    shared, clear = checked(
        [*reports("M1", 3, 3, 3, 3, 3), *reports("M2", 3, 3, 3, 3, 3), *reports("M3", 3, 3, 3, 3, 4)],
        "no_differentiation",
    )
    justified = justify(replace(shared, others=()), by="hana")
    left = replace(shared, subject="M2", others=())
    stopped = find_obstacles([], [justified, left, clear], waiting=[], unknown=[], by="fay")
    assert stopped.flags == [("no_differentiation", "M2")]


def test_the_least_possible_p_value_is_that_of_the_farther_of_both_orders() -> None:
    """Three tied low in both and one high in both: |S| reaches 3 only where both ascend (1 of 4 arrangements)."""
    stratum = Stratum(pairs=((1, 1), (1, 1), (1, 1), (2, 2)))
    assert kendall_permutation([stratum]).smallest == Fraction(1, 4)
    opposed = Stratum(pairs=((1, 2), (2, 1), (2, 1), (2, 1)))
    assert kendall_permutation([opposed]).smallest == Fraction(1, 4)
