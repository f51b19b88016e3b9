"""The rank-sum test, Cliff's δ and Kendall's τ-b, against published examples and every small arrangement."""

import math
from collections import Counter
from fractions import Fraction
from itertools import combinations, permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, mannwhitneyu

from calibration.domain.statistics import kendall
from calibration.domain.statistics import rank_sum as ranks
from calibration.domain.statistics.kendall import Stratum, kendall_permutation, tau_b
from calibration.domain.statistics.kendall_enumeration import (
    inversion_counts,
    packed_inversions,
    packed_scores,
)
from calibration.domain.statistics.rank_sum import cliffs_delta, rank_sum, tabulate

RATINGS = st.lists(st.integers(1, 5), min_size=2, max_size=9)


def sign(number: int) -> int:
    return (number > 0) - (number < 0)


def doubled_ranks(values: list[int]) -> list[int]:
    return [2 * sum(v < value for v in values) + values.count(value) + 1 for value in values]


def test_permeability_of_the_human_placenta() -> None:
    # Hollander and Wolfe (1973) page 69, in R's ?wilcox.test: W = 35, one-sided p-value = 0.1272. There are no ties,
    # so that the two-sided p-value is twice that.
    at_term = [80, 83, 189, 104, 145, 138, 191, 164, 73, 146]
    early = [115, 88, 90, 74, 121]
    outcome = rank_sum(tabulate(at_term, early))
    assert outcome.statistic == 35
    assert float(outcome.p_value) == pytest.approx(2 * 0.1272, abs=1e-4)


def test_every_sample_of_up_to_eight_people_agrees_with_every_division_of_them() -> None:
    for people in range(3, 9):
        for values in ([1, 1, 2, 3, 3, 3, 4, 5], [3, 3, 3, 3, 4, 2, 3, 3], [1, 2, 3, 4, 5, 6, 7, 8]):
            pooled = values[:people]
            scores = doubled_ranks(pooled)
            for group in range(1, people):
                middle = group * (people + 1)
                deviations = {
                    chosen: abs(sum(scores[i] for i in chosen) - middle)
                    for chosen in combinations(range(people), group)
                }
                furthest = max(deviations.values())
                for chosen, deviation in deviations.items():
                    first = [pooled[i] for i in chosen]
                    second = [pooled[i] for i in range(people) if i not in chosen]
                    outcome = rank_sum(tabulate(first, second))
                    as_far = sum(other >= deviation for other in deviations.values())
                    assert outcome.p_value == Fraction(as_far, len(deviations))
                    extremes = sum(other == furthest for other in deviations.values())
                    assert outcome.smallest == Fraction(extremes, len(deviations))


def test_without_ties_the_p_value_agrees_with_scipy() -> None:
    first, second = [1, 4, 6, 9, 13, 17], [2, 3, 5, 7, 8, 10, 11, 12]
    expected = mannwhitneyu(first, second, method="exact").pvalue
    assert float(rank_sum(tabulate(first, second)).p_value) == pytest.approx(expected)


def test_past_the_limit_the_normal_approximation_is_scipys() -> None:
    first = [1, 2, 2, 3, 3, 3, 3, 4, 4, 5] * 12
    second = [1, 1, 2, 2, 3, 3, 3, 3, 4, 5] * 15
    outcome = rank_sum(tabulate(first, second))
    expected = mannwhitneyu(first, second, method="asymptotic")
    assert "normal approximation" in outcome.method
    assert float(outcome.statistic) == expected.statistic
    assert float(outcome.p_value) == pytest.approx(expected.pvalue, rel=1e-9)


def test_past_the_limit_the_smallest_p_value_belongs_to_perfect_separation() -> None:
    first, second = [4] * 500 + [3] * 500, [3] * 1000
    outcome = ranks.large_rank_sum(tabulate(first, second), Fraction(0), 0)
    assert float(outcome.smallest) == pytest.approx(
        mannwhitneyu([4] * 500 + [3] * 500, [3] * 1000, method="asymptotic").pvalue, rel=1e-6
    )


def test_everybody_rated_alike_can_never_be_significant() -> None:
    assert rank_sum(tabulate([3] * 6, [3] * 7)).smallest == 1
    assert ranks.large_rank_sum(tabulate([3] * 6, [3] * 7), Fraction(0), 0).p_value == 1


@given(RATINGS, RATINGS)
def test_swapping_groups_mirrors_rank_sum_and_delta(first: list[int], second: list[int]) -> None:
    one, other = tabulate(first, second), tabulate(second, first)
    assert rank_sum(one).p_value == rank_sum(other).p_value
    assert rank_sum(one).statistic + rank_sum(other).statistic == len(first) * len(second)
    (delta, interval), (mirrored, reverse) = cliffs_delta(one), cliffs_delta(other)
    assert delta == -mirrored
    assert interval.low == pytest.approx(-(reverse.high or 0), abs=1e-12)


