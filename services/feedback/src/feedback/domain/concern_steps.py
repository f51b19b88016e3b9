"""How a documented concern goes on: recorded, delivered, acknowledged or its refusal witnessed."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from feedback.domain.errors import Rejected
from feedback.domain.rules.concerns import Concern, Missing, what_a_concern_lacks


class Step(StrEnum):
    """What can happen to a concern, each once."""

    DELIVER = "deliver"
    ACKNOWLEDGE = "acknowledge"
    WITNESS_REFUSAL = "witness-refusal"
    OFFER_RESOURCE = "offer-resource"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentedConcern:
    """A concern as it stands; ``recorded_on`` and what follows are days of the server's clock, in UTC."""

    concern_id: UUID
    cycle_id: UUID
    person_id: str
    division: str
    author_id: str
    gap: str
    text: str
    occurred_on: date
    recorded_on: date
    delivered_on: date | None = None
    acknowledged_on: date | None = None
    refusal_witnessed_on: date | None = None
    refusal_witnessed_by: str | None = None
    resource_offered_on: date | None = None
    resource: str | None = None


def require_past(occurred_on: date, *, today: date, field: str) -> None:
    """What is documented has happened.

    Raises:
        Rejected: it lies ahead.
    """
    if occurred_on > today:
        raise Rejected(field=field, message="the day lies ahead", fix="send the day on which it happened")


def lacks(concern: DocumentedConcern) -> tuple[Missing, ...]:
    """What keeps the concern from counting as evidence."""
    return what_a_concern_lacks(
        Concern(
            gap=concern.gap,
            occurred_on=concern.occurred_on,
            recorded_on=concern.recorded_on,
            delivered_on=concern.delivered_on,
            acknowledged_on=concern.acknowledged_on,
            refusal_witnessed_by_hr_on=concern.refusal_witnessed_on,
        )
    )


def take_step(
    concern: DocumentedConcern,
    step: Step,
    *,
    by: str,
    today: date,
    leads: bool = False,
    resource: str | None = None,
) -> DocumentedConcern:
    """The concern after this step; ``leads``: whoever takes it is the person's manager.

    Raises:
        Rejected: the step was taken, needs a delivery first or somebody else, or the clock stands before what was
            recorded.
    """
    if today < max(concern.recorded_on, concern.delivered_on or concern.recorded_on):
        raise refused("the day lies before what is recorded", "set the server's clock")
    match step:
        case Step.DELIVER:
            require_first(concern.delivered_on)
            return replace(concern, delivered_on=today)
        case Step.ACKNOWLEDGE:
            require_delivered(concern)
            require_first(concern.acknowledged_on)
            return replace(concern, acknowledged_on=today)
        case Step.WITNESS_REFUSAL:
            require_other_witness(concern, by=by, leads=leads)
            require_delivered(concern)
            require_first(concern.acknowledged_on or concern.refusal_witnessed_on)
            return replace(concern, refusal_witnessed_on=today, refusal_witnessed_by=by)
        case Step.OFFER_RESOURCE:
            require_first(concern.resource_offered_on)
            return replace(concern, resource_offered_on=today, resource=resource)


def require_delivered(concern: DocumentedConcern) -> None:
    """Only what was handed over can be acknowledged or refused.

    Raises:
        Rejected: it was not delivered.
    """
    if concern.delivered_on is None:
        raise refused("the concern was not delivered", "deliver it first")


def require_other_witness(concern: DocumentedConcern, *, by: str, leads: bool) -> None:
    """Two people stand for a refusal: nobody witnesses what they documented, or what they say of their own report.

    Raises:
        Rejected: it is the author or the person's manager, even when they are an HR partner too.
    """
    if leads or by == concern.author_id:
        raise Rejected(
            field="concern_id",
            message="neither its author nor the person's manager witnesses a refusal",
            fix="have another HR partner of the division witness it",
            status="forbidden",
        )


def require_first(done_on: date | None) -> None:
    """Each step happens once; its day is never moved.

    Raises:
        Rejected: it happened before.
    """
    if done_on is not None:
        raise refused("this was done before", "leave it as it is")


def refused(message: str, fix: str) -> Rejected:
    """A step that comes at the wrong time."""
    return Rejected(field="concern_id", message=message, fix=fix, status="conflict")
