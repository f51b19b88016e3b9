"""Each command's fact holds what the command said, and the objective keeps what the fact says."""

from dataclasses import replace
from datetime import date
from fractions import Fraction as F
from uuid import UUID

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
from goals.domain.editing import Edit, edited, kind_of_change
from goals.domain.errors import Rejected
from goals.domain.events import (
    ActualRecorded,
    AdjustmentApplied,
    AdjustmentApproved,
    AdjustmentProposed,
    Answers,
    CheckInLine,
    CheckInRecorded,
    Confidence,
    InterventionPlanned,
    ObjectiveAgreed,
    ObjectiveDrafted,
    ObjectiveLocked,
    ObjectiveProposed,
    Side,
    Status,
)
from goals.domain.goal import Cycle, KeyResult
from goals.domain.objective import Actual, OpenAdjustment, Stage, evolve, measured
from goals.domain.rules.adjustment import AdjustmentKind, Approver
from goals.domain.rules.grading import Grade, MeasuredResult, ResultKind
from goals.domain.rules.smart import Direction, KeyResultDraft

from .drafts import DRAFT as SHORTER
from .drafts import DRAFTED as SHORTER_DRAFTED
from .drafts import END, NOW, SCHEMA, START

GUIDE = replace(SCHEMA, key_result_id="guide", artefact="guide")
DRAFT = replace(SHORTER, key_results=(SCHEMA, GUIDE))
DRAFTED = replace(SHORTER_DRAFTED, content=DRAFT)
LOCKED = replace(DRAFTED, stage=Stage.LOCKED)
DONE = Actual(actual=F(1), done_on=date(2026, 8, 1))
LATENCY = KeyResultDraft(key_result_id="p95", direction=Direction.LOWER, baseline=F(400), target=F(200))


def test_an_objective_is_drafted_as_it_was_written() -> None:
    fact = draft_objective(DRAFT, manager_id="mia", now=NOW)
    assert fact == ObjectiveDrafted(objective_id="o1", at=NOW, draft=DRAFT, manager_id="mia")
    assert evolve(None, fact) == DRAFTED


def test_proposing_is_the_owners_agreement_and_agreeing_the_managers() -> None:
    fact = propose_objective(DRAFTED, by="jane", starts_on=START, ends_on=END, known_key_results=(), now=NOW)
    assert fact == ObjectiveProposed(objective_id="o1", at=NOW, by="jane")
    proposed = evolve(DRAFTED, fact)
    assert proposed == replace(DRAFTED, stage=Stage.PROPOSED, agreed=frozenset({Side.EMPLOYEE}))
    agreed = agree_on_objective(proposed, by="mia", manager_ticked_the_rest=True, now=NOW)
    assert agreed == ObjectiveAgreed(objective_id="o1", at=NOW, side=Side.MANAGER)
    assert evolve(proposed, agreed) == replace(DRAFTED, stage=Stage.AGREED, agreed=frozenset(Side))
    lock = lock_objective(evolve(proposed, agreed), now=NOW)
    assert lock == ObjectiveLocked(objective_id="o1", at=NOW)


def test_one_side_alone_leaves_the_stage() -> None:
    alone = evolve(DRAFTED, ObjectiveAgreed(objective_id="o1", at=NOW, side=Side.MANAGER))
    assert alone == replace(DRAFTED, agreed=frozenset({Side.MANAGER}))


def test_a_check_in_keeps_its_lines_answers_and_the_plans_that_it_needs() -> None:
    line = CheckInLine(key_result_id="schema", status=Status.AT_RISK, confidence=Confidence.LOW, note="late")
    answers = Answers(going_well="much", manager_actions=("ask",))
    fact = record_check_in(LOCKED, lines=(line,), answers=answers, now=NOW)
    assert fact == CheckInRecorded(
        objective_id="o1", at=NOW, lines=(line,), answers=answers, intervention_needed=("schema",)
    )
    before = replace(LOCKED, needs_plan=frozenset({"guide"}))
    after = evolve(before, fact)
    assert after == replace(LOCKED, check_ins=(fact,), needs_plan=frozenset({"guide", "schema"}))
    again = record_check_in(after, lines=(replace(line, status=Status.DONE),), answers=answers, now=NOW)
    assert evolve(after, again).needs_plan == {"guide"}
    assert evolve(after, again).check_ins == (fact, again)


def test_a_plan_settles_its_own_key_result() -> None:
    before = replace(LOCKED, needs_plan=frozenset({"schema", "guide"}))
    fact = plan_intervention(before, key_result_id="schema", plan="two more people", now=NOW)
    assert fact == InterventionPlanned(
        objective_id="o1", at=NOW, key_result_id="schema", plan="two more people"
    )
    assert evolve(before, fact).needs_plan == {"guide"}


@pytest.mark.parametrize("done_on", [None, NOW.date()])
def test_an_actual_stands_beside_the_others_and_may_be_of_today(done_on: date | None) -> None:
    fact = record_actual(LOCKED, key_result_id="schema", actual=F(1), done_on=done_on, now=NOW)
    assert fact == ActualRecorded(
        objective_id="o1", at=NOW, key_result_id="schema", actual=F(1), done_on=done_on
    )
    after = evolve(replace(LOCKED, actuals={"guide": DONE}), fact)
    assert after.actuals == {"guide": DONE, "schema": Actual(actual=F(1), done_on=done_on)}


