"""What the api accepts about policies and cycles."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeGuard, cast
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from plumbline.contracts.cycle import PhaseName
from plumbline.contracts.event import Currency
from plumbline.contracts.policy import PolicyDocumentV1
from plumbline.runtime.each_once import each_once
from reviews.domain.assessments import Assessment

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
PersonId = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(max_length=10_000)]
Lines = Annotated[tuple[Text, ...], Field(max_length=50)]


class Body(BaseModel):
    """A request's body: a field that it does not have is an error, and nothing sent is repeated."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class PolicyBody(Body):
    """A policy version; ``document`` has the tables of the policy file, ``toml`` is that file's text."""

    division: Name
    effective_from: date
    document: PolicyDocumentV1 | None = None
    toml: Annotated[str, StringConstraints(max_length=200_000)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_tables(cls, sent: object) -> object:
        """The equity table of the file is a grid; on the bus it is a list of grants."""
        if not isinstance(sent, dict):
            return sent
        body = cast("dict[str, Any]", sent)
        document = body.get("document")
        if isinstance(document, Mapping):
            return {**body, "document": from_tables(cast("Mapping[str, Any]", document))}
        return body

    @model_validator(mode="after")
    def _one_of_the_two(self) -> "PolicyBody":
        if (self.document is None) == (self.toml is None):
            raise ValueError("Send either document or toml.")
        return self


def is_table(sent: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether it is what TOML calls a table, and JSON an object."""
    return isinstance(sent, Mapping)


def from_tables(document: Mapping[str, Any]) -> dict[str, Any]:
    """The tables of a policy file as the contract names them."""
    table = document.get("equity")
    if not is_table(table):
        return dict(document)
    grid = table.get("grid", {})
    if not is_table(grid) or not all(is_table(row) for row in grid.values()):
        return dict(document)  # as it was sent, the contract says what is wrong with it
    grants = [
        {"level": level, "rating": rating, "shares": shares}
        for level, row in grid.items()
        for rating, shares in row.items()
    ]
    parts = {"vesting_parts": table["parts"]} if "parts" in table else {}
    return {**document, "equity": grants, **parts}


class DivisionBody(Body):
    """A division that takes part, and the IANA time zone in which its days end."""

    division: Name
    time_zone: Name = "UTC"


class PhaseBody(Body):
    """A phase's first and last day."""

    name: PhaseName
    opens_on: date
    deadline_on: date


class SessionBody(Body):
    """Who facilitates a department's session."""

    division: Name
    department: Name
    facilitator_id: PersonId


class PoolBody(Body):
    """A budget in decimal text, exactly one of the two; and a reserve for appeals beside it."""

    division: Name
    currency: Currency
    budget_amount: Decimal | None = None
    budget_percent: Decimal | None = None
    reserve: Decimal | None = None


class BudgetBody(PoolBody):
    """Another budget of a division in one currency, and why; without a reserve it has none any more."""

    reason: Text


class CycleBody(Body):
    """A cycle as a draft; without ``default_facilitator_id`` it is whoever drafts it.

    Without ``merit`` the calendar's default holds: the cycle that ends with the year pays it.
    """

    cycle_id: UUID | None = None
    name: Name
    divisions: Annotated[tuple[DivisionBody, ...], Field(max_length=500)]
    period_start: date
    period_end: date
    phases: Annotated[tuple[PhaseBody, ...], Field(max_length=10)]
    sessions: Annotated[
        tuple[SessionBody, ...], each_once("division", "department"), Field(max_length=5_000)
    ] = ()
    default_facilitator_id: PersonId | None = None
    pools: Annotated[tuple[PoolBody, ...], Field(max_length=5_000)] = ()
    merit: bool | None = None
    template_version: Name = "v1"


class OkrResultBody(Body):
    """One row of the self-form."""

    key_result: Text
    target: Text = ""
    actual: Text = ""
    grade: Text = ""


class SelfAssessmentBody(Body):
    """The caller's own self-assessment; ``submit`` false keeps a draft."""

    overall: int | None = None
    okr_results: Annotated[tuple[OkrResultBody, ...], Field(max_length=100)] = ()
    accomplishments: Lines = ()
    growth_areas: Lines = ()
    aspirations: Lines = ()
    submit: bool = True


class ManagerAssessmentBody(Body):
    """The assessment of one report."""

    person_id: PersonId
    strengths: Lines = ()
    development_areas: Lines = ()
    proposed_rating: int | None = None
    promotion_recommended: bool = False
    promotion_target_level: Name | None = None
    evidence_links: Lines = ()
    discrepancy_evidence: Text = ""


class ManagerAssessmentsBody(Body):
    """A manager's assessments, one or all; ``submit`` false keeps drafts."""

    assessments: Annotated[
        tuple[ManagerAssessmentBody, ...], each_once("person_id"), Field(min_length=1, max_length=1_000)
    ]
    submit: bool = True


class ExtensionBody(Body):
    """More time for one assessment."""

    assessment: Assessment
    extended_to: date
    reason: Text


class ReasonBody(Body):
    """Why."""

    reason: Text


class EvidenceBody(Body):
    """What explains a discrepancy."""

    evidence: Text


PhaseAct = Literal["open", "close"]
