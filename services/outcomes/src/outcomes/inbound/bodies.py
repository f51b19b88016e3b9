"""What the api's commands take, checked at the edge."""

import re
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from plumbline.runtime.each_once import each_once

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=2000)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
PersonId = Annotated[str, Field(min_length=1, max_length=200)]
_EVIDENCE = re.compile(r"https://\S{3,500}|[A-Za-z0-9][A-Za-z0-9._:/-]{2,199}")
_CRITERION = re.compile(r"[a-z][a-z0-9_-]{0,49}")


def _is_id_or_link(sent: str) -> str:
    if not _EVIDENCE.fullmatch(sent):
        raise ValueError("Send an id or an https link, without spaces.")
    return sent


def _is_short_name(sent: str) -> str:
    if not _CRITERION.fullmatch(sent):
        raise ValueError("Send a name of 1 to 50 small letters, digits, - and _.")
    return sent


# An event's, a review's or a key result's id, or a link; no free text.
EvidenceId = Annotated[str, AfterValidator(_is_id_or_link)]
CriterionName = Annotated[str, AfterValidator(_is_short_name)]
Level = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
RoleName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Revision = Annotated[int, Field(ge=1)]
Version = Annotated[int, Field(ge=0)]


class Body(BaseModel):
    """A command's body; unknown fields are refused, and errors never repeat what was sent."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Seen(Body):
    """The revision of the rating on which what the caller saw rests."""

    revision: Revision


class NamedAward(Body):
    """An award and the revision of it that the signer saw."""

    outcome_id: UUID
    revision: int = Field(ge=1)


def _some_awards(sent: object) -> object:
    if not sent:
        raise ValueError(
            "Read the awards that wait for you with GET /cycles/{cycle_id}/approvals, "
            "and send the outcome_id and the revision of each that you sign."
        )
    return sent


class Approvals(Body):
    """The awards to sign, each at the revision that was read."""

    # Required; the default is only there to be refused with how to read what there is to sign.
    model_config = ConfigDict(json_schema_extra={"required": ["awards"]})

    awards: Annotated[list[NamedAward], each_once("outcome_id"), BeforeValidator(_some_awards)] = Field(
        default_factory=list[NamedAward], validate_default=True, min_length=1, max_length=10_000
    )


class Attestations(Body):
    """The people against whose PIP nothing stands: no accommodation, leave or complaint."""

    person_ids: Annotated[list[PersonId], each_once()] = Field(min_length=1, max_length=1000)


class Exclusion(Body):
    """Why a planned session is left out of its pools."""

    reason: Reason


class PersonWithoutPay(Body):
    """Somebody for whom no pay record exists, and why the cycle goes on without it."""

    person_id: PersonId
    reason: Reason


class WithoutPay(Body):
    """The people who go on without merit, all or none."""

    people: Annotated[list[PersonWithoutPay], each_once("person_id")] = Field(min_length=1, max_length=1000)


class NamedAssignment(Body):
    """What somebody's assignment is about."""

    person_id: PersonId
    text: Text


class Assignments(Body):
    """The assignments of one's reports."""

    assignments: Annotated[list[NamedAssignment], each_once("person_id")] = Field(
        min_length=1, max_length=1000
    )


class Criteria(Body):
    """What a level of a division asks for: a short name → what it means."""

    division: str = Field(min_length=1, max_length=200)
    level: Level
    criteria: dict[CriterionName, Text] = Field(min_length=1, max_length=20)


class CaseEvidence(Seen):
    """The evidence of a promotion case under each criterion; a level where the recommendation named none.

    ``prepares_for``: the role that the case prepares for, when it is part of succession. ``version``: of the case
    that was seen.
    """

    outcome_id: UUID
    version: Version | None = None
    evidence: dict[CriterionName, Annotated[list[EvidenceId], Field(min_length=1, max_length=20)]] = Field(
        min_length=1, max_length=20
    )
    target_level: Level | None = None
    prepares_for: RoleName | None = None


class CasesEvidence(Body):
    """The evidence of one's reports' cases."""

    cases: Annotated[list[CaseEvidence], each_once("outcome_id")] = Field(min_length=1, max_length=1000)


class CaseDecision(Seen):
    """A decision on a promotion case at the ``version`` that was read, with its evidence."""

    outcome_id: UUID
    version: Version
    decision: Literal["approved", "declined", "deferred"]
    reasons: Reason
    effective_from: date | None = None


class CaseDecisions(Body):
    """Decisions on promotion cases, all or none."""

    decisions: Annotated[list[CaseDecision], each_once("outcome_id")] = Field(min_length=1, max_length=1000)


class Example(Body):
    """What was observed on a day, and the event that recorded it."""

    on: date
    event_id: EvidenceId


class NinetyDay(Body):
    """A 90-day plan; what it lacks is said by the rule."""

    gap: Annotated[str, StringConstraints(max_length=2000)] = ""
    examples: list[Example] = Field(default_factory=list[Example], max_length=20)
    criteria: list[Text] = Field(default_factory=list[str], max_length=20)
    mentor: PersonId | None = None
    training: Text | None = None
    weekly_one_on_one_minutes: int = Field(default=30, ge=0, le=600)


class Growth(Body):
    """A growth plan: areas, each with its actions."""

    areas: dict[Text, list[Text]] = Field(max_length=20)


class ActivatedPlan(Seen):
    """A plan to activate: ``ninety_day`` or ``growth``; begins today unless it names a later day."""

    outcome_id: UUID
    version: Version | None = None
    ninety_day: NinetyDay | None = None
    growth: Growth | None = None
    starts_on: date | None = None


class Activations(Body):
    """The plans of one's reports to activate, all or none."""

    plans: Annotated[list[ActivatedPlan], each_once("outcome_id")] = Field(min_length=1, max_length=1000)


class Check(Seen):
    """A planned check: on which day of the plan, and whether its criteria are met."""

    day: int = Field(ge=1, le=1000)
    met: bool


class PlanEnd(Seen):
    """How a plan ends."""

    to: Literal["improved", "no_improvement"]


class Extension(Seen):
    """Why a 90-day plan goes on for 60 days."""

    reason: Reason


class PipDraft(Seen):
    """What counts as success, and which help there is."""

    exit_criteria: list[Text] = Field(min_length=1, max_length=10)
    support: list[Text] = Field(default_factory=list[str], max_length=10)


class PipApproval(Seen):
    """The version of the PIP's text that the approver read."""

    version: Version


class PipMoved(Seen):
    """Where HR moves a PIP, and why."""

    to: Literal["active", "extended", "suspended", "withdrawn", "passed", "failed"]
    reason: Reason
    ends_on: date | None = None
    panel: list[PersonId] = Field(default_factory=list[str], max_length=20)
