"""Development plans and PIPs: contents, dates, suspension, states."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from outcomes.domain.errors import Rejected
from outcomes.domain.rules import (
    day_of_plan,
    failed_pip_panel,
    growth_plan_lacks,
    move_pip,
    move_plan,
    ninety_day_plan_dates,
    ninety_day_plan_lacks,
    pip_approvals_missing,
    pip_dates,
    pip_dates_after_suspension,
    pip_start_lacks,
    plan_leads_to_proposed_pip,
    resume_pip,
)
from outcomes.domain.rules.approval import ApprovalStep
from outcomes.domain.rules.pip import PipState
from outcomes.domain.rules.plans import DatedExample, GrowthPlan, NinetyDayPlan, PlanState

START = date(2027, 1, 11)
PLAN = NinetyDayPlan(
    gap="missed handovers",
    examples=(DatedExample(on=date(2026, 11, 3), event_id="ev-7"),),
    criteria=("no missed handover for 60 days",),
    mentor="mia",
    training="incident command",
    weekly_one_on_one_minutes=30,
)


def test_day_n_is_the_start_plus_n_calendar_days() -> None:
    assert day_of_plan(date(2027, 12, 31), 1) == date(2028, 1, 1)
    assert day_of_plan(START, 0) == START


def test_a_90_day_plan_is_checked_on_day_30_60_and_90_and_extended_by_60_days() -> None:
    dates = ninety_day_plan_dates(START)
    assert [(day - START).days for day in dates.checkpoints] == [30, 60, 90]
    assert dates.end == date(2027, 4, 11)
    assert dates.extension_end == date(2027, 6, 10)


def test_a_pip_has_weekly_milestones_and_ends_on_day_60() -> None:
    dates = pip_dates(START)
    assert [(day - START).days for day in dates.checkpoints] == [7, 14, 21, 28, 35, 42, 49, 56, 60]
    assert (dates.end, dates.extension_end) == (date(2027, 3, 12), None)


def test_a_suspension_moves_every_date_from_its_day_on() -> None:
    dates = pip_dates(START)
    third = dates.checkpoints[2]
    moved = pip_dates_after_suspension(dates, suspended_on=third, resumed_on=third + timedelta(days=10))
    assert moved.checkpoints[:2] == dates.checkpoints[:2]
    assert [later - day for day, later in zip(dates.checkpoints[2:], moved.checkpoints[2:], strict=True)] == [
        timedelta(days=10)
    ] * 7
    assert moved.end - dates.end == timedelta(days=10)
    assert moved.extension_end is None
    plan = ninety_day_plan_dates(START)
    paused = pip_dates_after_suspension(plan, suspended_on=START, resumed_on=START + timedelta(days=1))
    assert paused.extension_end == date(2027, 6, 11)


def test_a_suspension_of_no_day_moves_nothing_and_a_negative_one_is_refused() -> None:
    dates = pip_dates(START)
    assert pip_dates_after_suspension(dates, suspended_on=START, resumed_on=START) == dates
    with pytest.raises(Rejected) as refused:
        pip_dates_after_suspension(dates, suspended_on=START, resumed_on=START - timedelta(days=1))
    assert refused.value.code == "resumed_before_suspended"


def test_a_complete_90_day_plan_lacks_nothing() -> None:
    assert ninety_day_plan_lacks(PLAN) == ()
    assert ninety_day_plan_lacks(replace(PLAN, criteria=("a", "b", "c"), weekly_one_on_one_minutes=45)) == ()


@pytest.mark.parametrize(
    ("plan", "lacks"),
    [
        (replace(PLAN, gap=" "), "the gap"),
        (replace(PLAN, examples=()), "a dated example of the gap"),
        (replace(PLAN, criteria=()), "1 to 3 measurable criteria"),
        (replace(PLAN, criteria=("a", "b", "c", "d")), "1 to 3 measurable criteria"),
        (replace(PLAN, weekly_one_on_one_minutes=29), "a weekly 1:1 of 30 minutes"),
        (replace(PLAN, mentor=None), "a mentor"),
        (replace(PLAN, training=""), "a training"),
    ],
)
def test_each_missing_part_of_a_plan_is_named(plan: NinetyDayPlan, lacks: str) -> None:
    assert ninety_day_plan_lacks(plan) == (lacks,)


def test_a_growth_plan_has_one_or_two_areas_each_with_an_action() -> None:
    def lacks(**areas: tuple[str, ...]) -> tuple[str, ...]:
        return growth_plan_lacks(GrowthPlan(actions_by_area=areas))

    assert lacks(communication=("weekly note",)) == ()
    assert lacks(communication=("weekly note",), delegation=("hand over on-call",)) == ()
    assert lacks() == ("1 or 2 growth areas",)
    assert lacks(a=("x",), b=("x",), c=("x",)) == ("1 or 2 growth areas",)
    assert lacks(a=("x",), b=()) == ("an action for: b",)


PLAN_PATHS = {
    ("draft", "active"),
    ("active", "extended"),
    ("active", "improved"),
    ("active", "no_improvement"),
    ("extended", "improved"),
    ("extended", "no_improvement"),
}


@pytest.mark.parametrize("to", PlanState)
@pytest.mark.parametrize("state", PlanState)
def test_a_plan_takes_only_its_own_paths_and_is_extended_once(state: PlanState, to: PlanState) -> None:
    if (state, to) in PLAN_PATHS:
        assert move_plan(state, to) is to
        return
    with pytest.raises(Rejected, match=f"is {state} cannot become {to}") as refused:
        move_plan(state, to)
    assert refused.value.code == "plan_move_refused"


def test_only_no_improvement_leads_to_a_proposed_pip() -> None:
    assert [state for state in PlanState if plan_leads_to_proposed_pip(state)] == [PlanState.NO_IMPROVEMENT]


ENDS = ("passed", "failed", "withdrawn")
PIP_PATHS = {
    ("proposed", "active"),
    ("proposed", "withdrawn"),
    ("active", "extended"),
    ("active", "suspended"),
    ("extended", "suspended"),
    ("suspended", "active"),
    ("suspended", "extended"),
    ("suspended", "withdrawn"),
    *((state, end) for state in ("active", "extended") for end in ENDS),
}


@pytest.mark.parametrize("to", PipState)
@pytest.mark.parametrize("state", PipState)
def test_a_pip_takes_only_its_own_paths(state: PipState, to: PipState) -> None:
    if (state, to) in PIP_PATHS:
        assert move_pip(state, to) is to
        return
    with pytest.raises(Rejected, match=f"is {state} cannot become {to}") as refused:
        move_pip(state, to)
    assert refused.value.code == "pip_move_refused"


def test_a_suspended_pip_goes_on_as_what_it_was() -> None:
    assert resume_pip(PipState.ACTIVE) is PipState.ACTIVE
    assert resume_pip(PipState.EXTENDED) is PipState.EXTENDED


def test_skip_level_and_hr_approve_a_pip_before_it_starts() -> None:
    both = {ApprovalStep.SKIP_LEVEL, ApprovalStep.HR_PARTNER}
    assert pip_approvals_missing([]) == both
    assert pip_approvals_missing([ApprovalStep.MANAGER, ApprovalStep.SKIP_LEVEL]) == {ApprovalStep.HR_PARTNER}
    assert pip_start_lacks(exit_criteria=["no defect"], signed=both) == ()
    assert pip_start_lacks(exit_criteria=[], signed=[]) == (
        "exit criteria",
        "approval: hr_partner",
        "approval: skip_level",
    )


def test_a_failed_pip_goes_to_a_panel_without_the_manager() -> None:
    assert failed_pip_panel(["mia", "hana", "sam"], manager="mia") == {"hana", "sam"}
    with pytest.raises(Rejected) as refused:
        failed_pip_panel(["mia"], manager="mia")
    assert refused.value.code == "panel_empty"
