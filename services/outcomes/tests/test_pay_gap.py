"""Pay gap: published regressions, hand calculations, suppression and properties."""

import random
from fractions import Fraction
from math import exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.domain.pay_gap import CurrencyGap, PaidPerson, any_known, measure_pay_gaps, relative_gap
from outcomes.domain.statistics.log_salary import fit_log_salary

# Student's sleep data (1908), Biometrika 6; the data set "sleep" of R.
SLEEP_1 = (0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0)
SLEEP_2 = (1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4)
SALARIES = [exp(value) for value in (*SLEEP_1, *SLEEP_2)]
FIRST = [True] * 10 + [False] * 10


def person(
    gender: str, salary: int | str, *, level: str = "L1", location: str = "x", currency: str = "EUR"
) -> PaidPerson:
    return PaidPerson(
        gender=gender, level=level, location=location, salary=Fraction(salary), currency=currency
    )


def group(gender: str, salaries: list[int], *, level: str = "L1", location: str = "x") -> list[PaidPerson]:
    return [person(gender, salary, level=level, location=location) for salary in salaries]


def only(people: list[PaidPerson]) -> CurrencyGap:
    (answer,) = measure_pay_gaps(people)
    return answer


def test_without_controls_it_is_the_pooled_t_interval() -> None:
    """R: t.test(extra ~ group, data = sleep, var.equal = TRUE): difference −1.58, −3.363874 to 0.203874, 18 df."""
    fitted = fit_log_salary(SALARIES, FIRST, [])
    assert fitted is not None
    assert fitted.value == pytest.approx(-1.58)
    assert fitted.freedom == 18
    _, low, high = fitted.relative_gap()
    assert (low, high) == pytest.approx((1 - exp(0.203874), 1 - exp(-3.363874)), abs=1e-6)


def test_with_one_control_per_pair_it_is_the_paired_t_interval() -> None:
    """R: t.test of sleep's pairs: t = −4.0621, 9 df, −2.4598858 to −0.7001142."""
    patients = [str(index) for index in range(10)] * 2
    fitted = fit_log_salary(SALARIES, FIRST, [patients])
    assert fitted is not None
    assert fitted.freedom == 9
    assert fitted.value / fitted.standard_error == pytest.approx(-4.0621, abs=5e-5)
    _, low, high = fitted.relative_gap()
    assert (low, high) == pytest.approx((1 - exp(-0.7001142), 1 - exp(-2.4598858)), abs=1e-6)


def test_one_degree_of_freedom_is_enough_and_none_is_not() -> None:
    three = fit_log_salary([100.0, 110.0, 120.0], [True, False, False], [])
    assert three is not None
    assert three.freedom == 1
    assert fit_log_salary([100.0, 110.0], [True, False], []) is None


def test_controls_that_repeat_each_other_change_nothing() -> None:
    patients = [str(index) for index in range(10)] * 2
    once, twice = (
        fit_log_salary(SALARIES, FIRST, [patients]),
        fit_log_salary(SALARIES, FIRST, [patients, patients]),
    )
    assert once is not None
    assert twice is not None
    assert twice.freedom == once.freedom
    assert (twice.value, twice.standard_error) == pytest.approx((once.value, once.standard_error))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_clearing_the_controls_first_gives_the_whole_regression(seed: int) -> None:
    generator = np.random.default_rng(seed)
    n = 40
    women = generator.random(n) < 0.4
    levels, places = generator.integers(0, 4, n), generator.integers(0, 3, n)
    logs = 11 + 0.2 * levels - 0.1 * women + generator.normal(0, 0.1, n)
    fitted = fit_log_salary(
        [float(value) for value in np.exp(logs)],
        [bool(value) for value in women],
        [[str(value) for value in levels], [str(value) for value in places]],
    )
    blocks = [women.astype(float), np.ones(n)]
    for column in (levels, places):
        blocks += [(column == value).astype(float) for value in sorted(set(column.tolist()))[1:]]
    design = np.column_stack(blocks)
    solution, residual, rank, _ = np.linalg.lstsq(design, logs, rcond=None)
    assert rank == design.shape[1]
    variance = residual[0] / (n - rank) * np.linalg.inv(design.T @ design)[0, 0]
    assert fitted is not None
    assert fitted.value == pytest.approx(solution[0])
    assert fitted.standard_error == pytest.approx(variance**0.5)


def test_one_gender_per_level_cannot_be_adjusted() -> None:
    people = group("F", [100, 110, 120, 130, 140], level="A") + group(
        "M", [200, 210, 220, 230, 240], level="B"
    )
    answer = only(people)
    assert answer.adjusted_gap is None
    assert answer.adjusted_reason == "no level and location has both women and men, or too few people"


def test_raw_and_median_gap_by_hand() -> None:
    answer = only(group("female", [90, 90, 95, 100, 100]) + group("Male", [80, 100, 100, 110, 110, 130]))
    assert answer.raw_gap == 1 - Fraction(95) / Fraction(105)
    assert answer.median_gap == Fraction(105 - 95, 105)
    assert (answer.women, answer.men) == (5, 6)


def test_a_gap_is_negative_where_women_earn_more() -> None:
    assert relative_gap(Fraction(110), Fraction(100)) == Fraction(-1, 10)


@pytest.mark.parametrize(("women", "reaches"), [(9500, True), (9501, False), (10500, True), (10499, False)])
def test_five_percent_either_way_asks_for_a_joint_assessment(women: int, reaches: bool) -> None:
    answer = only(group("F", [women] * 5) + group("M", [10000] * 5))
    assert answer.joint_assessment is reaches
    assert answer.levels[0].reaches_limit is reaches


