"""Events as other services publish them, for the tests of those that receive them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID, uuid4

from plumbline.contracts.cycle import CycleOpenedV1, FrozenPolicyV1, PlannedSessionV1, PoolV1
from plumbline.contracts.event import Event
from plumbline.contracts.outcomes import PayChangedV1
from plumbline.contracts.people import PersonStateV1
from plumbline.runtime.message import Message

QUARTERS = {3: (date(2026, 7, 1), date(2026, 9, 30)), 4: (date(2026, 10, 1), date(2026, 12, 31))}


def pay_changed(person: str) -> PayChangedV1:
    """A raise, each of another id."""
    return PayChangedV1(
        person_id=person,
        change_id=uuid4(),
        cycle_id=UUID(int=0),
        outcome_id=UUID(int=0),
        revision=1,
        effective_from=date(2027, 1, 1),
        salary=Decimal("100.00"),
        previous_salary=Decimal("90.00"),
        lump_sum=Decimal(0),
        currency="USD",
        reason="merit",
    )


@dataclass(kw_only=True)
class Numbering:
    """Makes records of events, in one division at one time, each with the next sequence of its aggregate."""

    division: str
    at: datetime
    sequences: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])

    def message(self, event: Event, *, offset: int = 0) -> Message:
        """The record of the next event of this aggregate."""
        place = (event.TOPIC.name, event.aggregate)
        sequence = self.sequences[place] = self.sequences.get(place, 0) + 1
        headers = {
            "ce_id": f"{event.TYPE}/{event.aggregate}/{sequence}",
            "ce_type": event.TYPE,
            "ce_sequence": str(sequence),
            "ce_time": self.at.isoformat(),
            "ce_division": self.division,
        }
        return Message(
            topic=event.TOPIC.name,
            partition=0,
            offset=offset,
            key=event.aggregate,
            headers=headers,
            payload=event.model_dump_json().encode(),
        )


def person_state(
    person_id: str,
    manager_id: str | None,
    *,
    division: str,
    department: str,
    team: str = "",
    roles: Sequence[str] = (),
    status: Literal["active", "left"] = "active",
) -> PersonStateV1:
    """Somebody at L4 who came in 2020; without ``team`` the department is one team."""
    return PersonStateV1(
        person_id=person_id,
        manager_id=manager_id,
        division=division,
        department=department,
        team=team or department,
        level="L4",
        hire_date=date(2020, 1, 1),
        status=status,
        roles=tuple(roles),
    )


def quarter_opened(
    cycle_id: UUID,
    division: str,
    *,
    quarter: Literal[3, 4] = 3,
    sessions: Sequence[PlannedSessionV1] = (),
    policies: Sequence[FrozenPolicyV1] = (),
    pools: Sequence[PoolV1] = (),
) -> CycleOpenedV1:
    """The cycle of one division's quarter of 2026 opens; one with pools has merit."""
    starts, ends = QUARTERS[quarter]
    return CycleOpenedV1(
        cycle_id=cycle_id,
        name=f"Q{quarter} 2026",
        divisions=(division,),
        period_start=starts,
        period_end=ends,
        phases=(),
        sessions=tuple(sessions),
        policies=tuple(policies),
        pools=tuple(pools),
        merit=bool(pools),
        template_version="v1",
    )
