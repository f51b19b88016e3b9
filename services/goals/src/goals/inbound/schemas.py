"""What the api accepts about objectives."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from goals.domain.events import Confidence, Status
from goals.domain.goal import LevelName
from goals.domain.rules.grading import ResultKind
from goals.domain.rules.smart import Direction
from plumbline.contracts.goals import Grade
from plumbline.runtime.each_once import each_once

Title = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
PersonId = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Short = Annotated[str, StringConstraints(max_length=500)]
Text = Annotated[str, StringConstraints(max_length=10_000)]
Lines = Annotated[tuple[Text, ...], Field(max_length=50)]
# Enough for any metric, and few enough that every number stays exact.
Number = Annotated[Decimal, Field(max_digits=24, decimal_places=9)]
Ids = Annotated[tuple[UUID, ...], each_once(), Field(min_length=1, max_length=50_000)]


class Body(BaseModel):
    """A request's body: a field that it does not have is an error, and nothing sent is repeated."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class BaselineBody(Body):
    """Where the metric stands before, since when, and by which source."""

    value: Number
    date: date
    source: Short


class MetricRecordBody(Body):
    """Where a metric comes from and what it stands for; everything may be left out."""

    data_source: Short | None = None
    owner_id: PersonId | None = None
    refresh: Short | None = None
    leading_or_lagging: Literal["leading", "lagging"] | None = None
    output_or_outcome: Literal["output", "outcome"] | None = None
    proxy_for: Short | None = None


class KeyResultBody(Body):
    """A key result; due is a date, a week of the cycle, or nothing for a continuous one."""

    key_result_id: UUID | None = None
    title: Title
    kind: ResultKind = ResultKind.NUMERIC
    metric: Short = ""
    unit: Short = ""
    direction: Direction | None = None
    baseline: BaselineBody | None = None
    target: Number | None = None
    strict: bool = False
    due_on: date | None = None
    due_week: int | None = None
    continuous: bool = False
    artefact: Short = ""
    metric_record: MetricRecordBody = MetricRecordBody()

    @model_validator(mode="after")
    def _one_due(self) -> "KeyResultBody":
        if self.due_on is not None and self.due_week is not None:
            raise ValueError("Send either due_on or due_week.")
        return self


class ObjectiveBody(Body):
    """An objective as a draft; ``agrees_with_id`` only for an owner who has no manager."""

    objective_id: UUID | None = None
    level: LevelName = "individual"
    owner_id: PersonId
    title: Title
    growth: bool = False
    parent_key_result_id: UUID | None = None
    weight_percent: Annotated[Decimal, Field(ge=0, le=100, max_digits=12, decimal_places=9)] | None = None
    agrees_with_id: PersonId | None = None
    key_results: Annotated[tuple[KeyResultBody, ...], Field(min_length=1, max_length=20)]


class ObjectivesBody(Body):
    """Objectives, one or a whole company's."""

    objectives: Annotated[tuple[ObjectiveBody, ...], Field(min_length=1, max_length=50_000)]


class IdsBody(Body):
    """The objectives that the command is about, all or none."""

    objective_ids: Ids


class AgreeBody(IdsBody):
    """``smart_confirmed``: the manager finds them achievable, relevant and ambitious."""

    smart_confirmed: bool = False


class CheckInLineBody(Body):
    """A key result at a check-in; it has no field for a rating."""

    key_result_id: UUID
    status: Status
    confidence: Confidence
    note: Text = ""
    intervention_plan: Text | None = None


class AnswersBody(Body):
    """The four questions."""

    going_well: Text = ""
    blocking: Text = ""
    to_adjust: Text = ""
    support_needed: Text = ""


class TalkBody(Body):
    """One person's check-in."""

    person_id: PersonId
    key_results: Annotated[
        tuple[CheckInLineBody, ...], each_once("key_result_id"), Field(max_length=100)
    ] = ()
    answers: AnswersBody = AnswersBody()
    manager_actions: Lines = ()
    employee_actions: Lines = ()


class CheckInsBody(Body):
    """Check-ins of one or many people."""

    cycle_id: UUID
    people: Annotated[tuple[TalkBody, ...], each_once("person_id"), Field(min_length=1, max_length=20_000)]


class AdjustBody(Body):
    """What changes of a locked key result, and why; what is left out stays."""

    rationale: Text
    title: Title | None = None
    target: Number | None = None
    strict: bool | None = None
    artefact: Short | None = None
    due_on: date | None = None
    due_week: int | None = None

    @model_validator(mode="after")
    def _one_due(self) -> "AdjustBody":
        if self.due_on is not None and self.due_week is not None:
            raise ValueError("Send either due_on or due_week.")
        return self


class ReplaceBody(Body):
    """The key result that takes a locked one's place, and why."""

    rationale: Text
    replacement: KeyResultBody


class ChangeBody(AdjustBody):
    """A change of a locked key result: ``replacement`` in its place, or what changes of it."""

    key_result_id: UUID
    replacement: KeyResultBody | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "ChangeBody":
        kept = {"key_result_id", "rationale", "replacement"}
        if self.replacement is not None and self.model_fields_set - kept:
            raise ValueError("Send either a replacement or what changes.")
        return self


class ChangesBody(Body):
    """Changes of one or many people's key results, one an objective, all or none."""

    changes: Annotated[tuple[ChangeBody, ...], Field(min_length=1, max_length=50_000)]


class ApprovalBody(Body):
    """A change that the caller approves."""

    objective_id: UUID
    adjustment_id: UUID


class ApprovalsBody(Body):
    """Approvals of one or many changes, all or none."""

    approvals: Annotated[tuple[ApprovalBody, ...], Field(min_length=1, max_length=50_000)]


class ResultBody(Body):
    """What came out of a key result; for a binary one 1 is done."""

    key_result_id: UUID
    actual: Number
    done_date: date | None = None
    own_grade: Grade | None = None


class ResultsBody(Body):
    """Results of one or many people."""

    results: Annotated[
        tuple[ResultBody, ...], each_once("key_result_id"), Field(min_length=1, max_length=200_000)
    ]