@given(RATINGS, RATINGS)
def test_delta_counts_pairs_and_lies_inside_its_interval(first: list[int], second: list[int]) -> None:
    delta, interval = cliffs_delta(tabulate(first, second))
    surplus = sum((a > b) - (a < b) for a, b in product(first, second))
    assert delta == Fraction(surplus, len(first) * len(second))
    assert interval.low is not None
    assert interval.high is not None
    assert interval.low - 1e-12 <= delta <= interval.high + 1e-12


def test_delta_of_the_effsize_example(monkeypatch: pytest.MonkeyPatch) -> None:
    # R package effsize, ?cliff.delta (data of Romano et al. 2006): delta -0.25, 95 % interval -0.7265846 to 0.3890062,
    # taken there with Student's t of 14 degrees of freedom where this package takes the normal quantile.
    monkeypatch.setattr(ranks, "Z95", 2.144786687916925)
    treatment = [10, 10, 20, 20, 20, 30, 30, 30, 40, 50]
    control = [10, 20, 30, 40, 40, 50]
    delta, interval = cliffs_delta(tabulate(treatment, control))
    assert delta == Fraction(-1, 4)
    assert interval.low == pytest.approx(-0.7265846, abs=1e-7)
    assert interval.high == pytest.approx(0.3890062, abs=1e-7)


def test_complete_separation_still_has_an_interval() -> None:
    # Feng and Cliff 2004: for δ = 1 the lower bound is (n − z²)/(n + z²) with the smaller n.
    _, interval = cliffs_delta(tabulate([4] * 10, [3] * 12))
    assert interval.low == pytest.approx((10 - 1.959964**2) / (10 + 1.959964**2), abs=1e-6)
    assert interval.high == 1


def stratum(xs: list[int], ys: list[int]) -> Stratum:
    return Stratum(pairs=tuple(zip(xs, ys, strict=True)))


def score(xs: list[int], ys: list[int]) -> int:
    pairs = combinations(range(len(xs)), 2)
    return sum(sign(xs[i] - xs[j]) * sign(ys[i] - ys[j]) for i, j in pairs)


def test_lightness_and_quality_of_tuna() -> None:
    # Hollander and Wolfe (1973) page 187, in R's ?cor.test: T = 26 concordant pairs of 36, tau 0.4444444, p = 0.1194.
    lightness = [444, 459, 419, 533, 447, 441, 507, 452, 601]
    quality = [26, 31, 25, 50, 36, 40, 52, 28, 38]
    outcome = kendall_permutation([stratum(lightness, quality)])
    tau, _ = tau_b([stratum(lightness, quality)])
    assert outcome.statistic == 26 - 10
    assert float(outcome.p_value) == pytest.approx(0.1194, abs=5e-5)
    assert tau == pytest.approx(0.4444444)


LEVELS = [
    ([1, 2, 3, 4, 5], [3, 3, 4, 2, 5]),
    ([1, 1, 2, 2, 3, 3], [3, 3, 4, 4, 3, 2]),
    ([1, 1, 1, 2], [2, 3, 3, 3]),
    ([1, 2, 3], [3, 3, 3]),
    ([4, 4], [1, 2]),
    ([7], [3]),
]


@pytest.mark.parametrize(("xs", "ys"), LEVELS)
def test_permutation_p_agrees_with_every_permutation(xs: list[int], ys: list[int]) -> None:
    scores = [abs(score(xs, list(order))) for order in permutations(ys)]
    outcome = kendall_permutation([stratum(xs, ys)])
    assert outcome.statistic == score(xs, ys)
    assert outcome.p_value == Fraction(sum(s >= abs(score(xs, ys)) for s in scores), len(scores))
    assert outcome.smallest == Fraction(sum(s == max(scores) for s in scores), len(scores))


@pytest.mark.parametrize(("one", "other"), list(combinations(LEVELS[:5], 2)))
def test_two_levels_are_permuted_within_themselves(
    one: tuple[list[int], list[int]], other: tuple[list[int], list[int]]
) -> None:
    first = [score(one[0], list(order)) for order in permutations(one[1])]
    second = [score(other[0], list(order)) for order in permutations(other[1])]
    observed = abs(score(*one) + score(*other))
    as_far = sum(abs(a + b) >= observed for a, b in product(first, second))
    outcome = kendall_permutation([stratum(*one), stratum(*other)])
    assert outcome.p_value == Fraction(as_far, len(first) * len(second))
    furthest = max(abs(a + b) for a, b in product(first, second))
    extremes = sum(abs(a + b) == furthest for a, b in product(first, second))
    assert outcome.smallest == Fraction(extremes, len(first) * len(second))


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5)), min_size=2, max_size=6))
def test_any_small_stratum_agrees_with_every_permutation(pairs: list[tuple[int, int]]) -> None:
    xs, ys = [x for x, _ in pairs], [y for _, y in pairs]
    scores = [abs(score(xs, list(order))) for order in permutations(ys)]
    expected = Fraction(sum(s >= abs(score(xs, ys)) for s in scores), len(scores))
    assert kendall_permutation([stratum(xs, ys)]).p_value == expected


