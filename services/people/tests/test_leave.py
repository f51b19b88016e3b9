"""The rules of recorded leave."""

from datetime import date

from people.domain.leave import LeaveEntry, SettledLeave, Span, Stored, settle_leave


def span(first: int, last: int, *, unpaid: bool = True) -> Span:
    return Span(starts_on=date(2026, 1, first), ends_on=date(2026, 1, last), unpaid=unpaid, protected=False)


def settle(*told: tuple[str, Span], stored: Stored, snapshot: bool = False) -> SettledLeave:
    entries = [LeaveEntry(line=n, person_id=who, span=each) for n, (who, each) in enumerate(told, start=2)]
    mentioned = {who for who, _ in told}
    return settle_leave(entries, stored=stored, known={"A", "B"}, snapshot=snapshot, mentioned=mentioned)


def test_a_new_span_joins_the_recorded_ones_in_order() -> None:
    settled = settle(("A", span(1, 2)), stored={"A": (span(5, 6),)})
    assert settled.changed == {"A": (span(1, 2), span(5, 6))}


def test_a_span_with_the_same_first_day_replaces_the_recorded_one() -> None:
    settled = settle(("A", span(5, 9, unpaid=False)), stored={"A": (span(5, 6),)})
    assert settled.changed == {"A": (span(5, 9, unpaid=False),)}


def test_the_same_span_again_changes_nothing() -> None:
    settled = settle(("A", span(5, 6)), stored={"A": (span(5, 6),)})
    assert (settled.changed, len(settled.accepted)) == ({}, 1)


def test_spans_that_share_a_day_are_bad_and_those_that_touch_are_not() -> None:
    assert [row.line for row in settle(("A", span(6, 8)), stored={"A": (span(5, 6),)}).rejected] == [2]
    assert settle(("A", span(7, 8)), stored={"A": (span(5, 6),)}).rejected == ()
    assert [row.line for row in settle(("A", span(1, 2)), ("A", span(1, 2)), stored={}).rejected] == [2, 3]


def test_leave_of_an_unknown_person_is_bad_and_others_go_in() -> None:
    settled = settle(("X", span(1, 2)), ("B", span(1, 2)), stored={})
    assert [(row.column, row.value) for row in settled.rejected] == [("employee_id", "X")]
    assert set(settled.changed) == {"B"}


def test_a_snapshot_forgets_what_it_does_not_tell_and_keeps_people_of_rejected_rows() -> None:
    stored = {"A": (span(5, 6), span(9, 9)), "B": (span(5, 6),)}
    assert settle(("A", span(5, 6)), stored=stored, snapshot=True).changed == {"A": (span(5, 6),), "B": ()}
    bad = settle(("A", span(1, 3)), ("A", span(2, 4)), stored=stored, snapshot=True)
    assert bad.changed == {"B": ()}
