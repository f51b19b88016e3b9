"""An objective's life, from draft to graded."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from fractions import Fraction as F

import pytest

from goals.domain.adjusting import approve_adjustment, propose_adjustment
from goals.domain.decisions import (
    agree_on_objective,
    draft_objective,
    grade_objective,
    lock_objective,
    plan_intervention,
    propose_objective,
    record_actual,
    record_check_in,
)
from goals.domain.errors import Rejected
from goals.domain.events import AdjustmentApplied, Answers, CheckInLine, Confidence, Status
from goals.domain.objective import Objective, Stage, evolve
from goals.domain.rules.adjustment import AdjustmentKind, Approver
from goals.domain.rules.grading import Grade
from goals.domain.rules.smart import Direction, KeyResultDraft

from .drafts import DRAFT as SHORTER
from .drafts import END, NOW, START
from .drafts import SCHEMA as LATER_SCHEMA

LATENCY = KeyResultDraft(
    key_result_id="latency",
    metric="p95",
    unit="ms",
    direction=Direction.LOWER,
    baseline=F(400),
    target=F(200),
    due_on=date(2026, 8, 4),
    strict=True,
)
SCHEMA = replace(LATER_SCHEMA, due_on=date(2026, 7, 14))
UPTIME = replace(
    LATENCY,
    key_result_id="uptime",
    unit="%",
    direction=Direction.HIGHER,
    baseline=F(99),
    target=F("99.9"),
    due_on=None,
    continuous=True,
    availability=True,
    strict=False,
)
DRAFT = replace(SHORTER, key_results=(LATENCY, SCHEMA, UPTIME))


def drafted() -> Objective:
    return evolve(None, draft_objective(DRAFT, manager_id="mia", now=NOW))


def proposed() -> Objective:
    objective = drafted()
    return evolve(
        objective,
        propose_objective(objective, by="jane", starts_on=START, ends_on=END, known_key_results=(), now=NOW),
    )


def locked() -> Objective:
    objective = proposed()
    objective = evolve(
        objective, agree_on_objective(objective, by="mia", manager_ticked_the_rest=True, now=NOW)
    )
    assert objective.stage is Stage.AGREED
    return evolve(objective, lock_objective(objective, now=NOW))


def line(key_result_id: str, status: Status = Status.ON_TRACK) -> CheckInLine:
    return CheckInLine(key_result_id=key_result_id, status=status, confidence=Confidence.MEDIUM)


def rejected_field(error: pytest.ExceptionInfo[Rejected]) -> str:
    return error.value.field


def test_an_objective_is_locked_only_after_both_sides_agreed() -> None:
    with pytest.raises(Rejected) as error:
        lock_objective(proposed(), now=NOW)
    assert (rejected_field(error), error.value.status) == ("stage", "conflict")
    assert (proposed().stage.visible_to_organization, locked().stage.visible_to_organization) == (False, True)


@pytest.mark.parametrize("by", ["jane", "somebody"])
def test_only_the_manager_is_the_other_side(by: str) -> None:
    with pytest.raises(Rejected) as error:
        agree_on_objective(proposed(), by=by, manager_ticked_the_rest=True, now=NOW)
    assert rejected_field(error) == "by"


def test_the_manager_ticks_what_no_machine_can_check() -> None:
    with pytest.raises(Rejected) as error:
        agree_on_objective(proposed(), by="mia", manager_ticked_the_rest=False, now=NOW)
    assert rejected_field(error) == "manager_ticked_the_rest"


def test_an_objective_with_a_mechanical_error_is_not_proposed() -> None:
    broken = replace(DRAFT, key_results=(replace(LATENCY, unit=""),))
    objective = evolve(None, draft_objective(broken, manager_id="mia", now=NOW))
    with pytest.raises(Rejected) as error:
        propose_objective(objective, by="jane", starts_on=START, ends_on=END, known_key_results=(), now=NOW)
    assert rejected_field(error) == "latency.unit"


def test_nobody_agrees_with_themselves() -> None:
    with pytest.raises(Rejected) as error:
        draft_objective(DRAFT, manager_id="jane", now=NOW)
    assert rejected_field(error) == "manager_id"


def test_a_check_in_has_no_field_for_a_rating() -> None:
    names = {field.name for field in (*fields(CheckInLine), *fields(Answers))}
    assert names == {
        *("key_result_id", "status", "confidence", "note"),
        *("going_well", "blocking", "to_adjust", "support_needed", "manager_actions", "employee_actions"),
    }


def test_a_key_result_at_risk_asks_for_a_plan_until_there_is_one() -> None:
    objective = locked()
    lines = (line("latency", Status.AT_RISK), line("schema"))
    objective = evolve(objective, record_check_in(objective, lines=lines, answers=Answers(), now=NOW))
    assert objective.needs_plan == {"latency"}
    with pytest.raises(Rejected):
        plan_intervention(objective, key_result_id="latency", plan=" ", now=NOW)
    plan = plan_intervention(objective, key_result_id="latency", plan="Move two people", now=NOW)
    assert evolve(objective, plan).needs_plan == frozenset()


@pytest.mark.parametrize("lines", [(line("latency"), line("latency")), (line("other"),)])
def test_a_check_in_names_each_of_its_key_results_once(lines: tuple[CheckInLine, ...]) -> None:
    with pytest.raises(Rejected):
        record_check_in(locked(), lines=lines, answers=Answers(), now=NOW)


def adjust(
    objective: Objective,
    *,
    kind: AdjustmentKind = AdjustmentKind.SCOPE,
    key_result: KeyResultDraft | None = None,
    rationale: str = "fewer tenants",
    now: datetime = NOW,
    by_hr: bool = False,
) -> Objective:
    changed = replace(DRAFT, key_results=(key_result or replace(LATENCY, target=F(250)), SCHEMA))
    fact = propose_adjustment(
        objective,
        adjustment_id="a1",
        kind=kind,
        rationale=rationale,
        replacement=changed,
        has_skip_level=True,
        by_hr=by_hr,
        cycle_ends_on=END,
        now=now,
    )
    return evolve(objective, fact)


def approve(objective: Objective, *approvers: Approver) -> Objective:
    for approver in approvers:
        for fact in approve_adjustment(objective, adjustment_id="a1", approver=approver, now=NOW):
            objective = evolve(objective, fact)
    return objective


def test_an_adjustment_takes_effect_with_the_last_approval_and_keeps_the_old_goal() -> None:
    objective = approve(adjust(locked()), Approver.EMPLOYEE)
    assert objective.key_results["latency"].target == 200
    objective = approve(objective, Approver.MANAGER)
    assert objective.key_results["latency"].target == 250
    assert (objective.history, objective.adjustment) == ((DRAFT,), None)


def test_a_replacement_waits_for_the_skip_level() -> None:
    objective = approve(adjust(locked(), kind=AdjustmentKind.REPLACE), Approver.MANAGER, Approver.EMPLOYEE)
    assert objective.adjustment is not None
    facts = approve_adjustment(objective, adjustment_id="a1", approver=Approver.SKIP_LEVEL, now=NOW)
    assert isinstance(facts[-1], AdjustmentApplied)


@pytest.mark.parametrize("approver", [Approver.HR_PARTNER, Approver.SKIP_LEVEL, Approver.MANAGER])
def test_nobody_approves_unasked_or_twice(approver: Approver) -> None:
    objective = approve(adjust(locked()), Approver.MANAGER)
    with pytest.raises(Rejected) as error:
        approve(objective, approver)
    assert rejected_field(error) == "approver"


def test_the_last_fourteen_days_are_hrs_alone() -> None:
    late = datetime(2026, 9, 17, tzinfo=UTC)
    with pytest.raises(Rejected) as error:
        adjust(locked(), now=late)
    assert rejected_field(error) == "now"
    assert adjust(locked(), now=late, by_hr=True).adjustment is not None


def test_a_baseline_is_frozen_since_the_lock_unless_the_goal_is_replaced() -> None:
    moved = replace(LATENCY, baseline=F(500))
    with pytest.raises(Rejected) as error:
        adjust(locked(), key_result=moved)
    assert rejected_field(error) == "latency.baseline"
    assert adjust(locked(), key_result=moved, kind=AdjustmentKind.REPLACE).adjustment is not None


def test_an_adjustment_needs_a_rationale() -> None:
    with pytest.raises(Rejected) as error:
        adjust(locked(), rationale="")
    assert rejected_field(error) == "rationale"


def test_the_rules_grade_stands_beside_the_persons_own() -> None:
    objective = locked()
    for key, actual, done_on in (
        ("latency", F(200), date(2026, 8, 5)),
        ("schema", F(1), date(2026, 7, 14)),
        ("uptime", F("99.9"), None),
    ):
        fact = record_actual(objective, key_result_id=key, actual=actual, done_on=done_on, now=NOW)
        objective = evolve(objective, fact)
    own = {"latency": Grade.MET, "schema": Grade.MET, "uptime": Grade.EXCEEDED}
    objective = evolve(objective, grade_objective(objective, own=own, cycle_ends_on=END, now=NOW))
    assert objective.stage is Stage.GRADED
    assert objective.own == own
    assert {key: (each.score, each.grade) for key, each in objective.suggested.items()} == {
        "latency": (F(89, 100), Grade.MOSTLY_MET),
        "schema": (F(1), Grade.MET),
        "uptime": (F(1), Grade.MET),
    }


def test_a_key_result_without_an_actual_is_not_met_and_late_to_the_cycles_end() -> None:
    objective = locked()
    own = dict.fromkeys(objective.key_results, Grade.NOT_MET)
    graded = grade_objective(objective, own=own, cycle_ends_on=END, now=NOW).suggested["latency"]
    assert (graded.grade, graded.weeks_late) == (Grade.NOT_MET, 9)


def test_own_grades_cover_exactly_the_key_results() -> None:
    with pytest.raises(Rejected) as error:
        grade_objective(locked(), own={"latency": Grade.MET}, cycle_ends_on=END, now=NOW)
    assert rejected_field(error) == "own"


@pytest.mark.parametrize(
    ("key", "actual", "done_on"),
    [("schema", F(1, 2), None), ("latency", F(1), date(2026, 8, 13)), ("other", F(1), None)],
)
def test_an_impossible_actual_is_rejected(key: str, actual: F, done_on: date | None) -> None:
    with pytest.raises(Rejected):
        record_actual(locked(), key_result_id=key, actual=actual, done_on=done_on, now=NOW)


def test_an_objectives_first_fact_is_that_it_was_drafted() -> None:
    with pytest.raises(ValueError, match="drafted"):
        evolve(None, lock_objective(replace(proposed(), stage=Stage.AGREED), now=NOW))
