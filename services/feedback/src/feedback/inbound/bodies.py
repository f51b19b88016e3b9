"""What the api's commands take, checked at the edge."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from feedback.domain.rules.forms import Relationship, WorkAgain
from feedback.domain.rules.surveys import SurveyKind
from plumbline.runtime.each_once import each_once

PersonId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]
MaybeText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=10_000)]
GapCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,49}$")]
MOST = 50_000


class Body(BaseModel):
    """A command's body; unknown fields are refused, and errors never repeat what was sent."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class NominationBody(Body):
    """The raters that somebody names; without ``person_id`` for the own round."""

    person_id: PersonId | None = None
    raters: Annotated[list[PersonId], each_once()] = Field(max_length=100)


class NominationsBody(Body):
    """Rounds with their nominated raters."""

    rounds: list[NominationBody] = Field(min_length=1, max_length=MOST)


class AdditionBody(Body):
    """A rater that the manager adds, and why."""

    rater_id: PersonId
    reason: Reason


class OverrideBody(Body):
    """HR's raters in place of all others, and why."""

    raters: Annotated[list[PersonId], each_once()] = Field(min_length=1, max_length=100)
    reason: Reason


class ApprovalBody(Body):
    """The approval of one person's round: of the ``nominees`` that the approver read; an override needs none."""

    person_id: PersonId
    nominees: list[PersonId] | None = Field(default=None, max_length=100)
    added: Annotated[list[AdditionBody], each_once("rater_id")] = Field(default=[], max_length=100)
    override: OverrideBody | None = None

    @model_validator(mode="after")
    def _names_what_it_approves(self) -> "ApprovalBody":
        if self.nominees is None and self.override is None:
            raise ValueError("Name the nominees that you approve, as you read them; an empty list for none.")
        return self


class ApprovalsBody(Body):
    """The rounds to open."""

    rounds: Annotated[list[ApprovalBody], each_once("person_id")] = Field(min_length=1, max_length=MOST)


class AnswerBody(Body):
    """A rater's form; the author is whoever sends it."""

    round_id: UUID
    relationship: Relationship
    does_well: MaybeText = ""
    to_improve: MaybeText = ""
    work_again: WorkAgain
    score: int | None = Field(default=None, ge=1, le=5)


class AnswersBody(Body):
    """The author's forms."""

    answers: Annotated[list[AnswerBody], each_once("round_id")] = Field(min_length=1, max_length=1000)


class PublishBody(Body):
    """The rounds to close; without ``round_ids`` every open one of the cycle."""

    round_ids: list[UUID] | None = Field(default=None, max_length=MOST)


class NoteBody(Body):
    """Feedback about what somebody did; without ``occurred_on`` it was today."""

    person_id: PersonId
    text: Text
    occurred_on: date | None = None


class NotesBody(Body):
    """Notes to give."""

    notes: list[NoteBody] = Field(min_length=1, max_length=1000)


class ConcernBody(Body):
    """A dated event about a named gap."""

    cycle_id: UUID
    person_id: PersonId
    gap: GapCode
    text: Text
    occurred_on: date


class ConcernsBody(Body):
    """Concerns to document."""

    concerns: list[ConcernBody] = Field(min_length=1, max_length=1000)


class ResourceBody(Body):
    """What is offered to the person: a training, a mentor, time."""

    resource: Text


class SurveyAnswerBody(Body):
    """One person's answer to a survey."""

    score: int = Field(ge=1, le=5)


class CloseSurveysBody(Body):
    """The surveys to close; both unless named."""

    subjects: list[SurveyKind] | None = Field(default=None, max_length=2)
