"""What a refused move says to programs: its code, its kind, the field to change; and that it says how to go on."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from outcomes.domain.errors import Rejected
from outcomes.domain.rules.approval import approval_chain
from outcomes.domain.rules.checks import (
    check_may_be_recorded,
    extended_pip_schedule,
    last_check_says,
    ninety_day_schedule,
    only_what_runs_has_checks,
    pip_schedule,
)
from outcomes.domain.rules.pip import (
    PipState,
    failed_pip_panel,
    move_pip,
    pip_is_moved_by_another,
    pip_steps_of,
)
from outcomes.domain.rules.plans import PlanKind, PlanState, end_plan, move_plan
from outcomes.domain.rules.promotion import (
    PromotionState,
    move_promotion,
    promotion_is_decided_by_another,
    promotion_takes_effect,
)

START = date(2027, 1, 11)
PERIOD_END = date(2026, 12, 31)
PLAN = ninety_day_schedule(START)
Said = tuple[str, str, str | None]


def check(day: int, *, after: int) -> date:
    return check_may_be_recorded(PLAN, {60: True}, day=day, on=START + timedelta(days=after))


REFUSALS: dict[str, tuple[Callable[[], object], Said]] = {
    "an approved promotion is final": (
        lambda: move_promotion(PromotionState.APPROVED, PromotionState.DECLINED),
        ("promotion_move_refused", "conflict", None),
    ),
    "the manager decides the own recommendation": (
        lambda: promotion_is_decided_by_another(decider_is_manager=True),
        ("own_recommendation", "forbidden", None),
    ),
    "a declined promotion has a day": (
        lambda: promotion_takes_effect(PromotionState.DECLINED, asked_for=START, period_end=PERIOD_END),
        ("effect_without_approval", "invalid", "effective_from"),
    ),
    "a promotion begins within the cycle": (
        lambda: promotion_takes_effect(PromotionState.APPROVED, asked_for=PERIOD_END, period_end=PERIOD_END),
        ("effect_inside_the_cycle", "invalid", "effective_from"),
    ),
    "a plan that ended goes on": (
        lambda: move_plan(PlanState.IMPROVED, PlanState.ACTIVE),
        ("plan_move_refused", "conflict", None),
    ),
    "a growth plan is extended": (
        lambda: end_plan(PlanState.ACTIVE, PlanState.EXTENDED, kind=PlanKind.GROWTH),
        ("growth_plan_not_extended", "conflict", None),
    ),
    "a PIP that ended goes on": (
        lambda: move_pip(PipState.PASSED, PipState.ACTIVE),
        ("pip_move_refused", "conflict", None),
    ),
    "the manager approves the PIP": (
        lambda: pip_steps_of(is_manager=True, is_skip_level=True, is_hr_partner=True, has_skip_level=True),
        ("own_proposal", "forbidden", None),
    ),
    "the manager ends the PIP": (
        lambda: pip_is_moved_by_another(mover_is_manager=True),
        ("own_proposal", "forbidden", None),
    ),
    "nobody is left on the panel": (
        lambda: failed_pip_panel(["boss"], manager="boss", employee="low"),
        ("panel_empty", "invalid", "panel"),
    ),
    "an extension has no day": (
        lambda: extended_pip_schedule(pip_schedule(START), until=START),
        ("extension_without_days", "invalid", "ends_on"),
    ),
    "what is suspended is checked": (
        lambda: only_what_runs_has_checks(PipState.SUSPENDED, name="PIP"),
        ("not_running", "conflict", None),
    ),
    "a check is not planned": (lambda: check(31, after=31), ("no_such_check", "invalid", "day")),
    "a check was recorded": (lambda: check(60, after=60), ("check_recorded_before", "conflict", "day")),
    "a check is still to come": (lambda: check(30, after=29), ("check_not_due", "conflict", "day")),
    "the last check is missing": (
        lambda: last_check_says(PLAN, {60: True}, met=True),
        ("last_check_missing", "conflict", None),
    ),
    "the last check says otherwise": (
        lambda: last_check_says(PLAN, {90: False}, met=True),
        ("last_check_says_otherwise", "conflict", "to"),
    ),
}


@pytest.mark.parametrize("refused", REFUSALS)
def test_a_refused_move_names_its_code_its_kind_and_the_field_and_says_how_to_go_on(refused: str) -> None:
    ask, said = REFUSALS[refused]
    with pytest.raises(Rejected) as caught:
        ask()
    found = caught.value
    assert (found.code, found.status, found.field) == said
    assert found.fix


def test_a_check_that_is_not_planned_is_answered_with_the_days_that_are() -> None:
    with pytest.raises(Rejected, match=r"on day: 30, 60, 90$"):
        check(31, after=31)
    with pytest.raises(Rejected, match=r"on day: none$"):
        check_may_be_recorded(None, {}, day=30, on=START)


def test_an_own_award_is_refused_as_one_that_names_the_wrong_hr_partner() -> None:
    with pytest.raises(Rejected) as caught:
        approval_chain(
            employee="hana",
            manager="mia",
            skip_level="vp",
            hr_partners=["hana"],
            finance=[],
            over_budget=False,
        )
    assert (caught.value.code, caught.value.status) == ("own_hr_partner", "invalid")
