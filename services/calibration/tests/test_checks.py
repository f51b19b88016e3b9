"""The checks of a calibration: what each compares, when it is silent and when it flags."""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction

import pytest

from calibration.domain import rules
from calibration.domain.checks import CheckPolicy, CheckResult, On, Period, RatedPerson, justify, run_checks
from calibration.domain.statistics.fisher import TwoByTwo, fisher_exact
from calibration.domain.statistics.numbers import Real
from calibration.domain.statistics.rank_sum import rank_sum, tabulate

QUARTER = Period(start=date(2026, 4, 1), end=date(2026, 6, 30))
LAST_DAYS = tuple(date(2026, 6, 20) + timedelta(days=step) for step in range(8))


def person(
    index: int,
    rating: int,
    *,
    gender: str = "F",
    tenure: str | None = "24",
    level: str = "L3",
    team: str = "T1",
    manager: str = "M1",
    proposed: int | None = None,
    evidence: tuple[date, ...] = (),
) -> RatedPerson:
    return RatedPerson(
        employee_id=f"E{index:03}",
        manager_id=manager,
        team=team,
        level=level,
        gender=gender,
        tenure_months=None if tenure is None else Fraction(tenure),
        rating=rating,
        proposed_rating=proposed,
        evidence_dates=evidence,
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


def tenured(pairs: Sequence[tuple[str | None, int]]) -> list[RatedPerson]:
    return [person(index, rating, tenure=tenure) for index, (tenure, rating) in enumerate(pairs)]


def test_tenure_that_orders_the_ratings_flags() -> None:
    result = run(tenured([(str(6 * i), 1 + i // 2) for i in range(1, 9)]))["tenure_correlation", "all"]
    assert result.state == "flag"
    assert result.statistic == 28 - 3  # every pair concordant but the three tied in rating
    assert result.effect is not None
    assert result.effect.name == "tau_b"


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


def test_teams_and_managers_without_a_name_are_no_group() -> None:
    results = run([person(index, 3, team="", manager="") for index in range(6)])
    assert not [key for key in results if key[0] in ("team_concentration", "no_differentiation")]


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
    assert not rules.may_finalize([flag.state, clear.state])
    assert rules.may_finalize([justify(flag, by="E7").state, clear.state, "insufficient_data"])


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
