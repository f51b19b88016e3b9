"""What is refused says where it stands, what it is and how to put it right."""

from collections.abc import Callable
from datetime import date

import pytest

from people.domain.errors import Rejected
from people.domain.leave import LeaveEntry, Span, settle_leave
from people.domain.person import BadRow, Entry, File, Person
from people.domain.plan import plan_import
from people.domain.reporting_lines import cycles_of, explain_cycle, settle_reporting_lines
from people.domain.rules import (
    people_absent_from_the_snapshot,
    refuse_a_file_from_the_future,
    refuse_a_file_older_than_the_last,
    refuse_an_incomplete_snapshot,
    reject_repeated_people,
    what_changed,
)

DAY = date(2026, 7, 1)


def entry(line: int, person_id: str, manager_id: str | None = None, dotted: str | None = None) -> Entry:
    person = Person(
        person_id=person_id,
        name=person_id,
        manager_id=manager_id,
        dotted_line_manager_id=dotted,
        division="Engineering",
        department="Payments",
        hire_date=DAY,
    )
    return Entry(line=line, person=person)


@pytest.mark.parametrize(
    ("refuse", "code", "status", "words"),
    [
        (
            lambda: refuse_a_file_older_than_the_last(date(2026, 6, 30), DAY),
            "older_file",
            "conflict",
            "is as of 2026-06-30, and one as of 2026-07-01 is in already. Export a file as of 2026-07-01",
        ),
        (
            lambda: refuse_a_file_from_the_future(date(2027, 7, 1), DAY),
            "future_file",
            "invalid",
            "is as of 2027-07-01, and today is 2026-07-01. Give the day",
        ),
        (
            lambda: refuse_an_incomplete_snapshot(0, 0),
            "incomplete_snapshot",
            "invalid",
            "this file has no rows. Correct the file",
        ),
        (
            lambda: refuse_an_incomplete_snapshot(2, 1),
            "incomplete_snapshot",
            "invalid",
            "this file has 1 rows without a readable employee_id. Correct the file",
        ),
    ],
)
def test_a_refused_file_names_its_code_its_kind_and_the_way_out(
    refuse: Callable[[], None], code: str, status: str, words: str
) -> None:
    with pytest.raises(Rejected) as refused:
        refuse()
    error = refused.value
    assert (error.code, error.status, str(error)) == (code, status, code)
    assert words in f"{error.message} {error.fix}"


def test_rows_of_one_person_name_all_their_lines() -> None:
    first, second = reject_repeated_people([entry(2, "A"), entry(3, "B"), entry(5, "A")])
    fix = "Keep one row for each person; this one stands on lines 2, 5."
    assert first == BadRow(line=2, column="employee_id", value="A", fix=fix)
    assert second == BadRow(line=5, column="employee_id", value="A", fix=fix)


def test_an_unknown_manager_is_named_and_so_is_one_whose_own_row_is_bad() -> None:
    entries = [entry(2, "A", "Z"), entry(3, "B", None, "A"), entry(4, "C", "R")]
    settled = settle_reporting_lines(entries, stored={}, rejected_already={"R"})
    unknown = "Name somebody who has a row in the file or was imported before."
    below = "Correct the manager's own row, which is rejected, and import both."
    assert sorted(settled.rejected, key=lambda row: row.line) == [
        BadRow(line=2, column="manager_id", value="Z", fix=unknown),
        BadRow(line=3, column="dotted_line_manager_id", value="A", fix=below),
        BadRow(line=4, column="manager_id", value="R", fix=below),
    ]


def test_a_cycle_is_shown_on_the_lines_that_close_it() -> None:
    settled = settle_reporting_lines([entry(2, "A", "B"), entry(3, "B", "A")], stored={})
    fix = "Break the cycle A → B → A: one of them reports to somebody else."
    assert settled.rejected == (
        BadRow(line=2, column="manager_id", value="B", fix=fix),
        BadRow(line=3, column="manager_id", value="A", fix=fix),
    )
    alone = settle_reporting_lines([entry(2, "A", "A")], stored={}).rejected[0]
    assert alone.fix == "Nobody manages oneself; leave the cell empty at the top."


@pytest.mark.parametrize(
    ("people", "shown"), [("ABCDE", "A → B → C → D → E → A"), ("ABCDEF", "A → B → C → D → … → A")]
)
def test_a_long_cycle_is_shortened(people: str, shown: str) -> None:
    assert explain_cycle(tuple(people)).startswith(f"Break the cycle {shown}:")


def test_a_cycle_leaves_out_those_who_only_lead_into_it_and_is_found_once() -> None:
    assert cycles_of({"A": "B", "B": "C", "C": "D", "D": "C", "E": "A", "F": None}) == [("C", "D")]
    assert cycles_of({"A": "A", "B": "C", "C": "B"}) == [("A",), ("B", "C")]


