"""What outcomes publishes: what follows from a rating, and the pay changes that payroll applies."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from plumbline.contracts.event import Contract, Currency, DecimalText, Event, Rating
from plumbline.contracts.topics import OUTCOMES, PAY_CHANGES, Topic

Component = Literal["merit", "equity", "promotion_case", "assignment", "development_plan", "pip", "bonus"]


class ComponentV1(Contract):
    """One thing that follows from a rating; ``state`` is where it stands, for example ``provisional``.

    A PIP that its gate refused is listed as ``refused``, and the plan that takes its place beside it.
    """

    outcome_id: UUID
    component: Component
    state: str
    detail: str | None = None


class OutcomesDecidedV1(Event):
    """What a person's finalized rating led to, in one event a person and revision."""

    TOPIC: ClassVar[Topic] = OUTCOMES
    TYPE: ClassVar[str] = "pm.outcomes.decided.v1"
    KEY: ClassVar[str] = "person_id"

    person_id: str
    cycle_id: UUID
    session_id: UUID
    revision: int
    rating: Rating
    policy_id: str
    components: tuple[ComponentV1, ...]


class MeritAwardedV1(Event):
    """A person's merit award inside the pool's budget; amounts are annual and in ``currency``."""

    TOPIC: ClassVar[Topic] = OUTCOMES
    TYPE: ClassVar[str] = "pm.outcomes.merit-awarded.v1"
    KEY: ClassVar[str] = "person_id"

    person_id: str
    cycle_id: UUID
    pool_id: UUID
    outcome_id: UUID
    revision: int
    award: DecimalText
    base_increase: DecimalText
    lump_sum: DecimalText
    currency: Currency


class PromotionDecidedV1(Event):
    """A decision on a person's promotion case; its reasons and evidence stay in the service.

    ``revision`` is the rating's, on which the case rests; ``effective_from`` is None unless approved.
    """

    TOPIC: ClassVar[Topic] = OUTCOMES
    TYPE: ClassVar[str] = "pm.outcomes.promotion-decided.v1"
    KEY: ClassVar[str] = "person_id"

    person_id: str
    cycle_id: UUID
    outcome_id: UUID
    revision: int
    decision: Literal["approved", "declined", "deferred"]
    from_level: str
    to_level: str
    effective_from: date | None = None


class PlanMovedV1(Event):
    """A development plan or a PIP went from one state to another on a day.

    ``from_state`` is None for one that did not exist before: what a plan without improvement leads to.
    """

    TOPIC: ClassVar[Topic] = OUTCOMES
    TYPE: ClassVar[str] = "pm.outcomes.plan-moved.v1"
    KEY: ClassVar[str] = "person_id"

    person_id: str
    cycle_id: UUID
    plan_id: UUID
    kind: Literal["plan", "pip"]
    from_state: str | None
    to_state: str
    moved_on: date


class PayChangedV1(Event):
    """An approved pay change for payroll: the new absolute amounts, one sequence a person.

    ``salary`` is the new annual full-time salary; ``lump_sum`` is paid once.
    """

    TOPIC: ClassVar[Topic] = PAY_CHANGES
    TYPE: ClassVar[str] = "pm.pay-changes.changed.v1"
    KEY: ClassVar[str] = "person_id"

    person_id: str
    change_id: UUID
    cycle_id: UUID
    outcome_id: UUID
    revision: int
    effective_from: date
    salary: DecimalText
    previous_salary: DecimalText
    lump_sum: DecimalText
    currency: Currency
    reason: Literal["merit", "promotion", "correction"]
