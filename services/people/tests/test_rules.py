"""The rules of an import, without any file or database."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.domain.errors import Rejected
from people.domain.person import BadRow, Change, Entry, File, Person
from people.domain.plan import plan_import
from people.domain.reporting_lines import cycles_of, settle_reporting_lines
from people.domain.rules import (
    goes_in,
    keep_what_the_file_does_not_tell,
    may_import_without_a_role,
    people_absent_from_the_snapshot,
    refuse_a_file_from_the_future,
    refuse_a_file_older_than_the_last,
    refuse_an_incomplete_snapshot,
    what_changed,
)

DAY = date(2026, 7, 1)
EVERYTHING = frozenset(Person.__dataclass_fields__)


def person(person_id: str, manager_id: str | None = None, dotted: str | None = None) -> Person:
    return Person(
        person_id=person_id,
        name=f"Name {person_id}",
        manager_id=manager_id,
        dotted_line_manager_id=dotted,
        division="Engineering",
        department="Payments",
        hire_date=date(2020, 1, 1),
        gender="female",
        salary=Decimal(100_000),
        currency="USD",
    )


def file_of(*people: Person, rejected: tuple[BadRow, ...] = (), unreadable: int = 0) -> File:
    return File(
        entries=tuple(Entry(line=line, person=each) for line, each in enumerate(people, start=2)),
        rejected=rejected,
        columns=EVERYTHING,
        ignored_columns=(),
        mentioned=frozenset(each.person_id for each in people),
        unreadable=unreadable,
    )


def settle(
    managers: Mapping[str, str | None], stored: Mapping[str, str | None] | None = None
) -> tuple[set[str], dict[int, str]]:
    """The people whose rows go in, and the column of each bad line; lines count from 1."""
    entries = [Entry(line=n, person=person(p, m)) for n, (p, m) in enumerate(managers.items(), start=1)]
    settled = settle_reporting_lines(entries, stored=stored or {})
    return (
        {entry.person.person_id for entry in settled.accepted},
        {row.line: row.column for row in settled.rejected},
    )


def test_a_file_of_the_same_day_is_a_correction_and_an_older_one_is_refused() -> None:
    refuse_a_file_older_than_the_last(DAY, None)
    refuse_a_file_older_than_the_last(DAY, DAY)
    with pytest.raises(Rejected, match="older_file"):
        refuse_a_file_older_than_the_last(date(2026, 6, 30), DAY)


@pytest.mark.parametrize(
    ("accepted", "rejected", "strict", "taken"),
    [
        (1, 0, True, True),
        (1, 1, False, True),
        (1, 1, True, False),
        (0, 1, False, False),
        (0, 0, False, False),
    ],
)
def test_a_file_goes_in_with_a_good_row_and_a_strict_one_without_a_bad_one(
    accepted: int, rejected: int, strict: bool, taken: bool
) -> None:
    assert goes_in(accepted, rejected, strict=strict) is taken


def test_a_file_is_of_tomorrow_at_the_latest_since_days_begin_earlier_elsewhere() -> None:
    refuse_a_file_from_the_future(date(2026, 7, 2), DAY)
    with pytest.raises(Rejected, match="future_file"):
        refuse_a_file_from_the_future(date(2026, 7, 3), DAY)


@pytest.mark.parametrize(("rows", "unreadable"), [(0, 0), (3, 1)])
def test_a_snapshot_is_refused_when_somebody_may_be_missing_by_mistake(rows: int, unreadable: int) -> None:
    refuse_an_incomplete_snapshot(3, 0)
    with pytest.raises(Rejected, match="incomplete_snapshot"):
        refuse_an_incomplete_snapshot(rows, unreadable)


def test_a_manager_is_in_the_file_or_known_already() -> None:
    assert settle({"A": None, "B": "A", "C": "Z"}) == ({"A", "B"}, {3: "manager_id"})
    assert settle({"C": "Z"}, {"Z": None}) == ({"C"}, {})


def test_a_row_below_a_rejected_new_manager_goes_out_with_it() -> None:
    assert settle({"A": "Z", "B": "A", "C": "B", "D": None}) == (
        {"D"},
        {1: "manager_id", 2: "manager_id", 3: "manager_id"},
    )


def test_a_row_below_a_rejected_manager_who_is_known_goes_in() -> None:
    assert settle({"A": "Z", "B": "A"}, {"A": None}) == ({"B"}, {1: "manager_id"})


def test_the_fix_of_a_lower_row_points_to_the_managers_row() -> None:
    entries = [Entry(line=2, person=person("A", "Z")), Entry(line=3, person=person("B", "A"))]
    upper, lower = settle_reporting_lines(entries, stored={}).rejected
    assert "imported before" in upper.fix
    assert "manager's own row" in lower.fix


def test_all_rows_of_a_cycle_are_bad_and_so_are_new_people_below_it() -> None:
    assert settle({"A": "B", "B": "C", "C": "A", "D": "A", "E": None}) == (
        {"E"},
        dict.fromkeys((1, 2, 3, 4), "manager_id"),
    )


def test_nobody_manages_oneself() -> None:
    assert settle({"A": "A"}) == (set(), {1: "manager_id"})


def test_a_cycle_through_stored_people_rejects_the_rows_that_close_it() -> None:
    assert settle({"A": "C"}, {"A": None, "B": "A", "C": "B"}) == (set(), {1: "manager_id"})


def test_a_rejected_row_leaves_its_stored_manager_which_may_close_another_cycle() -> None:
    # A reports to B already; A's new row is bad, so B may not report to A.
    assert settle({"A": "Z", "B": "A"}, {"A": "B", "B": None}) == (
        set(),
        {1: "manager_id", 2: "manager_id"},
    )


def test_a_dotted_line_manager_is_known_too() -> None:
    entries = [Entry(line=2, person=person("A", None, dotted="Z"))]
    (row,) = settle_reporting_lines(entries, stored={}).rejected
    assert (row.column, row.value) == ("dotted_line_manager_id", "Z")


IDS = st.sampled_from("ABCDEFGH")
MANAGERS = st.dictionaries(IDS, st.none() | st.sampled_from("ABCDEFGHZ"))


def without_cycles(managers: Mapping[str, str | None]) -> dict[str, str | None]:
    """Somebody's reporting lines as they may be stored: everybody known, nobody above oneself."""
    return {p: m if m in managers and m is not None and m < p else None for p, m in managers.items()}


