"""Influence: published hypergeometric and rank-correlation examples, brute force, and properties."""

import random
from collections import Counter
from fractions import Fraction
from itertools import combinations, permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from calibration.domain.managers.influence import (
    Influence,
    Proposal,
    describe_influence,
    probability_of_at_least,
)
from calibration.domain.statistics.manager_order import associate_orders


def proposals(rows: list[tuple[str, int, int, int, int]]) -> list[Proposal]:
    """Rows of (proposer, accepted, own report, shift, new evidence), discussed in the order given."""
    return [
        Proposal(
            proposal_id=str(index),
            proposer=proposer,
            accepted=bool(accepted),
            own_report=bool(own),
            shift=Fraction(shift),
            new_evidence=bool(evidence),
            position=index,
        )
        for index, (proposer, accepted, own, shift, evidence) in enumerate(rows, 1)
    ]


LOG = [
    ("ann", 1, 1, 1, 0),
    ("ann", 1, 1, 2, 1),
    ("ann", 1, 0, -1, 0),
    ("bob", 0, 1, 1, 0),
    ("bob", 1, 0, -1, 1),
    ("eve", 0, 0, -1, 0),
]


def describe() -> Influence:
    return describe_influence(proposals(LOG))


def test_the_lady_tasting_tea() -> None:
    """Fisher (1935), The Design of Experiments, ch. II: 3 or more of 4 right has probability 17/70, 4 of 4 1/70."""
    assert probability_of_at_least(3, drawn=4, marked=4, total=8) == Fraction(17, 70)
    assert probability_of_at_least(4, drawn=4, marked=4, total=8) == Fraction(1, 70)


def test_a_poker_hand_with_at_least_two_aces() -> None:
    """Feller (1968), vol. I, II.6: two or more of four aces in five of 52 cards: 108336/2598960."""
    assert probability_of_at_least(2, drawn=5, marked=4, total=52) == Fraction(108336, 2598960)


@pytest.mark.parametrize("total", range(1, 8))
def test_the_tail_is_what_drawing_every_subset_gives(total: int) -> None:
    for marked, drawn in product(range(total + 1), range(1, total + 1)):
        subsets = [sum(one < marked for one in chosen) for chosen in combinations(range(total), drawn)]
        for hits in range(min(drawn, marked) + 1):
            share = Fraction(sum(count >= hits for count in subsets), len(subsets))
            assert probability_of_at_least(hits, drawn=drawn, marked=marked, total=total) == share


def test_participants_by_hand() -> None:
    """4 of 6 were accepted; ann's three all were: C(4,3)/C(6,3) = 1/5."""
    ann, bob, eve = describe().participants
    assert ann.p_exact == Fraction(1, 5)
    assert ann.acceptance_shrunken == (3 + Fraction(8, 3)) / 7
    assert ann.shift_own_minus_others == Fraction(3, 2) + 1
    assert ann.share_without_evidence == Fraction(1, 2)
    assert bob.p_exact == 1 - Fraction(1, 15)
    assert bob.share_without_evidence == 0
    assert (eve.p_exact, eve.accepted, eve.proposed) == (1, 0, 1)


def test_what_cannot_be_compared_is_absent() -> None:
    eve = describe().participants[2]
    assert eve.shift_own_minus_others is None
    assert eve.share_without_evidence is None


def test_shifts_of_different_sign_do_not_cancel_in_the_share() -> None:
    rows = [("ann", 1, 1, 1, 0), ("ann", 1, 1, -1, 1)]
    assert describe_influence(proposals(rows)).participants[0].share_without_evidence == Fraction(1, 2)


def test_an_empty_log_has_no_participants() -> None:
    answer = describe_influence([])
    assert (answer.participants, answer.order, answer.proposed) == ((), None, 0)


def numbers(values: tuple[int, ...] | list[int] | range) -> list[Fraction]:
    return [Fraction(value) for value in values]


def test_the_tuna_of_rs_documentation() -> None:
    """R's ?cor.test: Hollander & Wolfe (1973), p. 187, T = 26 concordant of 36, exact one-sided p = 0.05972."""
    lightness = (444, 459, 419, 533, 447, 441, 507, 452, 601)
    panel = (26, 31, 25, 50, 36, 40, 52, 28, 38)
    answer = associate_orders(numbers(lightness), numbers(panel))
    assert answer is not None
    assert answer.tau_b == pytest.approx((26 - 10) / 36)
    assert answer.p_value / 2 == pytest.approx(0.05972, abs=5e-6)


