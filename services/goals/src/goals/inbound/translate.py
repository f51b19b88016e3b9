"""Requests as the objectives, talks and changes that the use cases take."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from uuid_utils.compat import uuid7

from goals.domain.editing import Edit
from goals.domain.events import Answers, CheckInLine
from goals.domain.goal import Goal, KeyResult
from goals.domain.objective import Objective
from goals.domain.rules.grading import ResultKind
from goals.domain.rules.smart import KeyResultDraft, ObjectiveDraft, ObjectiveKind
from goals.inbound.schemas import AdjustBody, ChangeBody, KeyResultBody, ObjectiveBody, TalkBody
from goals.usecases.change_key_results import Proposal
from goals.usecases.record_check_ins import Talk


def to_number(value: Decimal | None) -> Fraction | None:
    """The exact number."""
    return None if value is None else Fraction(value)


def to_key_result(body: KeyResultBody) -> KeyResult:
    """One key result; its week, if it has one, is not a date yet."""
    return KeyResult(
        draft=KeyResultDraft(
            key_result_id=str(body.key_result_id or uuid7()),
            metric=body.metric,
            unit=body.unit,
            direction=body.direction,
            baseline=to_number(body.baseline.value if body.baseline else None),
            target=to_number(body.target),
            due_on=body.due_on,
            continuous=body.continuous,
            binary=body.kind is ResultKind.BINARY,
            availability=body.kind is ResultKind.AVAILABILITY,
            strict=body.strict,
            artefact=body.artefact,
        ),
        title=body.title,
        baseline_on=body.baseline.date if body.baseline else None,
        baseline_source=body.baseline.source if body.baseline else "",
        metric_record=body.metric_record.model_dump(exclude_none=True),
    )


def to_goals(cycle_id: UUID, bodies: Sequence[ObjectiveBody]) -> tuple[list[Goal], dict[str, int]]:
    """The objectives, and the week in which each key result without a date is due."""
    goals: list[Goal] = []
    weeks: dict[str, int] = {}
    for body in bodies:
        own = tuple(to_key_result(each) for each in body.key_results)
        for sent, key_result in zip(body.key_results, own, strict=True):
            if sent.due_week is not None:
                weeks[key_result.key_result_id] = sent.due_week
        goals.append(to_goal(cycle_id, body, own))
    return goals, weeks


def to_goal(cycle_id: UUID, body: ObjectiveBody, own: tuple[KeyResult, ...]) -> Goal:
    """One objective; its division and its other side are the use case's to find."""
    objective_id = str(body.objective_id or uuid7())
    content = ObjectiveDraft(
        objective_id=objective_id,
        owner_id=body.owner_id,
        kind=ObjectiveKind.GROWTH if body.growth else ObjectiveKind.DELIVERY,
        parent_key_result_id=None if body.parent_key_result_id is None else str(body.parent_key_result_id),
        key_results=tuple(each.draft for each in own),
    )
    return Goal(
        objective=Objective(objective_id=objective_id, manager_id="", content=content),
        cycle_id=cycle_id,
        division="",
        level=body.level,
        title=body.title,
        key_results=own,
        weight_percent=to_number(body.weight_percent),
        agrees_with_id=body.agrees_with_id,
    )


def to_talk(body: TalkBody) -> Talk:
    """One person's check-in."""
    return Talk(
        person_id=body.person_id,
        lines=tuple(
            CheckInLine(
                key_result_id=str(each.key_result_id),
                status=each.status,
                confidence=each.confidence,
                note=each.note,
            )
            for each in body.key_results
        ),
        answers=Answers(
            going_well=body.answers.going_well,
            blocking=body.answers.blocking,
            to_adjust=body.answers.to_adjust,
            support_needed=body.answers.support_needed,
            manager_actions=body.manager_actions,
            employee_actions=body.employee_actions,
        ),
        plans={
            str(each.key_result_id): each.intervention_plan
            for each in body.key_results
            if each.intervention_plan is not None
        },
    )


def to_edit(body: AdjustBody) -> Edit:
    """What an adjustment changes."""
    return Edit(
        title=body.title,
        target=to_number(body.target),
        strict=body.strict,
        artefact=body.artefact,
        due_on=body.due_on,
        due_week=body.due_week,
    )


def to_proposal(body: ChangeBody) -> Proposal:
    """An adjustment, or a replacement with its week."""
    new = body.replacement
    return Proposal(
        key_result_id=body.key_result_id,
        rationale=body.rationale,
        edit=to_edit(body) if new is None else Edit(due_week=new.due_week),
        replacement=None if new is None else to_key_result(new),
    )
