"""Every refusal says which field, as what, why, and what would be accepted instead."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
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
from goals.domain.events import Answers, CheckInLine, Confidence, Status
from goals.domain.objective import Objective, OpenAdjustment
from goals.domain.rules.adjustment import AdjustmentKind, Approver
from goals.domain.rules.grading import Grade
from goals.domain.rules.rollup import GoalState, WeightedGoal, roll_up
from goals.domain.rules.smart import Direction, KeyResultDraft, ObjectiveDraft
from goals.domain.rules.variance import override_is_allowed
from plumbline_local.testing_services import assert_refused

from .drafts import DRAFT, DRAFTED, END, LOCKED, NOW, PROPOSED, SCHEMA, START

OPEN = replace(
    LOCKED,
    adjustment=OpenAdjustment(
        adjustment_id="a1",
        kind=AdjustmentKind.SCOPE,
        replacement=DRAFT,
        has_skip_level=True,
        approved=frozenset({Approver.MANAGER}),
    ),
)
AT_RISK = CheckInLine(key_result_id="schema", status=Status.AT_RISK, confidence=Confidence.LOW)
Command = Callable[[], object]


def propose(objective: Objective, *, by: str = "jane") -> Command:
    return lambda: propose_objective(
        objective, by=by, starts_on=START, ends_on=END, known_key_results=(), now=NOW
    )


def agree(objective: Objective, *, by: str = "mia", ticked: bool = True) -> Command:
    return lambda: agree_on_objective(objective, by=by, manager_ticked_the_rest=ticked, now=NOW)


def check_in(objective: Objective, *lines: CheckInLine) -> Command:
    return lambda: record_check_in(objective, lines=lines, answers=Answers(), now=NOW)


def actual(objective: Objective, key: str, value: str, done_on: date | None = None) -> Command:
    return lambda: record_actual(objective, key_result_id=key, actual=F(value), done_on=done_on, now=NOW)


def grade(objective: Objective, *names: str) -> Command:
    own = dict.fromkeys(names, Grade.MET)
    return lambda: grade_objective(objective, own=own, cycle_ends_on=END, now=NOW)


def plan(objective: Objective, key: str, text: str) -> Command:
    return lambda: plan_intervention(objective, key_result_id=key, plan=text, now=NOW)


def change(
    objective: Objective,
    *,
    rationale: str = "moved",
    replacement: ObjectiveDraft = DRAFT,
    ends_on: date = END,
) -> Command:
    return lambda: propose_adjustment(
        objective,
        adjustment_id="a2",
        kind=AdjustmentKind.SCOPE,
        rationale=rationale,
        replacement=replacement,
        has_skip_level=True,
        by_hr=False,
        cycle_ends_on=ends_on,
        now=NOW,
    )


def approve(objective: Objective, approver: Approver, *, adjustment_id: str = "a1") -> Command:
    return lambda: approve_adjustment(objective, adjustment_id=adjustment_id, approver=approver, now=NOW)


def scored(*weights: str, state: GoalState = GoalState.ACTIVE) -> Command:
    goals = [
        WeightedGoal(goal_id=str(at), weight_percent=F(each), state=state) for at, each in enumerate(weights)
    ]
    return lambda: roll_up(goals)


def override(*, reason: str = "outage", approved_by: str | None = None) -> Command:
    return lambda: override_is_allowed(reason=reason, requested_by="e", approved_by=approved_by)


AGAINST = KeyResultDraft(
    key_result_id="up",
    metric="p95",
    unit="ms",
    direction=Direction.HIGHER,
    baseline=F(2),
    target=F(1),
    due_on=END,
)
UPTIME = replace(AGAINST, key_result_id="uptime", baseline=F(99), target=F(150), availability=True)
ALWAYS_UP = replace(DRAFTED, content=replace(DRAFT, key_results=(UPTIME,)))
NEVER_UP = replace(
    DRAFTED, content=replace(DRAFT, key_results=(replace(UPTIME, baseline=F(-1), target=F(99)),))
)
WATCHED = replace(LOCKED, content=replace(DRAFT, key_results=(replace(UPTIME, target=F(100)),)))
CONTRADICTING = replace(DRAFTED, content=replace(DRAFT, key_results=(AGAINST,)))
LATE = replace(DRAFTED, content=replace(DRAFT, key_results=(replace(SCHEMA, due_on=date(2026, 10, 1)),)))
UNDATED = replace(DRAFTED, content=replace(DRAFT, key_results=(replace(SCHEMA, due_on=None),)))
ORPHAN = replace(DRAFTED, content=replace(DRAFT, parent_key_result_id="nothing"))
MOVED = replace(DRAFT, key_results=(replace(SCHEMA, baseline=F(1)),))

REFUSED: list[tuple[Command, str, str, str]] = [
    (lambda: draft_objective(DRAFT, manager_id="jane", now=NOW), "manager_id", "invalid", "no other side"),
    (lambda: draft_objective(DRAFT, manager_id="", now=NOW), "manager_id", "invalid", "no other side"),
    (propose(PROPOSED), "stage", "conflict", "is proposed; this needs one that is draft"),
    (propose(DRAFTED, by="mia"), "by", "invalid", "somebody else owns it; let its owner"),
    (propose(replace(DRAFTED, content=replace(DRAFT, key_results=()))), "key_results", "invalid", "has none"),
    (propose(CONTRADICTING), "up.direction", "invalid", "contradict each other; turn the direction round"),
    (propose(ALWAYS_UP), "uptime.target", "invalid", "is a percentage; give one from 0 to 100"),
    (propose(NEVER_UP), "uptime.baseline", "invalid", "is a percentage; give one from 0 to 100"),
    (
        propose(LATE),
        "schema.due_on",
        "invalid",
        "2026-10-01 is outside the cycle; set a date from 2026-07-01",
    ),
    (propose(UNDATED), "schema.due_on", "invalid", "the due date is missing; set one"),
    (propose(ORPHAN), "o1.parent_key_result_id", "invalid", "nothing is no key result; name an existing"),
    (agree(DRAFTED), "stage", "conflict", "is draft; this needs one that is proposed"),
    (agree(PROPOSED, by="jane"), "by", "invalid", "the owner agreed by proposing; let the manager"),
    (agree(PROPOSED, ticked=False), "manager_ticked_the_rest", "invalid", "not confirmed; tick the box"),
    (lambda: lock_objective(PROPOSED, now=NOW), "stage", "conflict", "this needs one that is agreed"),
    (check_in(PROPOSED), "stage", "conflict", "this needs one that is locked"),
    (check_in(LOCKED, AT_RISK, AT_RISK), "lines", "invalid", "stands there twice; name each once"),
    (plan(LOCKED, "schema", " "), "plan", "invalid", "the plan is empty; write what changes"),
    (
        plan(LOCKED, "x", "p"),
        "key_result_id",
        "invalid",
        "x is not one of this objective's; name one of schema",
    ),
    (plan(PROPOSED, "schema", "p"), "stage", "conflict", "this needs one that is locked"),
    (actual(PROPOSED, "schema", "1"), "stage", "conflict", "this needs one that is locked"),
    (actual(LOCKED, "schema", "1/2"), "actual", "invalid", "done or not; give 0 or 1"),
    (actual(WATCHED, "uptime", "150"), "actual", "invalid", "is a percentage; give one from 0 to 100"),
    (actual(WATCHED, "uptime", "-5"), "actual", "invalid", "is a percentage; give one from 0 to 100"),
    (actual(LOCKED, "schema", "1", date(2026, 8, 13)), "done_on", "invalid", "2026-08-13 has not come yet"),
    (grade(PROPOSED, "schema"), "stage", "conflict", "this needs one that is locked"),
    (grade(OPEN, "schema"), "adjustment", "conflict", "a change is still open; have it approved"),
    (grade(LOCKED, "schema", "x"), "own", "invalid", "differ; grade each key result once"),
    (change(PROPOSED), "stage", "conflict", "this needs one that is locked"),
    (change(LOCKED, rationale=" "), "rationale", "invalid", "it is empty; write why"),
    (change(OPEN), "adjustment_id", "conflict", "another change is open; settle that one"),
    (change(LOCKED, ends_on=NOW.date()), "now", "conflict", "last 14 days have begun; ask HR"),
    (
        change(LOCKED, replacement=MOVED),
        "schema.baseline",
        "invalid",
        "is frozen since the goal was locked; keep",
    ),
    (
        approve(OPEN, Approver.EMPLOYEE, adjustment_id="a2"),
        "adjustment_id",
        "invalid",
        "no such change is open",
    ),
    (
        approve(OPEN, Approver.MANAGER),
        "approver",
        "conflict",
        "manager gave it already; still open: employee",
    ),
    (approve(OPEN, Approver.HR_PARTNER), "approver", "conflict", "hr_partner is not asked for this change"),
    (
        scored("60", "30"),
        "weight_percent",
        "invalid",
        "the weights sum to 90 %; make them sum to exactly 100",
    ),
    (scored("100"), "score", "invalid", "goal 0 is active and has no score; give its score"),
    (
        scored("100", state=GoalState.CANCELLED),
        "state",
        "invalid",
        "is cancelled; leave a goal with a weight",
    ),
    (override(reason=""), "reason", "invalid", "has no reason; write why"),
    (override(approved_by="e"), "approved_by", "invalid", "nobody else approved it; have somebody else"),
]


@pytest.mark.parametrize(("command", "field", "status", "words"), REFUSED)
def test_a_refusal_names_the_field_the_reason_and_the_way_out(
    command: Command, field: str, status: str, words: str
) -> None:
    assert_refused(command, Rejected, field=field, status=status, words=words)