@given(told=MANAGERS, before=MANAGERS)
def test_what_is_stored_afterwards_has_no_unknown_manager_and_no_cycle(
    told: dict[str, str | None], before: dict[str, str | None]
) -> None:
    stored = without_cycles(before)
    accepted, rejected = settle(told, stored)
    after = {**stored, **{each: told[each] for each in accepted}}
    assert cycles_of(after) == []
    assert all(manager is None or manager in after for manager in after.values())
    assert len(accepted) + len(rejected) == len(told)


@given(told=MANAGERS)
def test_a_file_without_a_mistake_goes_in_whole(told: dict[str, str | None]) -> None:
    assert settle(without_cycles(told)) == (set(told), {})


def test_rows_of_the_same_person_are_all_bad() -> None:
    plan = plan_import(file_of(person("A"), person("A"), person("B")), stored={}, snapshot=False)
    assert [(row.line, row.column) for row in plan.rejected] == [(2, "employee_id"), (3, "employee_id")]
    assert plan.accepted == 1


def test_a_column_that_the_file_lacks_changes_nothing_and_an_empty_cell_does() -> None:
    stored = replace(person("A"), level="L4", email="a@example.com")
    told = replace(person("A"), level="", email="", gender=None)
    assert keep_what_the_file_does_not_tell(told, stored, EVERYTHING - {"level", "gender"}) == replace(
        told, level="L4", gender="female"
    )


def test_an_empty_salary_leaves_the_stored_one() -> None:
    told = replace(person("A"), salary=None, currency=None)
    assert keep_what_the_file_does_not_tell(told, person("A"), EVERYTHING) == person("A")
    assert keep_what_the_file_does_not_tell(told, None, EVERYTHING).salary is None


def test_absent_people_leave_once_and_those_of_rejected_rows_do_not() -> None:
    gone = replace(person("C"), status="left")
    left = people_absent_from_the_snapshot([person("A"), person("B"), gone], {"A"})
    assert left == (replace(person("B"), status="left"),)


def test_a_snapshot_keeps_the_person_of_a_rejected_row() -> None:
    bad = BadRow(line=9, column="salary", value="x", fix="Write an amount.")
    file = replace(file_of(person("A"), rejected=(bad,)), mentioned=frozenset({"A", "B"}))
    stored = {each: person(each) for each in "ABC"}
    plan = plan_import(file, stored=stored, snapshot=True)
    assert [change.person.person_id for change in plan.departures] == ["C"]


def test_only_groups_that_differ_count_as_changed() -> None:
    stored = {"A": person("A")}
    for update, groups in (
        ({"name": "New"}, (False, False, False)),
        ({"team": "New"}, (True, False, False)),
        ({"gender": None}, (False, True, False)),
        ({"fte": Decimal("0.5")}, (False, False, True)),
    ):
        (change,) = what_changed([replace(person("A"), **update)], stored)
        assert (change.position, change.demographics, change.pay) == groups
    assert what_changed([person("A")], stored) == []


def test_a_new_person_without_salary_and_gender_has_neither_pay_nor_demographics() -> None:
    told = replace(person("A"), salary=None, currency=None, gender=None)
    assert what_changed([told], {}) == [
        Change(person=told, new=True, position=True, demographics=False, pay=False)
    ]


@pytest.mark.parametrize(
    ("who", "local", "held", "allowed"),
    [
        ("boss", True, True, True),
        ("boss", False, False, True),
        ("boss", False, True, False),
        ("other", True, False, False),
    ],
)
def test_the_bootstrap_administrator_gives_way_to_the_role_outside_local_mode(
    who: str, local: bool, held: bool, allowed: bool
) -> None:
    told = may_import_without_a_role(who, bootstrap_admin="boss", local=local, somebody_holds_the_role=held)
    assert told is allowed


def test_without_a_configured_bootstrap_administrator_nobody_is_one() -> None:
    assert not may_import_without_a_role("", bootstrap_admin="", local=True, somebody_holds_the_role=False)
