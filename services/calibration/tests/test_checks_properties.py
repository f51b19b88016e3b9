"""What must hold for any group of people."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.domain import rules
from calibration.domain.checks import CheckPolicy, CheckResult, RatedPerson, run_checks
from calibration.domain.statistics.fisher import TwoByTwo

MIRRORED = {"F": "M", "M": "F", "": ""}


@st.composite
def organizations(draw: st.DrawFn) -> list[RatedPerson]:
    """Up to 24 people in two genders, two levels and three teams."""
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["F", "M", "F", "M", ""]),
                st.sampled_from(["L3", "L4"]),
                st.integers(0, 2),
                st.integers(1, 40),
                st.integers(1, 5),
            ),
            min_size=12,
            max_size=24,
        )
    )
    return [
        RatedPerson(
            employee_id=f"E{index}",
            manager_id=f"M{team}",
            team=f"T{team}",
            level=level,
            gender=gender,
            tenure_months=Fraction(tenure),
            rating=rating,
        )
        for index, (gender, level, team, tenure, rating) in enumerate(rows)
    ]


def run(people: list[RatedPerson]) -> dict[tuple[str, str], CheckResult]:
    results = run_checks(people, period=None, policy=CheckPolicy(), on="final")
    return {(result.check, result.subject): result for result in results}


@settings(max_examples=40, deadline=None)
@given(organizations(), st.randoms(use_true_random=False))
def test_permuting_people_changes_nothing(people: list[RatedPerson], chance: object) -> None:
    shuffled = list(people)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis's random has no public type
    assert run(shuffled) == run(people)


@settings(max_examples=40, deadline=None)
@given(organizations())
def test_swapping_group_names_mirrors_the_effect(people: list[RatedPerson]) -> None:
    swapped = [replace(person, gender=MIRRORED[person.gender]) for person in people]
    for key, result in run(people).items():
        other = run(swapped)[key]
        assert (other.state, other.p_value, other.p_mid) == (result.state, result.p_value, result.p_mid)
        if result.effect is None or result.effect.value is None or other.effect is None:
            continue
        if key[0] == "gender_rank":
            assert other.effect.value == -result.effect.value
        if key[0] in ("gender_top_box", "gender_stratified") and result.effect.value and other.effect.value:
            assert other.effect.value == 1 / Fraction(result.effect.value)


@settings(max_examples=40, deadline=None)
@given(organizations())
def test_an_empty_group_adds_nothing(people: list[RatedPerson]) -> None:
    nobody = [
        RatedPerson(
            employee_id=f"Z{index}",
            manager_id="",
            team="",
            level="L9",
            gender="",
            tenure_months=None,
            rating=3,
        )
        for index in range(4)
    ]
    before, after = run(people), run([*people, *nobody])
    assert after == before


@settings(max_examples=40, deadline=None)
@given(organizations())
def test_only_the_four_states_with_their_reasons_occur(people: list[RatedPerson]) -> None:
    for result in run(people).values():
        assert (result.reason is not None) is (result.state == "insufficient_data")
        if result.state == "flag" and result.kind == "test":
            assert result.p_adjusted is not None
            assert result.p_adjusted <= rules.ALPHA
        if result.p_adjusted is not None:
            assert result.p_value is not None
            assert result.p_adjusted >= result.p_value
        assert all(size is None or size >= 5 for size in result.n.values()) or result.kind == "threshold"


def test_the_reversal_rule_agrees_with_moving_each_person() -> None:
    for n1, n2 in product(range(1, 9), repeat=2):
        for a, c in product(range(n1 + 1), range(n2 + 1)):
            ahead = sign(Fraction(a, n1), Fraction(c, n2))
            moved = [(a + 1, c), (a - 1, c), (a, c + 1), (a, c - 1)]
            reached = {
                sign(Fraction(x, n1), Fraction(y, n2)) for x, y in moved if 0 <= x <= n1 and 0 <= y <= n2
            }
            table = TwoByTwo(hits_1=a, people_1=n1, hits_2=c, people_2=n2)
            assert rules.one_person_would_reverse(table) is (ahead != 0 and -ahead in reached)


def sign(first: Fraction, second: Fraction) -> int:
    return (first > second) - (first < second)


@pytest.mark.parametrize("people", range(1, 60))
def test_the_concentration_limit_is_forty_percent_in_integers(people: int) -> None:
    for exceeding in range(people + 1):
        over = Fraction(exceeding, people) > Fraction(2, 5)
        assert rules.exceeds_concentration_limit(exceeding=exceeding, people=people) is over
        assert (exceeding >= rules.smallest_concentration_breach(people)) is over
