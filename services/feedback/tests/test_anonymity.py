"""What may be shown of anonymous answers, against brute force."""

from collections.abc import Sequence
from fractions import Fraction as F
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feedback.domain.rules import half_point_band, isolates_fewer_than, reasons_for_suppression, shuffled
from feedback.domain.rules.anonymity import Reason

PEOPLE = "abcdefg"
GROUPS = st.lists(st.frozensets(st.sampled_from(PEOPLE), min_size=1), min_size=1, max_size=4)
COEFFICIENTS = range(-3, 4)


def fewest_isolated(groups: Sequence[frozenset[str]]) -> int:
    """The smallest non-empty support over all combinations with coefficients −3 … 3.

    For up to four groups this is exhaustive: a combination of least support solves equations whose
    coefficients are 3×3 determinants of zeros and ones, which lie between −2 and 2.
    """
    supports = (
        sum(
            sum(c for c, group in zip(chosen, groups, strict=True) if person in group) != 0
            for person in PEOPLE
        )
        for chosen in product(COEFFICIENTS, repeat=len(groups))
    )
    return min(support for support in supports if support)


@given(groups=GROUPS, threshold=st.integers(1, 5))
@example(groups=[frozenset("abcde"), frozenset("abcd")], threshold=3)
@example(groups=[frozenset("ab"), frozenset("bc"), frozenset("ac")], threshold=2)
@settings(max_examples=250, deadline=None)
def test_isolation_agrees_with_every_combination_of_small_universes(
    groups: list[frozenset[str]], threshold: int
) -> None:
    assert isolates_fewer_than(threshold, groups=groups) == (fewest_isolated(groups) < threshold)


@given(
    groups=GROUPS,
    threshold=st.integers(2, 4),
    before=st.lists(st.frozensets(st.sampled_from(PEOPLE)), max_size=1),
)
@settings(max_examples=150, deadline=None)
def test_what_is_shown_isolates_nobody_and_nothing_could_be_added(
    groups: list[frozenset[str]], threshold: int, before: list[frozenset[str]]
) -> None:
    named = {str(place): group for place, group in enumerate(groups)}
    before = [group for group in before if len(group) >= threshold]
    reasons = reasons_for_suppression(named, threshold=threshold, published_before=before)
    shown = [*before, *(named[name] for name, reason in reasons.items() if reason is None)]
    assert not shown or fewest_isolated(shown) >= threshold
    for name, reason in reasons.items():
        if reason is Reason.TOO_FEW:
            assert len(named[name]) < threshold
        elif reason is Reason.DIFFERENCING:
            assert len(named[name]) >= threshold > fewest_isolated([*shown, named[name]])


def suppressed(groups: dict[str, str], **options: object) -> dict[str, str | None]:
    reasons = reasons_for_suppression(
        {name: frozenset(members) for name, members in groups.items()},
        threshold=3,
        **options,  # pyright: ignore[reportArgumentType] - readers and published_before, as each test gives them
    )
    return {name: reason.value if reason else None for name, reason in reasons.items()}


def test_the_smaller_group_is_suppressed_and_the_next_smallest_with_it() -> None:
    groups = {"reports": "e", "peers": "abcd", "all": "abcde"}
    assert suppressed(groups) == {"reports": "too_few", "peers": "differencing", "all": None}


def test_groups_that_leave_enough_people_are_all_shown() -> None:
    assert suppressed({"all": "abcdef", "peers": "abc", "reports": "def"}) == {
        "all": None,
        "peers": None,
        "reports": None,
    }


def test_three_overlapping_groups_can_isolate_where_no_two_do() -> None:
    groups = {"x": "abcdp", "y": "efghp", "z": "abcdefgh"}
    pairs = [("x", "y"), ("x", "z"), ("y", "z")]
    assert not any(isolates_fewer_than(3, groups=[groups[first], groups[second]]) for first, second in pairs)
    assert suppressed(groups) == {"z": None, "x": None, "y": "differencing"}


def test_earlier_rounds_count() -> None:
    assert suppressed({"all": "abcde"}, published_before=[frozenset("abcd")]) == {"all": "differencing"}
    assert suppressed({"all": "abcd"}, published_before=[frozenset("abcd")]) == {"all": None}


def test_those_who_may_read_the_result_hide_nobody() -> None:
    assert suppressed({"all": "abcm"}, readers={"m"}) == {"all": None}
    assert suppressed({"all": "abm"}, readers={"m"}) == {"all": "too_few"}
    assert suppressed({"all": "abcde", "peers": "abc"}, readers={"d"}) == {
        "all": None,
        "peers": "differencing",
    }


@given(order=st.permutations(["reports", "peers", "all", "other"]))
def test_the_order_of_groups_does_not_matter(order: list[str]) -> None:
    groups = {"reports": "ef", "peers": "abcd", "all": "abcdefg", "other": "bcd"}
    assert suppressed({name: groups[name] for name in order}) == suppressed(groups)


def test_what_cannot_be_proved_safe_in_time_is_suppressed() -> None:
    people = [f"p{place}" for place in range(300)]
    groups = [{person for place, person in enumerate(people) if place >> bit & 1} for bit in range(9)]
    assert isolates_fewer_than(5, groups=groups)


@pytest.mark.parametrize(
    ("scores", "low"),
    [
        ("1", "1"),
        ("3 4", "3.5"),
        ("3 3 4", "3"),
        ("4 4 4 5 3", "4"),
        ("5 5 5", "4.5"),
        ("4 5 5 4", "4.5"),
        ("1 2", "1.5"),
    ],
)
def test_a_mean_is_published_as_a_band_of_half_a_point(scores: str, low: str) -> None:
    assert half_point_band([F(score) for score in scores.split()]) == (F(low), F(low) + F(1, 2))


@given(scores=st.lists(st.integers(1, 5).map(F), min_size=1, max_size=12))
def test_the_band_holds_the_mean(scores: list[F]) -> None:
    low, high = half_point_band(scores)
    mean = sum(scores) / len(scores)
    assert low <= mean < high or mean == high == 5
    assert 1 <= low < high <= 5
    assert (low * 2).denominator == 1


@pytest.mark.parametrize("scores", [[], [F(0)], [F(6)]])
def test_a_band_needs_scores_on_the_scale(scores: list[F]) -> None:
    with pytest.raises(ValueError, match="1 to 5"):
        half_point_band(scores)


def test_the_shuffle_depends_on_seed_and_label_and_never_on_arrival() -> None:
    texts = {name: name.upper() for name in PEOPLE}
    backwards = dict(reversed(texts.items()))
    order = shuffled(texts, seed="s", label="q")
    assert order == shuffled(backwards, seed="s", label="q")
    assert sorted(order) == sorted(texts.values())
    others = {shuffled(texts, seed=seed, label="q") for seed in "tuvwx"} | {
        shuffled(texts, seed="s", label="r")
    }
    assert len(others | {order}) > 4
