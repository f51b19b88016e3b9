"""The checks of gender, and what all checks share: what each compares, when it is silent and when it flags."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

import pytest

from calibration.domain import rules
from calibration.domain.checks import CheckPolicy, CheckResult, On, Period, RatedPerson, justify, run_checks
from calibration.domain.statistics.fisher import TwoByTwo, fisher_exact
from calibration.domain.statistics.numbers import Real
from calibration.domain.statistics.rank_sum import rank_sum, tabulate

QUARTER = Period(start=date(2026, 4, 1), end=date(2026, 6, 30))


def person(
    index: int,
    rating: int,
    *,
    gender: str = "F",
    level: str = "L3",
    proposed: int | None = None,
) -> RatedPerson:
    return RatedPerson(
        employee_id=f"E{index:03}",
        manager_id="M1",
        team="T1",
        level=level,
        gender=gender,
        tenure_months=Fraction(24),
        rating=rating,
        proposed_rating=proposed,
    )


def genders(**ratings: Sequence[int]) -> list[RatedPerson]:
    """One person a rating, by gender."""
    flat = [(gender, rating) for gender, given in ratings.items() for rating in given]
    return [person(index, rating, gender=gender) for index, (gender, rating) in enumerate(flat)]


def run(
    people: Sequence[RatedPerson],
    *,
    period: Period | None = QUARTER,
    policy: CheckPolicy | None = None,
    on: On = "final",
) -> dict[tuple[str, str], CheckResult]:
    results = run_checks(people, period=period, policy=policy or CheckPolicy(), on=on)
    assert len({(result.check, result.subject) for result in results}) == len(results)
    return {(result.check, result.subject): result for result in results}


def effect_of(result: CheckResult) -> Real | None:
    assert result.effect is not None
    return result.effect.value


APART = genders(F=[2] * 5 + [3] * 7, M=[3] * 3 + [4] * 7 + [5] * 2)


def test_every_check_answers_in_the_published_order() -> None:
    checks = list(dict.fromkeys(check for check, _ in run(APART)))
    assert checks == [
        "gender_distribution",
        "gender_rank",
        "gender_top_box",
        "gender_stratified",
        "tenure_correlation",
        "new_hires",
        "recency",
        "team_concentration",
        "no_differentiation",
    ]


def test_a_large_difference_flags_rank_and_top_box_adjusted_together() -> None:
    results = run(APART)
    rank, top = results["gender_rank", "all"], results["gender_top_box", "all"]
    p_rank = rank_sum(tabulate([2] * 5 + [3] * 7, [3] * 3 + [4] * 7 + [5] * 2)).p_value
    p_top = fisher_exact(TwoByTwo(hits_1=0, people_1=12, hits_2=9, people_2=12)).p_value
    assert (rank.p_exact, top.p_exact) == (p_rank, p_top)
    # new_hires has no new hire and everybody has the same tenure: two tests can reach α, Holm doubles the smaller p
    assert (rank.p_adjusted, top.p_adjusted) == (2 * p_rank, max(2 * p_rank, p_top))
    assert (rank.state, top.state) == ("flag", "flag")
    assert rank.effect is not None
    assert rank.effect.value == Fraction(-(12 * 12 - 7 * 3), 144)
    assert rank.n == {"F": 12, "M": 12}
    assert "named person has to justify" in rank.sentence


def test_descriptive_checks_never_flag() -> None:
    results = run(APART)
    for check in ("gender_distribution", "gender_stratified"):
        result = results[check, "all"]
        assert result.p_exact is not None
        assert result.p_exact < Fraction(1, 100)
        assert (result.state, result.p_adjusted) == ("clear", None)


def test_a_group_under_five_is_neither_judged_nor_shown() -> None:
    results = run(genders(F=[1, 2, 1, 2], M=[3, 4, 5] * 6))
    for check in ("gender_rank", "gender_top_box", "gender_distribution", "gender_stratified"):
        result = results[check, "all"]
        assert result.state == "insufficient_data"
        assert result.reason == "a compared group has fewer than 5 people"
        assert result.n == {"F": None, "M": 18}
        assert (result.p_value, result.effect, result.statistic, result.p_adjusted) == (
            None,
            None,
            None,
            None,
        )


def test_five_people_are_enough_to_be_compared() -> None:
    results = run(genders(F=[1, 2, 1, 2, 3], M=[3, 4, 5] * 6))
    assert results["gender_rank", "all"].n == {"F": 5, "M": 18}
    assert results["gender_rank", "all"].state == "flag"


@pytest.mark.parametrize(
    ("people", "reason"),
    [
        (genders(F=[3] * 9), "only one gender is recorded"),
        ([person(i, 3, gender="") for i in range(9)], "no gender is recorded"),
    ],
)
def test_without_two_genders_there_is_nothing_to_compare(people: list[RatedPerson], reason: str) -> None:
    assert run(people)["gender_rank", "all"].reason == reason


def test_people_without_a_recorded_gender_are_in_no_group() -> None:
    unknown = [person(900 + i, 5, gender="") for i in range(9)]
    known, more = run(APART)["gender_rank", "all"], run([*APART, *unknown])["gender_rank", "all"]
    assert (known.p_value, known.n) == (more.p_value, more.n)


def test_margins_that_cannot_reach_alpha_are_insufficient_and_outside_the_family() -> None:
    results = run(genders(F=[3] * 5 + [4], M=[3] * 7))
    assert results["gender_rank", "all"].state == "insufficient_data"
    assert "could not reach alpha" in (results["gender_rank", "all"].reason or "")
    assert results["gender_rank", "all"].p_adjusted is None
    everybody = run(genders(F=[4] * 6, M=[5] * 6))
    assert everybody["gender_top_box", "all"].reason == "everybody, or nobody, has the favourable outcome"
    assert everybody["gender_rank", "all"].p_adjusted == everybody["gender_rank", "all"].p_value


def test_one_person_who_would_reverse_the_order_makes_the_top_box_insufficient() -> None:
    # Questions and Answers on the Uniform Guidelines, no. 21 (44 FR 11996, 1979): 1 of 10 women and 3 of 20 men are
    # chosen, a ratio of 2/3; with one woman more their rate would be the higher one.
    women, men = [4] + [3] * 9, [4] * 3 + [3] * 17
    result = run(genders(F=women, M=men))["gender_top_box", "all"]
    assert result.four_fifths is not None
    assert result.four_fifths.ratio == Fraction(2, 3)
    assert result.state == "insufficient_data"
    assert "one person" in (result.reason or "")


def test_the_four_fifths_rule_of_the_agencies() -> None:
    # Questions and Answers on the Uniform Guidelines, no. 12: 48 of 80 and 12 of 40 are hired, 30 % over 60 % is 1/2.
    people = genders(B=[4] * 12 + [3] * 28, W=[4] * 48 + [3] * 32)
    result = run(people)["gender_top_box", "all"]
    assert result.four_fifths is not None
    assert (result.four_fifths.ratio, result.four_fifths.below) == (Fraction(1, 2), True)
    assert result.state == "flag"
    assert result.effect is not None
    assert result.effect.value == Fraction(1, 2)


def test_a_significant_ratio_of_exactly_four_fifths_is_clear() -> None:
    people = genders(F=[4] * 400 + [3] * 600, M=[4] * 500 + [3] * 500)
    result = run(people)["gender_top_box", "all"]
    assert result.p_adjusted is not None
    assert result.p_adjusted <= Fraction(1, 20)
    assert (result.statistic, result.state) == (Fraction(4, 5), "clear")
    just_below = run(genders(F=[4] * 399 + [3] * 601, M=[4] * 500 + [3] * 500))["gender_top_box", "all"]
    assert just_below.state == "flag"


def test_a_ratio_below_four_fifths_alone_never_flags() -> None:
    result = run(genders(F=[4] * 3 + [3] * 12, M=[4] * 7 + [3] * 13))["gender_top_box", "all"]
    assert result.four_fifths is not None
    assert result.four_fifths.below
    assert result.state == "clear"
    assert result.four_fifths.unusual_in_fair > Fraction(1, 2)


def test_more_than_two_genders_compare_the_two_largest_and_explore_the_rest() -> None:
    people = genders(F=[3, 4] * 10, M=[3, 4, 5] * 8, X=[1, 2, 2, 3, 1, 2], Y=[5])
    results = run(people)
    assert results["gender_rank", "all"].n == {"F": 20, "M": 24}
    assert results["gender_rank", "all"].family == "confirmatory"
    others = [key for key in results if key[0] == "gender_rank"]
    assert others == [("gender_rank", "all"), ("gender_rank", "M / X"), ("gender_rank", "F / X")]
    explored = results["gender_rank", "F / X"]
    assert (explored.family, explored.state) == ("exploratory", "flag")
    assert explored.sentence.startswith("Exploratory: ")
    slices = [r for r in results.values() if r.family == "exploratory"]
    p_values = [r.p_value for r in slices if r.p_value is not None]
    assert tuple(r.p_adjusted for r in slices) == rules.benjamini_hochberg(p_values)


def test_heterogeneous_levels_are_not_pooled() -> None:
    people = [
        person(index, rating, gender=gender, level=level)
        for index, (level, gender, rating) in enumerate(
            [("L3", "F", 4)] * 9 + [("L3", "F", 3)] + [("L3", "M", 4)] + [("L3", "M", 3)] * 9
            + [("L4", "F", 4)] + [("L4", "F", 3)] * 9 + [("L4", "M", 4)] * 9 + [("L4", "M", 3)]
        )
    ]  # fmt: skip
    result = run(people)["gender_stratified", "all"]
    assert result.heterogeneity_p is not None
    assert result.heterogeneity_p < Fraction(1, 1000)
    assert result.effect is not None
    assert result.effect.value is None
    assert [level.odds_ratio for level in result.levels] == [81, Fraction(1, 81)]
    assert "not pooled" in result.sentence


def test_like_levels_are_pooled_and_a_small_one_takes_a_second_out_of_sight() -> None:
    rows = [("L3", 10), ("L4", 6), ("L5", 3)]
    people = [
        person(1000 * at + index, 4 if index % 3 else 3, gender="FM"[index % 2], level=level)
        for at, (level, each) in enumerate(rows)
        for index in range(2 * each)
    ]
    result = run(people)["gender_stratified", "all"]
    assert result.effect is not None
    assert result.effect.value is not None
    shown = {level.level: dict(level.n) for level in result.levels}
    assert shown == {"L3": {"F": 10, "M": 10}, "L4": {"F": None, "M": None}, "L5": {"F": None, "M": None}}
    assert all(level.odds_ratio is None for level in result.levels if level.n["F"] is None)


def test_checks_on_the_change_compare_who_was_moved() -> None:
    people = [
        person(index, 3, gender=gender, proposed=proposed)
        for index, (gender, proposed) in enumerate([("F", 4)] * 8 + [("M", 2)] * 8)
    ]
    results = run(people, on="change")
    assert effect_of(results["gender_rank", "all"]) == -1
    assert results["gender_top_box", "all"].sentence.startswith(
        "Changes in calibration, raised: F 0 of 8, M 8 of 8"
    )
    assert results["team_concentration", "all"].state == "insufficient_data"
    assert results["no_differentiation", "all"].state == "insufficient_data"
    assert effect_of(run(people, on="proposed")["gender_rank", "all"]) == 1
    assert run(people)["gender_rank", "all"].state == "insufficient_data"


def test_without_proposed_ratings_every_check_on_them_is_insufficient() -> None:
    for on in ("proposed", "change"):
        results = run(APART, on=on)
        assert {result.state for result in results.values()} == {"insufficient_data"}
        assert len(results) == 9


def test_a_named_person_justifies_a_flag_and_nothing_else() -> None:
    results = run(APART)
    flag, clear = results["gender_rank", "all"], results["gender_distribution", "all"]
    assert (justify(flag, by="E7").state, justify(flag, by="E7").justified_by) == ("justified", "E7")
    assert justify(clear, by="E7") == clear


def test_every_result_carries_its_versions() -> None:
    policy = CheckPolicy(version="2026.1")
    assert {(r.method_version, r.policy_version) for r in run(APART, policy=policy).values()} == {
        (rules.RULE_VERSION, "2026.1")
    }


@pytest.mark.parametrize(
    ("hits", "reverses"),
    [
        ((1, 10, 3, 20), True),
        ((0, 12, 9, 12), False),
        ((2, 10, 4, 20), False),
        ((3, 20, 1, 10), True),
        ((0, 10, 1, 10), False),
    ],
)
def test_one_person_reverses_only_if_the_one_behind_gets_ahead(
    hits: tuple[int, int, int, int], reverses: bool
) -> None:
    a, n1, c, n2 = hits
    table = TwoByTwo(hits_1=a, people_1=n1, hits_2=c, people_2=n2)
    assert rules.one_person_would_reverse(table) is reverses
