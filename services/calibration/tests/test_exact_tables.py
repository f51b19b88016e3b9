"""Fisher's exact test and Freeman and Halton's, against published examples and every small table."""

import math
from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pytest
from scipy.stats import fisher_exact as scipy_fisher

from calibration.domain.statistics import freeman_halton as halton
from calibration.domain.statistics.fisher import TwoByTwo, fisher_exact
from calibration.domain.statistics.freeman_halton import chi_square, cramers_v, freeman_halton
from calibration.domain.statistics.rate_ratio import score_interval


def table(hits_1: int, people_1: int, hits_2: int, people_2: int) -> TwoByTwo:
    return TwoByTwo(hits_1=hits_1, people_1=people_1, hits_2=hits_2, people_2=people_2)


def test_the_lady_tasting_tea() -> None:
    # Fisher, The Design of Experiments (1935), chapter 2: 3 of 4 cups right. R's ?fisher.test prints 0.2429 for the
    # one-sided test; two-sided it is 34/70, of which 32/70 is as probable as the observed table.
    outcome = fisher_exact(table(3, 4, 1, 4))
    assert outcome.p_value == Fraction(34, 70)
    assert outcome.mid == Fraction(2 + 16, 70)
    assert outcome.smallest == Fraction(2, 70)


def test_convictions_of_like_sex_twins() -> None:
    # Fisher (1962, 1970) Criminal convictions of like-sex twins, in R's ?fisher.test: p-value = 0.0005367.
    assert float(fisher_exact(table(2, 17, 10, 13)).p_value) == pytest.approx(0.0005367, abs=5e-8)


def test_every_table_of_up_to_nine_a_group_agrees_with_counting_people() -> None:
    for n1, n2 in product(range(1, 6), repeat=2):
        for hits in range(n1 + n2 + 1):
            ways: dict[int, int] = {}
            for chosen in combinations(range(n1 + n2), hits):
                first = sum(person < n1 for person in chosen)
                ways[first] = ways.get(first, 0) + 1
            total = sum(ways.values())
            for first, count in ways.items():
                outcome = fisher_exact(table(first, n1, hits - first, n2))
                assert outcome.p_value == Fraction(sum(w for w in ways.values() if w <= count), total)
                below = sum(w for w in ways.values() if w < count)
                tied = sum(w for w in ways.values() if w == count)
                assert outcome.mid == Fraction(2 * below + tied, 2 * total)
                smallest = min(ways.values())
                assert outcome.smallest == Fraction(sum(w for w in ways.values() if w == smallest), total)


@pytest.mark.parametrize("cells", [(12, 40, 25, 60), (300, 900, 380, 900), (1, 200, 9, 150)])
def test_larger_tables_agree_with_scipy(cells: tuple[int, int, int, int]) -> None:
    a, n1, c, n2 = cells
    expected = scipy_fisher(np.array([[a, n1 - a], [c, n2 - c]])).pvalue
    assert float(fisher_exact(table(*cells)).p_value) == pytest.approx(expected, rel=1e-9)


def test_mid_p_is_one_half_on_average() -> None:
    shape = table(3, 8, 4, 11)
    total, mean = sum(shape.weights), Fraction(0)
    for step, weight in enumerate(shape.weights):
        hits = shape.lowest + step
        mid = fisher_exact(table(hits, 8, 7 - hits, 11)).mid
        assert mid is not None
        mean += Fraction(weight, total) * mid
    assert mean == Fraction(1, 2)


def every_split(totals: tuple[int, ...], group: int) -> list[tuple[int, ...]]:
    cells = product(*[range(total + 1) for total in totals])
    return [cell for cell in cells if sum(cell) == group]


@pytest.mark.parametrize("totals", [(1, 2, 3), (2, 2, 2, 2), (0, 3, 4, 1), (1, 1, 5, 2, 1), (4, 4)])
def test_freeman_halton_agrees_with_every_table(totals: tuple[int, ...]) -> None:
    for group in range(1, sum(totals)):
        weights = {cell: math.prod(map(math.comb, totals, cell)) for cell in every_split(totals, group)}
        assert halton.count_tables(totals, group) == len(weights)
        for cell, weight in weights.items():
            rest = tuple(total - count for total, count in zip(totals, cell, strict=True))
            outcome = freeman_halton(cell, rest, seed=1)
            as_rare = sum(other for other in weights.values() if other <= weight)
            assert outcome.p_value == Fraction(as_rare, math.comb(sum(totals), group))
            least = min(weights.values())
            rarest = sum(other for other in weights.values() if other == least)
            assert outcome.smallest == Fraction(rarest, math.comb(sum(totals), group))


