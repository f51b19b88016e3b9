"""Facts about people as published state: one event for each group of columns that changed."""

from collections.abc import Iterable, Iterator, Mapping

from people.domain.leave import Span
from people.domain.person import Change, Person
from plumbline.contracts.people import (
    DemographicsStateV1,
    LeaveSpanV1,
    LeaveStateV1,
    PayStateV1,
    PersonStateV1,
)
from plumbline.runtime.outbox import Announcement


def announce_changes(changes: Iterable[Change], *, correlation_id: str) -> Iterator[Announcement]:
    """The events of changed people; a new name or address is none of the bus's business."""
    for change in changes:
        person = change.person
        events = (
            *((position(person),) if change.position else ()),
            *((demographics(person),) if change.demographics else ()),
            *((pay(person),) if change.pay else ()),
        )
        for event in events:
            yield Announcement(event=event, division=person.division, correlation_id=correlation_id)


def position(person: Person) -> PersonStateV1:
    """Where the person stands in the organization; the contract names what is told, and so what is not."""
    return PersonStateV1.model_validate(person, from_attributes=True)


def demographics(person: Person) -> DemographicsStateV1:
    """What fairness checks need of the person."""
    return DemographicsStateV1(person_id=person.person_id, gender=person.gender, birth_date=person.birth_date)


def pay(person: Person) -> PayStateV1:
    """The person's pay, which is known."""
    if person.salary is None or person.currency is None:
        raise ValueError("a person without a salary has no pay to announce")
    return PayStateV1(
        person_id=person.person_id,
        salary=person.salary,
        currency=person.currency,
        fte=person.fte,
        bonus_target_percent=person.bonus_target_percent,
    )


def announce_leave(
    changed: Mapping[str, tuple[Span, ...]], *, divisions: Mapping[str, str], correlation_id: str
) -> Iterator[Announcement]:
    """All recorded leave of each person whose leave changed."""
    for person_id, spans in changed.items():
        told = tuple(
            LeaveSpanV1(
                starts_on=span.starts_on,
                ends_on=span.ends_on,
                unpaid=span.unpaid,
                protected=span.protected,
            )
            for span in spans
        )
        event = LeaveStateV1(person_id=person_id, spans=told)
        yield Announcement(event=event, division=divisions[person_id], correlation_id=correlation_id)