def test_grades_are_made_with_the_cycles_end_and_the_time_of_grading() -> None:
    own = {"schema": Grade.MET, "guide": Grade.NOT_MET}
    graded = grade_objective(replace(LOCKED, actuals={"schema": DONE}), own=own, cycle_ends_on=END, now=NOW)
    assert (graded.objective_id, graded.at, graded.own) == ("o1", NOW, own)
    assert {key: each.grade for key, each in graded.suggested.items()} == own


@pytest.mark.parametrize("kind", [AdjustmentKind.SCOPE, AdjustmentKind.REPLACE])
def test_a_change_opens_gains_approvals_and_applies(kind: AdjustmentKind) -> None:
    replacement = replace(DRAFT, key_results=(SCHEMA,))
    before = replace(
        LOCKED, actuals={"schema": DONE, "guide": DONE}, needs_plan=frozenset({"schema", "guide"})
    )
    proposed = propose_adjustment(
        before,
        adjustment_id="a1",
        kind=kind,
        rationale="fewer tenants",
        replacement=replacement,
        has_skip_level=False,
        by_hr=False,
        cycle_ends_on=END,
        now=NOW,
    )
    common = {"objective_id": "o1", "at": NOW, "adjustment_id": "a1"}
    assert proposed == AdjustmentProposed(
        objective_id="o1",
        at=NOW,
        adjustment_id="a1",
        kind=kind,
        rationale="fewer tenants",
        replacement=replacement,
        has_skip_level=False,
    )
    opened = evolve(before, proposed)
    waiting = OpenAdjustment(adjustment_id="a1", kind=kind, replacement=replacement, has_skip_level=False)
    assert opened == replace(before, adjustment=waiting)
    ready = replace(waiting, approved=frozenset(Approver) - {Approver.EMPLOYEE})
    approved, applied = approve_adjustment(
        replace(before, adjustment=ready), adjustment_id="a1", approver=Approver.EMPLOYEE, now=NOW
    )
    assert approved == AdjustmentApproved(**common, approver=Approver.EMPLOYEE)  # pyright: ignore[reportArgumentType] -- of the types above
    assert applied == AdjustmentApplied(**common, kind=kind, replacement=replacement)  # pyright: ignore[reportArgumentType] -- of the types above
    assert evolve(opened, approved).adjustment == replace(waiting, approved=frozenset({Approver.EMPLOYEE}))
    assert evolve(opened, applied) == replace(
        before,
        content=replacement,
        history=(DRAFT,),
        actuals={"schema": DONE},
        needs_plan=frozenset({"schema"}),
    )
    assert evolve(before, approved) == before


def test_a_key_result_is_graded_as_it_was_declared() -> None:
    assert measured(LATENCY, None) == MeasuredResult(
        kind=ResultKind.NUMERIC, actual=F(400), target=F(200), baseline=F(400), higher_is_better=False
    )
    assert measured(SCHEMA, DONE) == MeasuredResult(
        kind=ResultKind.BINARY,
        actual=F(1),
        target=F(1),
        baseline=F(0),
        due_on=END,
        done_on=DONE.done_on,
    )
    uptime = replace(LATENCY, availability=True, continuous=True, strict=True, due_on=END, direction=None)
    assert measured(uptime, replace(DONE, actual=F(300))) == MeasuredResult(
        kind=ResultKind.AVAILABILITY,
        actual=F(300),
        target=F(200),
        baseline=F(400),
        strict=True,
        done_on=DONE.done_on,
    )


RESULT = KeyResult(draft=replace(LATENCY, artefact="p", due_on=END), title="Latency")
CYCLE = Cycle(cycle_id=UUID(int=1), name="Q3", starts_on=START, ends_on=END, divisions=("E",), closed=False)


def test_an_edit_changes_what_it_names_and_leaves_the_rest() -> None:
    edit = Edit(title="P95", target=F(250), strict=True, artefact="q", due_week=2)
    after = edited(RESULT, edit, cycle=CYCLE)
    draft = replace(RESULT.draft, target=F(250), strict=True, artefact="q", due_on=date(2026, 7, 14))
    assert after == replace(RESULT, title="P95", draft=draft)
    assert edited(RESULT, Edit(), cycle=CYCLE, may_be_same=True) == RESULT
    assert kind_of_change(RESULT, after) is AdjustmentKind.SCOPE
    later = edited(RESULT, Edit(due_on=START), cycle=CYCLE)
    assert (later.draft.due_on, kind_of_change(RESULT, later)) == (START, AdjustmentKind.TIMELINE)


def test_an_edit_that_changes_nothing_is_refused() -> None:
    with pytest.raises(Rejected) as refused:
        edited(RESULT, Edit(title="Latency"), cycle=CYCLE)
    assert (refused.value.field, refused.value.status) == ("target", "invalid")
    assert (refused.value.message, refused.value.fix) == (
        "nothing would change",
        "give a new scope or due date",
    )