@pytest.mark.parametrize("counts", [(1, 1, 1, 1), (2, 3), (2, 1, 3), (4,), (1, 2, 2, 1)])
def test_inversions_are_those_of_every_arrangement(counts: tuple[int, ...]) -> None:
    values = [value for value, count in enumerate(counts) for _ in range(count)]
    found = Counter(sum(a > b for a, b in combinations(order, 2)) for order in set(permutations(values)))
    assert inversion_counts(counts) == [found[k] for k in range(max(found) + 1)]


def test_fifty_people_of_different_tenure_are_enumerated() -> None:
    # the same distribution by the general way, in which nothing is assumed about ties
    xs, ys = list(range(14)), [3, 3, 2, 4, 3, 5, 3, 4, 2, 3, 4, 3, 3, 1]
    one = stratum(xs, ys)
    assert packed_inversions(one, 64) == packed_scores(one, 64)
    other = stratum(ys, xs)
    orders = math.prod(math.factorial(count) for count in other.x_counts)
    assert (packed_inversions(other, 64) or 0) * orders == packed_scores(other, 64)
    many = stratum(list(range(50)), [1 + (i * i) % 5 for i in range(50)])
    assert kendall_permutation([many]).method == "Kendall tau-b within levels, exact permutation"


def test_past_the_limit_p_and_tau_are_scipys() -> None:
    xs = [i * 7 % 41 for i in range(200)]
    ys = [1 + (i * i + i // 9) % 5 for i in range(200)]
    outcome = kendall_permutation([stratum(xs, ys)])
    expected = kendalltau(xs, ys, method="asymptotic")
    assert "normal approximation" in outcome.method
    assert outcome.statistic == score(xs, ys)
    assert float(outcome.p_value) == pytest.approx(expected.pvalue, rel=1e-9)
    assert tau_b([stratum(xs, ys)])[0] == pytest.approx(expected.statistic)


@pytest.mark.parametrize(("xs", "ys"), LEVELS[:5])
def test_the_variance_is_the_one_of_every_permutation(xs: list[int], ys: list[int]) -> None:
    scores = [score(xs, list(order)) for order in permutations(ys)]
    assert kendall.score_variance(stratum(xs, ys)) == Fraction(sum(s * s for s in scores), len(scores))


def test_the_interval_of_tau_is_agrestis() -> None:
    # Goodman and Kruskal's delta method as in Agresti, Analysis of Ordinal Categorical Data: for each cell
    # φ = 2 √(d₁d₂)·(P_c − P_d) + τ·v, ASE² = (Σ n φ² − n³ τ² (d₁ + d₂)²) / (n (d₁ d₂)²)… written out for one table
    # in proportions below and compared with the influence form.
    counts = {(1, 1): 6, (1, 2): 3, (2, 1): 2, (2, 2): 5, (3, 1): 1, (3, 2): 7}
    pairs = [cell for cell, count in counts.items() for _ in range(count)]
    n = len(pairs)
    row = {x: sum(c for (r, _), c in counts.items() if r == x) for x in (1, 2, 3)}
    column = {y: sum(c for (_, k), c in counts.items() if k == y) for y in (1, 2)}
    wr, wc = n**2 - sum(v**2 for v in row.values()), n**2 - sum(v**2 for v in column.values())
    w = (wr * wc) ** 0.5
    a = {(x, y): sum(c * sign(x - r) * sign(y - k) for (r, k), c in counts.items()) for x, y in counts}
    tau = sum(c * a[cell] for cell, c in counts.items()) / w
    v = {(x, y): row[x] * wc + column[y] * wr for x, y in counts}
    total = sum(c * (2 * w * a[cell] + tau * v[cell]) ** 2 for cell, c in counts.items())
    ase = (total - n**3 * tau**2 * (wr + wc) ** 2) ** 0.5 / w**2
    value, interval = tau_b([Stratum(pairs=tuple(pairs))])
    assert value == pytest.approx(tau)
    assert interval.high is not None
    assert (interval.high - tau) / 1.959963984540054 == pytest.approx(ase, rel=1e-9)


def test_tau_is_undefined_when_everybody_is_tied() -> None:
    assert tau_b([stratum([1, 2, 3], [3, 3, 3])])[0] is None
    assert kendall_permutation([stratum([1, 2, 3], [3, 3, 3])]).smallest == 1


def test_tau_over_strata_counts_a_stratum_of_two() -> None:
    # S = 3 + (−1) of 3 + 1 pairs that differ in both
    tau, _ = tau_b([stratum([1, 2, 3], [2, 3, 4]), stratum([1, 2], [3, 2]), stratum([9], [1])])
    assert tau == pytest.approx(0.5)