def test_freeman_halton_of_two_columns_is_fisher() -> None:
    assert freeman_halton([2, 15], [10, 3], seed=1).p_value == fisher_exact(table(2, 17, 10, 13)).p_value


def test_sampled_tables_agree_with_the_enumerated_p_value() -> None:
    first, second = [1, 3, 9, 6, 1], [1, 6, 14, 5, 1]
    exact = freeman_halton(first, second, seed=1)
    sampled = halton.sampled_freeman_halton(
        first, [a + b for a, b in zip(first, second, strict=True)], seed=1
    )
    assert sampled.standard_error is not None
    assert abs(float(sampled.p_value) - float(exact.p_value)) < 4 * sampled.standard_error
    assert "Monte Carlo" in sampled.method
    assert "seed 1" in sampled.method
    assert sampled.standard_error == pytest.approx(
        math.sqrt(float(sampled.p_value) * (1 - float(sampled.p_value)) / halton.DRAWS)
    )


def test_past_the_limit_tables_are_sampled_and_repeat_by_seed() -> None:
    first, second = [10, 60, 130, 40, 10], [12, 55, 140, 33, 10]
    once, again = (freeman_halton(first, second, seed=7) for _ in range(2))
    assert once == again
    assert once.standard_error is not None


def test_chi_square_by_hand_and_empty_columns_add_nothing() -> None:
    # 2×2 with cells 10, 20, 30, 40: n(ad − bc)²/(r1 r2 c1 c2) = 100·200²/(30·70·40·60)
    assert chi_square([10, 20], [30, 40]) == Fraction(100 * 200**2, 30 * 70 * 40 * 60)
    assert chi_square([10, 0, 20], [30, 0, 40]) == chi_square([10, 20], [30, 40])


def test_cramers_v_lies_inside_its_interval_and_zero_association_starts_at_zero() -> None:
    value, interval = cramers_v([2, 6, 12, 0, 0], [0, 0, 16, 12, 2])
    assert interval.low is not None
    assert interval.high is not None
    assert 0 < interval.low < value < interval.high <= 1
    _, flat = cramers_v([10, 10], [10, 10])
    assert flat.low == 0
    assert cramers_v([10], [10])[0] == 0


def test_cramers_v_limits_put_the_statistic_at_the_tails() -> None:
    from scipy.stats import ncx2

    first, second = [2, 6, 12, 0, 0], [0, 0, 16, 12, 2]
    _, interval = cramers_v(first, second)
    assert interval.low is not None
    assert interval.high is not None
    statistic = float(chi_square(first, second))
    assert ncx2.cdf(statistic, 4, 50 * interval.low**2) == pytest.approx(0.975, abs=1e-6)
    assert ncx2.cdf(statistic, 4, 50 * interval.high**2) == pytest.approx(0.025, abs=1e-6)


@pytest.mark.parametrize(
    "cells", [(3, 4, 1, 4), (7, 20, 12, 30), (1, 25, 10, 25), (0, 12, 5, 18), (50, 400, 20, 300)]
)
def test_the_rate_ratio_interval_agrees_with_statsmodels(cells: tuple[int, int, int, int]) -> None:
    from statsmodels.stats.proportion import confint_proportions_2indep

    interval = score_interval(table(*cells))
    low, high = confint_proportions_2indep(*cells, method="score", compare="ratio", correction=True)
    assert interval.low is not None
    assert interval.high is not None
    assert interval.low == pytest.approx(low, abs=1e-6) if cells[0] else interval.low == 0
    assert interval.high == pytest.approx(high, rel=1e-6)


def test_swapping_groups_inverts_the_rate_ratio_interval() -> None:
    one, other = score_interval(table(7, 20, 12, 30)), score_interval(table(12, 30, 7, 20))
    assert one.low is not None
    assert other.high is not None
    assert one.low == pytest.approx(1 / other.high)


def test_a_group_without_hits_leaves_the_ratio_without_that_bound() -> None:
    assert score_interval(table(3, 10, 0, 10)).high is None
    assert score_interval(table(0, 10, 3, 10)).low == 0
    assert score_interval(table(0, 10, 0, 10)).low is None


def test_chi_square_without_one_group_is_zero() -> None:
    assert chi_square([0, 0], [3, 4]) == 0
    assert chi_square([3, 4], [0, 0]) == 0