def test_without_ties_the_p_value_is_that_of_scipys_exact_test() -> None:
    x, y = list(range(12)), [3, 0, 2, 1, 5, 4, 8, 6, 10, 7, 11, 9]
    answer = associate_orders(numbers(x), numbers(y))
    reference = stats.kendalltau(x, y, method="exact")
    assert answer is not None
    assert answer.p_value == pytest.approx(reference.pvalue)
    assert answer.tau_b == pytest.approx(reference.statistic)


@pytest.mark.parametrize("x", [(1, 2, 3, 4, 5, 6), (1, 1, 2, 3, 3, 4), (1, 1, 1, 2, 2, 2)])
@pytest.mark.parametrize(
    "y", [(1, 1, 2, 3, 3, 3), (2, 1, 1, 3, 2, 2), (6, 5, 4, 3, 2, 1), (0, 0, 0, 0, 0, 1)]
)
def test_the_exact_p_is_what_every_permutation_gives(x: tuple[int, ...], y: tuple[int, ...]) -> None:
    def score(order: tuple[int, ...]) -> int:
        pairs = combinations(zip(x, order, strict=True), 2)
        return sum(((a < c) - (a > c)) * ((b < d) - (b > d)) for (a, b), (c, d) in pairs)

    every = [abs(score(order)) >= abs(score(y)) for order in permutations(y)]
    answer = associate_orders(numbers(x), numbers(y))
    assert answer is not None
    assert answer.p_exact == Fraction(sum(every), len(every))
    assert answer.tau_b == pytest.approx(stats.kendalltau(x, y).statistic)


def test_past_the_documented_size_the_normal_form_is_scipys() -> None:
    shuffler = random.Random(11)
    x = [shuffler.randrange(40) for _ in range(150)]
    y = [shuffler.randrange(-2, 3) for _ in range(150)]
    answer = associate_orders(numbers(x), numbers(y))
    reference = stats.kendalltau(x, y, method="asymptotic")
    assert answer is not None
    assert answer.p_exact is None
    assert answer.method == "Kendall tau-b, normal approximation, tie-corrected variance"
    assert answer.p_value == pytest.approx(reference.pvalue)


@pytest.mark.parametrize(("x", "y"), [((), ()), ((1,), (2,)), ((1, 2), (3, 3)), ((1, 1), (2, 3))])
def test_without_spread_there_is_no_association(x: tuple[int, ...], y: tuple[int, ...]) -> None:
    assert associate_orders(numbers(x), numbers(y)) is None


rows = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob", "eve"]),
        st.integers(0, 1),
        st.integers(0, 1),
        st.integers(-2, 2),
        st.integers(0, 1),
    ),
    min_size=1,
    max_size=9,
)


@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_rows_in_the_log_changes_nothing(
    log: list[tuple[str, int, int, int, int]], shuffler: random.Random
) -> None:
    kept = proposals(log)
    shuffled = kept.copy()
    shuffler.shuffle(shuffled)
    assert describe_influence(shuffled) == describe_influence(kept)


@given(rows)
def test_counts_add_up_and_shares_stay_shares(log: list[tuple[str, int, int, int, int]]) -> None:
    answer = describe_influence(proposals(log))
    assert Counter({one.proposer: one.proposed for one in answer.participants}) == Counter(
        row[0] for row in log
    )
    assert sum(one.accepted for one in answer.participants) == answer.accepted
    for one in answer.participants:
        assert 0 < one.p_exact <= 1
        assert 0 <= one.acceptance_shrunken <= 1
        assert one.share_without_evidence is None or 0 <= one.share_without_evidence <= 1


@given(rows)
def test_reversing_the_discussion_turns_the_order_association(
    log: list[tuple[str, int, int, int, int]],
) -> None:
    forward = describe_influence(proposals(log)).order
    backward = describe_influence(proposals(log[::-1])).order
    assert (forward is None) == (backward is None)
    if forward is not None and backward is not None:
        assert backward.tau_b == pytest.approx(-forward.tau_b)
        assert backward.p_exact == forward.p_exact
