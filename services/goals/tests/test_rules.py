"""Calendar, cascade, SMART, variance and adjustment rules."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goals.domain.errors import Rejected
from goals.domain.rules import (
    adjustment_is_frozen,
    approvals_missing,
    approvals_needed,
    coverage,
    definitions_used_twice,
    departs_from_trajectory,
    due_date_of_week,
    expected_attainment,
    find_cycle,
    override_is_allowed,
    person_has_delivery_and_growth,
    refresh_is_missing,
    skips_upwards,
    smart_findings,
    who_hears_of_variance,
)
from goals.domain.rules.adjustment import AdjustmentKind, Approver
from goals.domain.rules.cascade import CascadedObjective, Coverage, Level
from goals.domain.rules.smart import Direction, KeyResultDraft, ObjectiveDraft, ObjectiveKind, Severity
from goals.domain.rules.variance import Audience, MetricRecord

START, END = date(2026, 7, 1), date(2026, 9, 30)
GOOD = KeyResultDraft(
    key_result_id="k1",
    metric="p95 latency",
    unit="ms",
    direction=Direction.LOWER,
    baseline=F(400),
    target=F(200),
    due_on=date(2026, 9, 8),
)


def test_week_n_ends_on_the_first_day_plus_seven_n_minus_one() -> None:
    weeks = [due_date_of_week(quarter_starts_on=START, week=week) for week in (1, 2, 13)]
    assert weeks == [date(2026, 7, 7), date(2026, 7, 14), date(2026, 9, 29)]


@pytest.mark.parametrize("week", [0, -1, 10**9])
def test_weeks_without_a_date_are_refused(week: int) -> None:
    with pytest.raises(Rejected):
        due_date_of_week(quarter_starts_on=START, week=week)


@given(parents=st.dictionaries(st.integers(0, 7), st.none() | st.integers(0, 7), max_size=8))
def test_a_ring_is_found_exactly_when_a_walk_upwards_does_not_end(parents: dict[int, int | None]) -> None:
    named = {str(child): None if parent is None else str(parent) for child, parent in parents.items()}

    def ends(at: str | None) -> bool:
        for _ in range(len(named) + 1):
            at = named.get(at) if at is not None else None
        return at is None

    ring = find_cycle(named)
    assert bool(ring) == (not all(ends(child) for child in named))
    for place, child in enumerate(ring):
        assert named[child] == ring[(place + 1) % len(ring)]


CASCADE = [
    CascadedObjective(objective_id="c", level=Level.COMPANY, key_result_ids=("c1", "c2", "c3")),
    CascadedObjective(objective_id="t", level=Level.TEAM, key_result_ids=("t1",), parent_key_result_id="c1"),
    CascadedObjective(objective_id="i", level=Level.INDIVIDUAL, parent_key_result_id="t1"),
    CascadedObjective(objective_id="g", level=Level.INDIVIDUAL),
]


def test_coverage_counts_paths_to_the_company_and_its_key_results_with_a_child() -> None:
    expected = Coverage(objectives_with_path=F(2, 3), company_key_results_with_child=F(1, 3))
    assert coverage(CASCADE) == expected


def test_coverage_of_nothing_is_nothing() -> None:
    assert coverage([]) == Coverage(objectives_with_path=None, company_key_results_with_child=None)


def test_a_ring_below_the_company_is_no_path_to_it() -> None:
    ring = [
        CascadedObjective(
            objective_id="a", level=Level.TEAM, key_result_ids=("a1",), parent_key_result_id="b1"
        ),
        CascadedObjective(
            objective_id="b", level=Level.TEAM, key_result_ids=("b1",), parent_key_result_id="a1"
        ),
    ]
    assert coverage(ring).objectives_with_path == 0
    assert skips_upwards(ring) == ("a", "b")
    assert skips_upwards(CASCADE) == ()


def smart(
    *key_results: KeyResultDraft, owner: str = "e1", parent: str | None = None
) -> list[tuple[str, str]]:
    draft = ObjectiveDraft(
        objective_id="o1", owner_id=owner, parent_key_result_id=parent, key_results=key_results
    )
    findings = smart_findings(draft, starts_on=START, ends_on=END, known_key_results={"t1"})
    return [(finding.severity.value, finding.field) for finding in findings]


def test_a_complete_objective_has_no_finding() -> None:
    assert (
        smart(GOOD, replace(GOOD, key_result_id="k2"), replace(GOOD, key_result_id="k3"), parent="t1") == []
    )


def test_every_gap_is_an_error_of_its_own() -> None:
    empty = KeyResultDraft(key_result_id="k")
    fields = ["metric", "unit", "direction", "baseline", "target", "due_on"]
    expected = [("error", "owner_id"), ("error", "parent_key_result_id")]
    expected += [("error", field) for field in fields] + [("warning", "key_results")]
    assert smart(empty, owner=" ", parent="t9") == expected


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"due_on": END + timedelta(days=1)}, "due_on"),
        ({"due_on": START - timedelta(days=1)}, "due_on"),
        ({"direction": Direction.HIGHER}, "direction"),
        ({"binary": True}, "artefact"),
    ],
)
def test_a_key_result_that_contradicts_its_cycle_or_itself_is_an_error(
    change: dict[str, object], field: str
) -> None:
    changed = replace(GOOD, **change)  # pyright: ignore[reportArgumentType] - values fit their fields above
    assert ("error", field) in smart(changed)


@pytest.mark.parametrize("due_on", [START, END])
def test_due_dates_on_the_cycles_first_and_last_day_are_inside(due_on: date) -> None:
    assert ("error", "due_on") not in smart(replace(GOOD, due_on=due_on))


def test_a_continuous_result_needs_no_due_date_and_a_binary_one_no_numbers() -> None:
    binary = KeyResultDraft(key_result_id="k", binary=True, artefact="schema", due_on=END)
    assert smart(replace(GOOD, due_on=None, continuous=True), binary, GOOD) == []


@pytest.mark.parametrize(("count", "warned"), [(2, True), (3, False), (5, False), (6, True)])
def test_three_to_five_key_results_are_usual(count: int, warned: bool) -> None:
    results = [replace(GOOD, key_result_id=f"k{place}") for place in range(count)]
    assert (("warning", "key_results") in smart(*results)) is warned


def test_a_person_has_delivery_and_growth() -> None:
    findings = person_has_delivery_and_growth("e1", [ObjectiveKind.DELIVERY])
    assert [(each.severity, each.message) for each in findings] == [(Severity.WARNING, "no growth objective")]


@pytest.mark.parametrize(
    ("attainment", "expected", "departs"),
    [("0.3", "0.5", False), ("0.299", "0.5", True), ("0.7", "0.5", False), ("0.701", "0.5", True)],
)
def test_more_than_twenty_points_either_way_departs(attainment: str, expected: str, departs: bool) -> None:
    assert departs_from_trajectory(attainment=F(attainment), expected=F(expected)) is departs


def test_the_trajectory_is_a_straight_line_to_the_due_date() -> None:
    days = [START - timedelta(days=1), START, START + timedelta(days=5), START + timedelta(days=10), END]
    due = START + timedelta(days=10)
    assert [expected_attainment(starts_on=START, due_on=due, today=day) for day in days] == [
        0,
        0,
        F(1, 2),
        1,
        1,
    ]
    assert expected_attainment(starts_on=START, due_on=START, today=START) == 1


@pytest.mark.parametrize(("days", "count"), [(0, 1), (6, 1), (7, 2), (13, 2), (14, 3), (90, 3)])
def test_owner_then_manager_then_division_head_hear(days: int, count: int) -> None:
    heard = who_hears_of_variance(noticed_on=START, today=START + timedelta(days=days))
    assert heard == (Audience.OWNER, Audience.MANAGER, Audience.DIVISION_HEAD)[:count]


@pytest.mark.parametrize(("days", "missing"), [(7, False), (8, True)])
def test_a_refresh_is_missing_after_its_schedule(days: int, missing: bool) -> None:
    today = START + timedelta(days=days)
    assert refresh_is_missing(last_refreshed_on=START, every_days=7, today=today) is missing


@pytest.mark.parametrize(
    ("reason", "approved_by", "field"),
    [(" ", "m", "reason"), ("outage", None, "approved_by"), ("outage", "e", "approved_by")],
)
def test_an_override_needs_a_reason_and_another_person(
    reason: str, approved_by: str | None, field: str
) -> None:
    with pytest.raises(Rejected) as rejected:
        override_is_allowed(reason=reason, requested_by="e", approved_by=approved_by)
    assert rejected.value.field == field


def metric(name: str, team: str, definition: str) -> MetricRecord:
    return MetricRecord(
        metric_id=name,
        team_id=team,
        definition=definition,
        data_source="warehouse",
        owner_id="e1",
        refresh_every_days=7,
        leading=True,
        outcome=False,
    )


def test_one_definition_used_twice_in_a_team_is_pointed_out() -> None:
    metrics = [
        metric("a", "t", "p95  Latency"),
        metric("b", "t", "P95 latency"),
        metric("c", "u", "p95 latency"),
    ]
    assert definitions_used_twice(metrics) == {("t", "p95 latency"): ("a", "b")}


def test_a_replacement_needs_the_skip_level_or_else_the_hr_partner() -> None:
    both = {Approver.EMPLOYEE, Approver.MANAGER}
    assert approvals_needed(AdjustmentKind.SCOPE, has_skip_level=True) == both
    assert approvals_needed(AdjustmentKind.TIMELINE, has_skip_level=False) == both
    assert approvals_needed(AdjustmentKind.REPLACE, has_skip_level=True) == both | {Approver.SKIP_LEVEL}
    assert approvals_needed(AdjustmentKind.REPLACE, has_skip_level=False) == both | {Approver.HR_PARTNER}


def test_missing_approvals_follow_the_chain() -> None:
    missing = approvals_missing(AdjustmentKind.REPLACE, has_skip_level=True, given={Approver.MANAGER})
    assert missing == (Approver.EMPLOYEE, Approver.SKIP_LEVEL)


@pytest.mark.parametrize(
    ("today", "frozen"), [(date(2026, 9, 16), False), (date(2026, 9, 17), True), (END, True)]
)
def test_the_cycles_last_fourteen_days_are_frozen(today: date, frozen: bool) -> None:
    assert adjustment_is_frozen(today=today, cycle_ends_on=END) is frozen


def test_a_ring_begins_with_its_smallest_id_and_names_each_once() -> None:
    assert find_cycle({"a": "d", "b": "c", "c": "d", "d": "b", "e": None}) == ("b", "c", "d")


def test_a_due_date_on_the_first_day_expects_nothing_before_it() -> None:
    assert expected_attainment(starts_on=START, due_on=START, today=START - timedelta(days=1)) == 0


def test_a_finding_names_its_subject_and_the_way_out() -> None:
    draft = ObjectiveDraft(objective_id="o1", key_results=(KeyResultDraft(key_result_id="k", due_on=END),))
    findings = smart_findings(draft, starts_on=START, ends_on=END, known_key_results=())
    assert {each.subject for each in findings} == {"o1", "k"}
    first, metric_missing, *_, few = findings
    assert (first.subject, first.field, first.message, first.fix) == (
        *("o1", "owner_id"),
        *("nobody owns it", "name one owner"),
    )
    assert (metric_missing.message, metric_missing.fix) == ("the metric is missing", "name the metric")
    assert (few.subject, few.message, few.fix) == ("o1", "it has 1 key results", "aim for 3 to 5")
    (missing,) = person_has_delivery_and_growth("e1", [ObjectiveKind.GROWTH])
    assert (missing.subject, missing.field, missing.fix) == ("e1", "kind", "add one delivery objective")


def test_a_week_without_a_date_names_its_field() -> None:
    with pytest.raises(Rejected) as refused:
        due_date_of_week(quarter_starts_on=START, week=0)
    assert (refused.value.field, refused.value.status) == ("due_week", "invalid")


def test_only_a_number_has_a_direction() -> None:
    binary = KeyResultDraft(
        key_result_id="k",
        binary=True,
        artefact="schema",
        direction=Direction.HIGHER,
        baseline=F(2),
        target=F(1),
        due_on=END,
    )
    assert smart(binary) == [("warning", "key_results")]
