"""What may become of a promotion case, a plan and a PIP, and when each is checked: rules without any I/O."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from outcomes.domain.after_plan import propose_after_plan
from outcomes.domain.errors import Rejected
from outcomes.domain.rules.approval import ApprovalStep
from outcomes.domain.rules.checks import (
    Schedule,
    check_may_be_recorded,
    extended_pip_schedule,
    extended_plan_schedule,
    last_check_says,
    ninety_day_schedule,
    pip_schedule,
    resumed_schedule,
)
from outcomes.domain.rules.pip import failed_pip_panel, pip_is_moved_by_another, pip_steps_of
from outcomes.domain.rules.pip_gate import Concern, GateProposal, ResourceOffer
from outcomes.domain.rules.plans import PlanKind, PlanState, end_plan, plan_leads_to_proposed_pip
from outcomes.domain.rules.promotion import (
    PromotionCase,
    PromotionState,
    evidence_without_criterion,
    move_promotion,
    promotion_decision_lacks,
    promotion_is_decided_by_another,
    promotion_takes_effect,
)

START = date(2027, 1, 11)
PERIOD_END = date(2026, 12, 31)
PROMOTION_PATHS = {
    (start, to) for start in ("open", "deferred") for to in ("approved", "declined", "deferred")
}


@pytest.mark.parametrize("to", PromotionState)
@pytest.mark.parametrize("state", PromotionState)
def test_a_deferred_case_is_decided_again_and_an_approved_or_declined_one_is_final(
    state: PromotionState, to: PromotionState
) -> None:
    if (state, to) in PROMOTION_PATHS:
        assert move_promotion(state, to) is to
        return
    with pytest.raises(Rejected, match=f"is {state} cannot become {to}") as refused:
        move_promotion(state, to)
    assert (refused.value.code, refused.value.status) == ("promotion_move_refused", "conflict")


def test_the_manager_who_recommends_does_not_decide() -> None:
    promotion_is_decided_by_another(decider_is_manager=False)
    with pytest.raises(Rejected) as refused:
        promotion_is_decided_by_another(decider_is_manager=True)
    assert (refused.value.code, refused.value.status) == ("own_recommendation", "forbidden")


@pytest.mark.parametrize(
    ("decision", "asked_for", "answer"),
    [
        ("approved", None, date(2027, 1, 1)),
        ("approved", date(2027, 1, 1), date(2027, 1, 1)),
        ("approved", date(2027, 4, 1), date(2027, 4, 1)),
        ("approved", PERIOD_END, "effect_inside_the_cycle"),
        ("declined", None, None),
        ("deferred", None, None),
        ("declined", date(2027, 4, 1), "effect_without_approval"),
        ("deferred", date(2027, 4, 1), "effect_without_approval"),
    ],
)
def test_an_approved_promotion_begins_after_the_cycle(
    decision: str, asked_for: date | None, answer: date | str | None
) -> None:
    def ask() -> date | None:
        return promotion_takes_effect(PromotionState(decision), asked_for=asked_for, period_end=PERIOD_END)

    if not isinstance(answer, str):
        assert ask() == answer
        return
    with pytest.raises(Rejected) as refused:
        ask()
    assert (refused.value.code, refused.value.field) == (answer, "effective_from")


def test_only_an_approval_needs_evidence_and_every_decision_criteria_and_reasons() -> None:
    case = PromotionCase(criteria=("scope", "mentoring"), evidence={"scope": ("ev-1",)}, reasons="because")
    assert promotion_decision_lacks(case) == ("evidence for: mentoring",)
    for decision in (PromotionState.DECLINED, PromotionState.DEFERRED):
        assert promotion_decision_lacks(case, decision=decision) == ()
        nothing = PromotionCase(criteria=(), evidence={}, reasons=" ")
        assert promotion_decision_lacks(nothing, decision=decision) == (
            "criteria of the level",
            "reasons of the decision",
        )


def test_evidence_under_a_name_that_the_level_does_not_have_is_found() -> None:
    assert evidence_without_criterion(("scope",), {"scope": (), "wit": (), "charm": ()}) == ("charm", "wit")
    assert evidence_without_criterion(("scope", "mentoring"), {"scope": ()}) == ()


def test_a_plans_one_extension_has_a_check_on_its_last_day() -> None:
    longer = extended_plan_schedule(ninety_day_schedule(START))
    assert longer.days == (30, 60, 90, 150)
    assert [(day - START).days for day in longer.timetable.checkpoints] == [30, 60, 90, 150]
    assert (longer.timetable.end - START).days == 150
    assert longer.timetable.extension_end is None


@pytest.mark.parametrize(
    ("more_days", "added"),
    [(1, (61,)), (7, (67,)), (8, (67, 68)), (14, (67, 74)), (30, (67, 74, 81, 88, 90))],
)
def test_an_extended_pip_goes_on_weekly_to_its_new_last_day(more_days: int, added: tuple[int, ...]) -> None:
    schedule = pip_schedule(START)
    until = schedule.timetable.end + timedelta(days=more_days)
    longer = extended_pip_schedule(schedule, until=until)
    assert longer.days == (7, 14, 21, 28, 35, 42, 49, 56, 60, *added)
    assert [(day - START).days for day in longer.timetable.checkpoints] == list(longer.days)
    assert (longer.timetable.end, longer.timetable.extension_end) == (until, until)


@pytest.mark.parametrize("days", [0, -1])
def test_an_extension_without_days_is_refused(days: int) -> None:
    schedule = pip_schedule(START)
    with pytest.raises(Rejected, match="runs until 2027-03-12 already") as refused:
        extended_pip_schedule(schedule, until=schedule.timetable.end + timedelta(days=days))
    assert (refused.value.code, refused.value.field) == ("extension_without_days", "ends_on")


def test_a_suspension_moves_dates_and_keeps_the_numbers_of_the_days() -> None:
    schedule = pip_schedule(START)
    moved = resumed_schedule(
        schedule, suspended_on=START + timedelta(days=10), resumed_on=START + timedelta(days=40)
    )
    assert moved.days == schedule.days
    assert [(day - START).days for day in moved.timetable.checkpoints][:2] == [7, 44]
    assert (moved.timetable.end - START).days == 90


@pytest.mark.parametrize(
    ("schedule", "day", "after", "answer"),
    [
        (ninety_day_schedule(START), 30, 30, date(2027, 2, 10)),
        (ninety_day_schedule(START), 30, 44, date(2027, 2, 10)),
        (ninety_day_schedule(START), 30, 29, "check_not_due"),
        (ninety_day_schedule(START), 31, 31, "no_such_check"),
        (ninety_day_schedule(START), 60, 90, "check_recorded_before"),
        (pip_schedule(START), 7, 7, date(2027, 1, 18)),
        (None, 30, 30, "no_such_check"),
    ],
)
def test_a_check_is_recorded_on_its_day_or_later_and_once(
    schedule: Schedule | None, day: int, after: int, answer: date | str
) -> None:
    def record() -> date:
        return check_may_be_recorded(schedule, {60: True}, day=day, on=START + timedelta(days=after))

    if isinstance(answer, date):
        assert record() == answer
        return
    with pytest.raises(Rejected) as refused:
        record()
    assert (refused.value.code, refused.value.field) == (answer, "day")


def test_the_last_check_alone_decides_how_it_ends() -> None:
    schedule = ninety_day_schedule(START)
    last_check_says(None, {}, met=True)
    last_check_says(schedule, {30: False, 90: True}, met=True)
    last_check_says(schedule, {30: True, 90: False}, met=False)
    with pytest.raises(Rejected, match="day 90 is not recorded") as missing:
        last_check_says(schedule, {30: True, 60: True}, met=True)
    assert (missing.value.code, missing.value.fix) == (
        "last_check_missing",
        "Record it first; it is on 2027-04-11.",
    )
    for met, word in ((True, "not met"), (False, "met")):
        with pytest.raises(Rejected, match=f"the criteria are {word}$"):
            last_check_says(schedule, {90: not met}, met=met)


def test_a_growth_plan_ends_but_is_not_extended_and_leads_to_no_pip() -> None:
    active = PlanState.ACTIVE
    for to in (PlanState.IMPROVED, PlanState.NO_IMPROVEMENT):
        assert end_plan(active, to, kind=PlanKind.GROWTH) is to
        assert not plan_leads_to_proposed_pip(to, PlanKind.GROWTH)
    with pytest.raises(Rejected) as refused:
        end_plan(active, PlanState.EXTENDED, kind=PlanKind.GROWTH)
    assert refused.value.code == "growth_plan_not_extended"
    assert end_plan(active, PlanState.EXTENDED, kind=PlanKind.NINETY_DAY) is PlanState.EXTENDED


SKIP, HR = ApprovalStep.SKIP_LEVEL, ApprovalStep.HR_PARTNER


@pytest.mark.parametrize(
    ("skip", "hr", "has_skip", "steps"),
    [
        (True, False, True, (SKIP,)),
        (False, True, True, (HR,)),
        (True, True, True, (SKIP, HR)),
        (False, True, False, (SKIP, HR)),
        (False, False, True, ()),
    ],
)
def test_a_step_of_a_pip_is_its_holders_or_the_hr_partners_where_nobody_holds_it(
    skip: bool, hr: bool, has_skip: bool, steps: tuple[ApprovalStep, ...]
) -> None:
    held = {"is_skip_level": skip, "is_hr_partner": hr, "has_skip_level": has_skip}
    assert pip_steps_of(is_manager=False, **held) == steps
    with pytest.raises(Rejected) as refused:
        pip_steps_of(is_manager=True, **held)
    assert refused.value.code == "own_proposal"


def test_the_manager_does_not_decide_about_the_pip_that_the_manager_proposed() -> None:
    pip_is_moved_by_another(mover_is_manager=False)
    with pytest.raises(Rejected) as refused:
        pip_is_moved_by_another(mover_is_manager=True)
    assert (refused.value.code, refused.value.status) == ("own_proposal", "forbidden")


def test_neither_manager_nor_employee_sits_on_the_panel() -> None:
    assert failed_pip_panel(["boss", "low", "mia"], manager="boss", employee="low") == {"mia"}
    assert failed_pip_panel(["mia"], manager=None, employee="low") == {"mia"}
    with pytest.raises(Rejected) as refused:
        failed_pip_panel(["boss", "low"], manager="boss", employee="low")
    assert (refused.value.code, refused.value.field) == ("panel_empty", "panel")


def proposal(*, attestation: str | None) -> GateProposal:
    concerns = [
        Concern(
            event_id=f"ev-{number}",
            gap="delivery",
            occurred_on=day,
            recorded_on=day,
            delivered_on=day,
            acknowledged_on=day,
        )
        for number, day in enumerate((date(2027, 2, 1), date(2027, 3, 1)))
    ]
    offer = ResourceOffer(event_id="ev-9", gap="delivery", offered_on=date(2027, 2, 2))
    return GateProposal(
        concerns=tuple(concerns),
        resources=(offer,),
        proposed_on=date(2027, 4, 11),
        hr_attestation=attestation,
    )


def test_a_plan_without_improvement_leads_to_a_pip_only_through_its_gate() -> None:
    plan_id = UUID(int=7)
    (pip,) = propose_after_plan(plan_id, rating=2, proposal=proposal(attestation="att-1"))
    assert (pip.component, pip.state, pip.inputs["after_plan"]) == ("pip", "proposed", str(plan_id))
    refused, plan = propose_after_plan(plan_id, rating=2, proposal=proposal(attestation=None))
    assert (refused.outcome_id, refused.state) == (pip.outcome_id, "refused")
    assert refused.result["missing"] == ["hr_attestation"]
    assert (plan.component, plan.state, plan.result["kind"]) == ("development_plan", "draft", "ninety_day")
    assert plan.result["checkpoints"] == ["2027-05-11", "2027-06-10", "2027-07-10"]
    assert len({plan_id, refused.outcome_id, plan.outcome_id}) == 3
