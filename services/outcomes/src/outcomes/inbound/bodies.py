"""What the api's commands take, checked at the edge."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=2000)]


class Body(BaseModel):
    """A command's body; unknown fields are refused, and errors never repeat what was sent."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class NamedAward(Body):
    """An award and the revision of it that the signer saw."""

    outcome_id: UUID
    revision: int = Field(ge=1)


class Approvals(Body):
    """The awards to sign; without ``awards`` every one whose turn it is."""

    awards: list[NamedAward] | None = Field(default=None, max_length=50_000)


class Attestations(Body):
    """The people against whose PIP nothing stands: no accommodation, leave or complaint."""

    person_ids: list[str] = Field(min_length=1, max_length=1000)


class Exclusion(Body):
    """Why a planned session is left out of its pools."""

    reason: Reason


class NamedAssignment(Body):
    """What somebody's assignment is about."""

    person_id: str = Field(min_length=1, max_length=200)
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class Assignments(Body):
    """The assignments of one's reports."""

    assignments: list[NamedAssignment] = Field(min_length=1, max_length=1000)
