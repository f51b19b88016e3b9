"""Which records apply, wait or repeat, without any I/O."""

from hypothesis import given
from hypothesis import strategies as st

from plumbline.runtime.sequencing import arrange


def test_the_next_sequence_applies() -> None:
    plan = arrange(last=2, ordered=True, parked=None, present=[3])
    assert (plan.apply, plan.hold, plan.drop) == ((3,), (), ())


def test_a_repeat_is_dropped() -> None:
    plan = arrange(last=2, ordered=True, parked=None, present=[1, 2])
    assert (plan.apply, plan.hold, plan.drop) == ((), (), (1, 2))


def test_what_stands_behind_a_gap_waits() -> None:
    plan = arrange(last=2, ordered=True, parked=None, present=[5, 3, 6])
    assert (plan.apply, plan.hold) == ((3,), (5, 6))


def test_a_closed_gap_lets_the_waiting_ones_through_in_order() -> None:
    plan = arrange(last=2, ordered=True, parked=None, present=[6, 4, 5, 3])
    assert plan.apply == (3, 4, 5, 6)


def test_state_applies_whatever_is_newer() -> None:
    plan = arrange(last=2, ordered=False, parked=None, present=[9, 1, 5])
    assert (plan.apply, plan.hold, plan.drop) == ((5, 9), (), (1,))


def test_behind_a_parked_record_everything_waits_and_the_record_itself_is_a_repeat() -> None:
    plan = arrange(last=2, ordered=True, parked=3, present=[3, 4])
    assert (plan.apply, plan.hold, plan.drop) == ((), (4,), (3,))


@given(order=st.permutations(range(1, 9)), repeats=st.lists(st.integers(1, 8)), cut=st.integers(0, 12))
def test_any_order_with_repeats_applies_each_sequence_once_and_in_order(
    order: list[int], repeats: list[int], cut: int
) -> None:
    stream = [*order[:cut], *repeats, *order[cut:], *order]
    last, waiting, applied = 0, set[int](), list[int]()
    for sequence in stream:
        plan = arrange(last=last, ordered=True, parked=None, present={sequence} | waiting)
        applied += plan.apply
        waiting = set(plan.hold)
        last = applied[-1] if applied else 0
    assert applied == list(range(1, 9))
    assert not waiting