def test_one_level_that_reaches_the_limit_is_enough_and_the_average_may_hide_it() -> None:
    """Level A at −10 %, level B at +10 %: the overall gap is 0, and a joint assessment is asked for."""
    people = group("F", [110] * 5, level="A") + group("M", [100] * 5, level="A")
    people += group("F", [90] * 5, level="B") + group("M", [100] * 5, level="B")
    answer = only(people)
    assert answer.raw_gap == 0
    assert [level.gap for level in answer.levels] == [Fraction(-1, 10), Fraction(1, 10)]
    assert answer.joint_assessment is True


def test_a_level_with_four_women_is_suppressed_whole() -> None:
    people = group("F", [50] * 4, level="A") + group("M", [100] * 9, level="A")
    people += group("F", [100] * 5, level="B") + group("M", [100] * 5, level="B")
    small, shown = only(people).levels
    assert (small.state, small.women, small.men, small.gap, small.reaches_limit) == (
        "suppressed",
        None,
        None,
        None,
        None,
    )
    assert (shown.state, shown.women, shown.gap) == ("shown", 5, 0)
    assert only(people).joint_assessment is False


def test_no_level_shown_leaves_the_assessment_open() -> None:
    people = group("F", [50] * 4, level="A") + group("F", [50] * 4, level="B")
    people += group("M", [100] * 9, level="A") + group("M", [100] * 9, level="B")
    assert only(people).joint_assessment is None
    assert only(people).raw_gap == Fraction(1, 2)


def test_a_currency_with_four_men_is_insufficient() -> None:
    answer = only(group("F", [50] * 9) + group("M", [60] * 4))
    assert answer.state == "insufficient_data"
    assert (answer.raw_gap, answer.women, answer.men, answer.adjusted_gap) == (None, None, None, None)
    assert answer.reason == "fewer than 5 women or 5 men are paid in EUR"


def test_currencies_are_never_compared() -> None:
    people = [person("F", 100) for _ in range(5)] + [person("M", 100) for _ in range(5)]
    people += [person("F", 900, currency="USD") for _ in range(5)] + [
        person("M", 1000, currency="USD") for _ in range(5)
    ]
    assert [(one.currency, one.raw_gap) for one in measure_pay_gaps(people)] == [
        ("EUR", 0),
        ("USD", Fraction(1, 10)),
    ]


def test_other_genders_are_counted_and_not_compared() -> None:
    answer = only(group("F", [100] * 5) + group("M", [100] * 5) + group("nonbinary", [1, 2]) + group("", [3]))
    assert answer.not_compared == 3
    assert answer.raw_gap == 0


def test_nothing_known_stays_unknown() -> None:
    assert any_known([None, None]) is None
    assert any_known([None, False]) is False
    assert any_known([False, True]) is True
    assert measure_pay_gaps([]) == ()


salaries = st.lists(st.integers(20_000, 200_000), min_size=6, max_size=12)


@settings(deadline=None)
@given(salaries, salaries, st.randoms(use_true_random=False), st.integers(2, 9))
def test_order_and_unit_of_money_change_nothing(
    women: list[int], men: list[int], shuffler: random.Random, factor: int
) -> None:
    people = group("F", women) + group("M", men)
    scaled = group("F", [value * factor for value in women]) + group("M", [value * factor for value in men])
    shuffler.shuffle(scaled)
    before, after = only(people), only(scaled)
    assert (after.raw_gap, after.median_gap, after.levels) == (
        before.raw_gap,
        before.median_gap,
        before.levels,
    )
    assert before.adjusted_gap is not None
    assert after.adjusted_gap is not None
    assert after.adjusted_gap.value == pytest.approx(before.adjusted_gap.value, abs=1e-9)


@settings(deadline=None)
@given(salaries, salaries)
def test_exchanging_women_and_men_inverts_the_ratio(women: list[int], men: list[int]) -> None:
    one, other = only(group("F", women) + group("M", men)), only(group("F", men) + group("M", women))
    assert one.raw_gap is not None
    assert other.raw_gap is not None
    assert (1 - one.raw_gap) * (1 - other.raw_gap) == 1
    assert one.adjusted_gap is not None
    assert other.adjusted_gap is not None
    assert (1 - one.adjusted_gap.low) * (1 - other.adjusted_gap.high) == pytest.approx(1)


@pytest.mark.parametrize("word", ["f", "Female", "w", "Woman", " women ", "weiblich"])
def test_women_are_named_in_several_words(word: str) -> None:
    people = [*group(word, [90] * 5), *group("m", [100] * 5)]
    assert (only(people).women, only(people).raw_gap) == (5, Fraction(1, 10))


@pytest.mark.parametrize("word", ["m", "Male", "Man", " men", "männlich"])
def test_men_are_named_in_several_words(word: str) -> None:
    people = [*group("f", [90] * 5), *group(word, [100] * 5)]
    assert (only(people).men, only(people).raw_gap) == (5, Fraction(1, 10))


@pytest.mark.parametrize("word", ["f", " Woman "])
def test_the_adjusted_gap_is_positive_where_women_earn_less(word: str) -> None:
    people = [*group(word, [89, 90, 91, 90, 90]), *group("m", [99, 100, 101, 100, 100, 100])]
    adjusted = only(people).adjusted_gap
    assert adjusted is not None
    assert adjusted.value == pytest.approx(0.1, abs=1e-3)
    assert adjusted.low < adjusted.value < adjusted.high
    (level,) = only(people).levels
    assert (level.women, level.men, level.gap) == (5, 6, Fraction(1, 10))


def test_the_median_of_an_even_group_is_between_its_two_middle_salaries() -> None:
    people = [*group("f", [1, 2, 4, 8, 16, 32]), *group("m", [12] * 5)]
    assert only(people).median_gap == Fraction(1, 2)
