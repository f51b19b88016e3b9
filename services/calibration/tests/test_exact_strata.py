"""Stratified 2×2 tables and binomial tails, against published examples and enumeration."""

import math
from fractions import Fraction
from itertools import product
from math import comb
from typing import Any

import pytest
from scipy.stats import binom

from calibration.domain.statistics.binomial import binomial_lower_tail, binomial_upper_tail, wilson_interval
from calibration.domain.statistics.fisher import TwoByTwo, fisher_exact
from calibration.domain.statistics.numbers import chi_square_upper_tail
from calibration.domain.statistics.stratified import (
    breslow_day,
    heterogeneity,
    mantel_haenszel_odds,
    mantel_haenszel_test,
    stratified_exact,
    zelen,
)


def strata(*rows: tuple[int, int, int, int]) -> list[TwoByTwo]:
    """Rows of group 1 hit and missed, group 2 hit and missed."""
    return [TwoByTwo(hits_1=a, people_1=a + b, hits_2=c, people_2=c + d) for a, b, c, d in rows]


# R's datasets::UCBAdmissions, men and women admitted and rejected in six departments.
BERKELEY = strata(
    (512, 313, 89, 19),
    (353, 207, 17, 8),
    (120, 205, 202, 391),
    (138, 279, 131, 244),
    (53, 138, 94, 299),
    (22, 351, 24, 317),
)
# Agresti (1990) pages 231 to 237, penicillin and rabbits, in R's ?mantelhaen.test.
RABBITS = strata((0, 6, 0, 5), (3, 3, 0, 6), (6, 0, 2, 4), (5, 1, 6, 0), (2, 0, 5, 0))
SMALL = strata((2, 1, 1, 3), (1, 2, 2, 1), (0, 2, 3, 1))


def test_admissions_at_berkeley() -> None:
    # ?mantelhaen.test: X² = 1.4269, p-value = 0.2323, odds ratio 0.9046968, 95 % interval 0.7719074 to 1.0603298.
    outcome, odds = stratified_exact(BERKELEY), mantel_haenszel_odds(BERKELEY)
    assert "Mantel-Haenszel" in outcome.method
    assert float(outcome.statistic) == pytest.approx(1.4269, abs=5e-5)
    assert float(outcome.p_value) == pytest.approx(0.2323, abs=5e-5)
    assert odds.value is not None
    assert float(odds.value) == pytest.approx(0.9046968, abs=5e-8)
    assert odds.interval.low == pytest.approx(0.7719074, abs=5e-8)
    assert odds.interval.high == pytest.approx(1.0603298, abs=5e-8)


def test_penicillin_for_rabbits() -> None:
    # ?mantelhaen.test: X² = 3.9286, p = 0.04747, odds ratio 7 (1.026713 to 47.725133); exact p-value = 0.03994.
    odds, asymptotic = mantel_haenszel_odds(RABBITS), mantel_haenszel_test(RABBITS[1:4])
    assert float(stratified_exact(RABBITS).p_value) == pytest.approx(0.03994, abs=5e-6)
    assert float(asymptotic.statistic) == pytest.approx(3.9286, abs=5e-5)
    assert float(asymptotic.p_value) == pytest.approx(0.04747, abs=5e-6)
    assert odds.value == 7
    assert odds.interval.low == pytest.approx(1.026713, abs=5e-7)
    assert odds.interval.high == pytest.approx(47.725133, abs=5e-7)


def every_table(tables: list[TwoByTwo]) -> list[tuple[int, int]]:
    """Every combination of strata with these margins: group 1's hits together, and the weight."""
    choices = [list(enumerate(table.weights, start=table.lowest)) for table in tables]
    return [(sum(x for x, _ in cells), math.prod(w for _, w in cells)) for cells in product(*choices)]


@pytest.mark.parametrize("tables", [SMALL, SMALL[:2], RABBITS[1:4]])
def test_the_conditional_test_agrees_with_every_combination_of_tables(tables: list[TwoByTwo]) -> None:
    ways: dict[int, int] = {}
    for hits, weight in every_table(tables):
        ways[hits] = ways.get(hits, 0) + weight
    observed = ways[sum(table.hits_1 for table in tables)]
    outcome = stratified_exact(tables)
    assert outcome.p_value == Fraction(sum(w for w in ways.values() if w <= observed), sum(ways.values()))
    least = min(ways.values())
    assert outcome.smallest == Fraction(sum(w for w in ways.values() if w == least), sum(ways.values()))


@pytest.mark.parametrize("tables", [SMALL, SMALL[:2], RABBITS[1:4]])
def test_zelen_agrees_with_every_combination_of_the_same_sum(tables: list[TwoByTwo]) -> None:
    hits = sum(table.hits_1 for table in tables)
    weights = [weight for total, weight in every_table(tables) if total == hits]
    observed = math.prod(math.comb(t.people_1, t.hits_1) * math.comb(t.people_2, t.hits_2) for t in tables)
    assert zelen(tables).p_value == Fraction(sum(w for w in weights if w <= observed), sum(weights))


