"""One result for all of whom the same holds says of each what a result of its own would say."""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from calibration.domain.checks import (
    CheckPolicy,
    EvidenceCounts,
    Period,
    RatedPerson,
    each_subject,
    justify,
    justify_named,
    run_checks,
    run_grouped_checks,
)
from calibration.domain.guideline import DEFAULT_GUIDELINE, team_unusualness
from calibration.domain.rules import benjamini_hochberg, first_recent_day, holm, is_recent
from calibration.domain.statistics.binomial import binomial_upper_tail
from calibration.domain.statistics.ranked_strata import Stratum
from calibration.inbound.bodies import check_json, describe_check, write_checks

PERIOD = Period(start=date(2026, 7, 1), end=date(2026, 9, 30))
POLICY = CheckPolicy()
P_VALUES = st.fractions(min_value=0, max_value=1, max_denominator=50)


def organization(people: int, seed: int = 3) -> list[RatedPerson]:
    """Teams of six, some of them full of fives or threes, and some people whose evidence crowds at the end."""
    chance = random.Random(seed)
    return [
        RatedPerson(
            employee_id=f"E{index}",
            manager_id=f"M{index // 6}",
            team=f"T{index // 6}",
            level=f"L{index % 3}",
            gender=chance.choice("FMX"),
            tenure_months=Fraction(chance.randrange(1, 60)),
            rating=5 if index < 12 else 3 if index < 24 else chance.randrange(1, 6),
            proposed_rating=3,
            evidence_dates=tuple(
                PERIOD.end - timedelta(days=chance.randrange(10 if index % 40 == 0 else 91))
                for _ in range(12 if index % 40 == 0 else chance.randrange(9))
            ),
        )
        for index in range(people)
    ]


def counted(people: Sequence[RatedPerson]) -> list[RatedPerson]:
    """The same people with their evidence counted, as the database does it."""
    since = first_recent_day(PERIOD.end)
    return [
        replace(
            person,
            evidence_dates=(),
            evidence_counts=EvidenceCounts(
                len(person.evidence_dates), sum(day >= since for day in person.evidence_dates)
            ),
        )
        for person in people
    ]


@given(st.lists(st.tuples(P_VALUES, st.integers(1, 4)), max_size=8))
def test_a_p_value_that_stands_several_times_is_adjusted_like_each_of_them(
    members: list[tuple[Fraction, int]],
) -> None:
    p_values, counts = [p for p, _ in members], [count for _, count in members]
    apart = [p for p, count in members for _ in range(count)]
    for adjust in (holm, benjamini_hochberg):
        expected = adjust(apart)
        together = adjust(p_values, counts)
        assert [p for p, count in zip(together, counts, strict=True) for _ in range(count)] == list(expected)


def test_evidence_counted_by_the_database_gives_the_answers_of_the_dates() -> None:
    people = organization(120)
    by_date = run_checks(people, period=PERIOD, policy=POLICY, on="final")
    assert run_checks(counted(people), period=PERIOD, policy=POLICY, on="final") == by_date
    assert {each.state for each in by_date if each.check == "recency"} >= {"clear", "flag"}


def test_nobody_with_counted_evidence_is_one_answer_for_all() -> None:
    nobody = [replace(person, evidence_dates=()) for person in organization(20)]
    results = run_checks(counted(nobody), period=PERIOD, policy=POLICY, on="final")
    assert [(each.subject, each.reason) for each in results if each.check == "recency"] == [
        ("all", "no evidence")
    ]


def test_a_day_is_recent_from_the_first_recent_day_on() -> None:
    first = first_recent_day(PERIOD.end)
    assert first == date(2026, 9, 17)
    assert is_recent(first, PERIOD.end)
    assert not is_recent(first - timedelta(days=1), PERIOD.end)


def test_results_that_say_the_same_stand_together_and_every_subject_once() -> None:
    grouped = run_grouped_checks(organization(120), period=PERIOD, policy=POLICY, on="final")
    results = run_checks(organization(120), period=PERIOD, policy=POLICY, on="final")
    assert len(grouped) < len(results) / 2
    assert [subject for subject, _ in each_subject(grouped)] == [each.subject for each in results]
    people = [each.subject for each in results if each.check == "recency"]
    assert people == sorted(person.employee_id for person in organization(120))


def test_the_text_around_the_subject_makes_every_subjects_answer() -> None:
    grouped = run_grouped_checks(organization(120), period=PERIOD, policy=POLICY, on="final")
    for subject, result in each_subject(grouped):
        before, after = check_json(result)
        assert json.loads(f"{before}{json.dumps(subject)}{after}") == describe_check(
            replace(result, subject=subject)
        )


def test_the_answer_lists_every_subjects_check_in_order() -> None:
    people = organization(120)
    results = run_checks(people, period=PERIOD, policy=POLICY, on="final")
    grouped = run_grouped_checks(people, period=PERIOD, policy=POLICY, on="final")
    answer = json.loads(write_checks(grouped, on="final"))
    assert answer["on"] == "final"
    assert answer["checks"] == [describe_check(each) for each in results]
    kept = [json.dumps(describe_check(each)) for each in results]
    assert json.loads(write_checks(kept, on="final")) == answer
    assert json.loads(write_checks([], on="change"))["checks"] == []


def test_a_justification_answers_one_subject_of_those_flagged_together() -> None:
    people = organization(120)
    grouped = run_grouped_checks(people, period=PERIOD, policy=POLICY, on="final")
    alike = next(each for each in grouped if each.check == "team_concentration" and "T0" in each.subjects)
    assert set(alike.subjects) >= {"T0", "T1"}
    after = justify_named(grouped, {("team_concentration", "T1"): "hanna", ("recency", "E1"): "hanna"})
    expected = [
        justify(each, by="hanna") if (each.check, each.subject) == ("team_concentration", "T1") else each
        for each in run_checks(people, period=PERIOD, policy=POLICY, on="final")
    ]
    assert [replace(each, subject=subject, others=()) for subject, each in each_subject(after)] == expected


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3)), min_size=2, max_size=6))
def test_the_furthest_score_is_that_of_the_furthest_rearrangement(pairs: list[tuple[int, int]]) -> None:
    xs, ys = [x for x, _ in pairs], [y for _, y in pairs]
    scores = [Stratum(pairs=tuple(zip(xs, order, strict=True))).score for order in set(permutations(ys))]
    stratum = Stratum(pairs=tuple(pairs))
    assert stratum.furthest_score(descending=False) == max(scores)
    assert stratum.furthest_score(descending=True) == -min(scores)


@given(st.integers(0, 12), st.integers(0, 12), st.fractions(0, 1, max_denominator=20))
def test_both_sides_of_a_binomial_tail_add_up(successes: int, trials: int, share: Fraction) -> None:
    above = binomial_upper_tail(successes + 1, trials, share)
    below = 1 - binomial_upper_tail(successes, trials, share)
    exactly = 1 - above - below
    ways = Fraction(1)
    for step in range(successes):
        ways = ways * (trials - step) / (step + 1)
    misses = trials - successes
    assert exactly == (ways * share**successes * (1 - share) ** misses if misses >= 0 else 0)


def test_a_team_of_twenty_thousand_people_has_its_words() -> None:
    many = team_unusualness(4, 6_200, 20_000, DEFAULT_GUIDELINE)
    usual = team_unusualness(4, 6_001, 20_000, DEFAULT_GUIDELINE)
    assert (many.word, usual.word) == ("unusual", "not unusual")