def test_leave_that_cannot_be_recorded_names_its_cell() -> None:
    first = Span(starts_on=DAY, ends_on=DAY, unpaid=True, protected=False)
    entries = [
        LeaveEntry(line=2, person_id="X", span=first),
        LeaveEntry(line=3, person_id="A", span=first),
        LeaveEntry(line=4, person_id="A", span=first),
    ]
    settled = settle_leave(entries, stored={}, known={"A"}, snapshot=False, mentioned={"X", "A"})
    assert [(row.line, row.column, row.value) for row in settled.rejected] == [
        (2, "employee_id", "X"),
        (3, "starts_on", "2026-07-01"),
        (4, "starts_on", "2026-07-01"),
    ]
    assert [row.fix.split()[:3] for row in settled.rejected] == [
        ["Import", "this", "person"],
        ["Give", "this", "person"],
        ["Give", "this", "person"],
    ]
    assert (settled.accepted, settled.changed) == ((), {})


def test_a_plan_lists_bad_rows_by_line_and_counts_what_goes_in() -> None:
    told = BadRow(line=3, column="salary", value="x", fix="Write an amount.")
    file = File(
        entries=(entry(5, "A"), entry(4, "B", "Z"), entry(6, "C"), entry(2, "C")),
        rejected=(told,),
        columns=frozenset(),
        ignored_columns=(),
        mentioned=frozenset("ABCD"),
        unreadable=1,
    )
    plan = plan_import(file, stored={}, snapshot=False)
    assert [(row.line, row.column) for row in plan.rejected] == [
        (2, "employee_id"),
        (3, "salary"),
        (4, "manager_id"),
        (6, "employee_id"),
    ]
    assert (plan.accepted, [each.person.person_id for each in plan.changes]) == (1, ["A"])
    assert plan.departures == ()
    with pytest.raises(Rejected, match="incomplete_snapshot"):
        plan_import(file, stored={}, snapshot=True)


def test_people_who_left_are_stored_as_such() -> None:
    (left,) = people_absent_from_the_snapshot([entry(2, "A").person], ())
    assert left.status == "left"


def test_a_new_person_is_told_from_a_changed_one() -> None:
    person = entry(2, "A").person
    (new,) = what_changed([person], {})
    assert (new.person, new.new) == (person, True)
    (moved,) = what_changed([entry(2, "A", "B").person], {"A": person})
    assert (moved.new, moved.position, moved.demographics, moved.pay) == (False, True, False, False)


def test_what_a_file_does_not_tell_is_empty_and_full_time() -> None:
    person = entry(2, "A").person
    assert (person.email, person.team, person.level, person.job_family, person.location) == ("",) * 5
    assert (person.status, person.roles, person.fte, person.bonus_target_percent) == ("active", (), 1, 0)
    assert (person.gender, person.birth_date, person.salary, person.currency) == (None,) * 4


def file_with(*entries: Entry, columns: frozenset[str], mentioned: str) -> File:
    return File(
        entries=entries,
        rejected=(),
        columns=columns,
        ignored_columns=(),
        mentioned=frozenset(mentioned),
        unreadable=0,
    )


def test_a_plan_keeps_what_the_file_lacks_and_lets_only_a_snapshot_make_people_leave() -> None:
    stored = {each: entry(0, each, manager).person for each, manager in (("A", "B"), ("B", None))}
    file = file_with(entry(2, "A"), columns=frozenset({"team"}), mentioned="A")
    plan = plan_import(file, stored=stored, snapshot=False)
    assert (plan.accepted, plan.changes, plan.departures) == (1, (), ())
    left = plan_import(file, stored=stored, snapshot=True).departures
    assert [(each.person.person_id, each.person.status) for each in left] == [("B", "left")]
    with pytest.raises(Rejected, match="incomplete_snapshot"):
        plan_import(file_with(columns=frozenset(), mentioned=""), stored=stored, snapshot=True)


def test_a_plan_points_to_a_managers_row_that_another_rule_rejected() -> None:
    file = file_with(entry(2, "A", "B"), columns=frozenset(Person.__dataclass_fields__), mentioned="AB")
    (row,) = plan_import(file, stored={}, snapshot=False).rejected
    assert row.fix == "Correct the manager's own row, which is rejected, and import both."


def test_somebody_unchanged_hides_nobody_who_follows() -> None:
    before = {each: entry(2, each).person for each in "AB"}
    (change,) = what_changed([before["A"], entry(3, "B", "A").person], before)
    assert change.person.person_id == "B"