def test_one_stratum_is_fisher() -> None:
    assert stratified_exact(SMALL[:1]).p_value == fisher_exact(SMALL[0]).p_value
    assert heterogeneity(SMALL[:1]) is None


def test_an_empty_stratum_adds_nothing() -> None:
    empty = strata((0, 0, 2, 3), (3, 2, 0, 0), (0, 4, 0, 5), (3, 0, 2, 0), (0, 0, 0, 0))
    assert stratified_exact([*SMALL, *empty]) == stratified_exact(SMALL)
    assert mantel_haenszel_odds([*SMALL, *empty]) == mantel_haenszel_odds(SMALL)
    assert heterogeneity([*SMALL, *empty]) == heterogeneity(SMALL)
    assert stratified_exact(empty).p_value == 1


def test_breslow_day_agrees_with_statsmodels() -> None:
    from statsmodels.stats.contingency_tables import StratifiedTable

    tables = [[[t.hits_1, t.people_1 - t.hits_1], [t.hits_2, t.people_2 - t.hits_2]] for t in BERKELEY]
    expected: Any = StratifiedTable(tables).test_equal_odds(adjust=True)
    outcome = heterogeneity(BERKELEY)
    assert outcome is not None
    assert "Breslow-Day" in outcome.method
    assert float(outcome.statistic) == pytest.approx(expected.statistic, rel=1e-6)
    assert float(outcome.p_value) == pytest.approx(expected.pvalue, rel=1e-5)


def test_breslow_day_of_equal_odds_is_zero() -> None:
    same = strata((10, 20, 10, 20), (30, 15, 30, 15))
    assert breslow_day(same, 1.0).statistic == pytest.approx(0)
    scaled = strata((20, 10, 10, 20), (40, 20, 20, 40))
    assert breslow_day(scaled, 4.0).statistic == pytest.approx(0, abs=1e-9)


def test_small_strata_are_judged_by_zelen() -> None:
    outcome = heterogeneity(SMALL)
    assert outcome is not None
    assert outcome.method == "Zelen exact test of homogeneity"


def test_odds_without_bound_and_of_nothing() -> None:
    one_sided = strata((3, 0, 1, 3), (2, 0, 1, 2))
    assert mantel_haenszel_odds(one_sided).value is None
    assert (
        mantel_haenszel_odds(
            [
                TwoByTwo(hits_1=t.hits_2, people_1=t.people_2, hits_2=t.hits_1, people_2=t.people_1)
                for t in one_sided
            ]
        ).value
        == 0
    )


def test_chi_square_tail_of_known_quantiles() -> None:
    assert chi_square_upper_tail(3.841458820694124, 1) == pytest.approx(0.05)
    assert chi_square_upper_tail(9.487729036781154, 4) == pytest.approx(0.05)


@pytest.mark.parametrize(("k", "n", "share"), list(product((0, 1, 3, 7), (7, 12), ("14/91", "2/5"))))
def test_binomial_tails_agree_with_scipy(k: int, n: int, share: str) -> None:
    p = Fraction(share)
    assert float(binomial_upper_tail(k, n, p)) == pytest.approx(binom.sf(k - 1, n, float(p)))
    assert float(binomial_lower_tail(k, n, p)) == pytest.approx(binom.cdf(k, n, float(p)))


def test_wilsons_interval_of_a_known_case() -> None:
    # Newcombe 1998, Statistics in Medicine 17:857, table I, method 3: 81 of 263 is 0.2553 to 0.3662, 0 of 20 is
    # 0 to 0.1611.
    many, none = wilson_interval(81, 263), wilson_interval(0, 20)
    assert (many.low, many.high) == (pytest.approx(0.2553, abs=5e-5), pytest.approx(0.3662, abs=5e-5))
    assert (none.low, none.high) == (0, pytest.approx(0.1611, abs=5e-5))
    assert wilson_interval(5, 5).high == 1


def test_two_strata_are_enough_to_differ() -> None:
    two = strata((9, 1, 1, 9), (1, 9, 9, 1))
    outcome = heterogeneity(two)
    assert outcome is not None
    assert outcome.p_value == zelen(two).p_value
    assert outcome.p_value < Fraction(1, 1000)


@pytest.mark.parametrize("share", [Fraction(0), Fraction(1), Fraction(1, 3), Fraction(2, 5)])
def test_every_binomial_tail_up_to_twelve_trials_is_the_sum_of_its_terms(share: Fraction) -> None:
    for n in range(13):
        for k in range(-1, n + 2):
            terms = [comb(n, x) * share**x * (1 - share) ** (n - x) for x in range(max(0, k), n + 1)]
            assert binomial_upper_tail(k, n, share) == sum(terms)
