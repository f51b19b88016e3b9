"""What reviews publishes about a cycle as a whole; names no rating and no pay."""

from datetime import date, datetime
from hashlib import sha256
from typing import ClassVar, Literal
from uuid import UUID

from plumbline.contracts.event import Contract, Currency, DecimalText, Event
from plumbline.contracts.topics import CYCLE, Topic

PhaseName = Literal["goal_setting", "mid_cycle", "review", "calibration", "outcomes"]


class PhaseV1(Contract):
    """A phase of the calendar in one division: the days in that division's time zone, as instants."""

    division: str
    name: PhaseName
    opens_at: datetime
    deadline: datetime


class PlannedSessionV1(Contract):
    """A calibration session that this cycle plans for a department."""

    session_id: UUID
    division: str
    department: str
    facilitator_id: str


class FrozenPolicyV1(Contract):
    """The policy version that the cycle uses for a division."""

    division: str
    policy_id: str
    digest: str


class PoolV1(Contract):
    """A merit budget: an amount, or a percentage of the eligible unprorated payroll; exactly one is set.

    ``reserve`` is an amount beside it, for awards that an appeal corrects later.
    """

    pool_id: UUID
    division: str
    currency: Currency
    budget_amount: DecimalText | None = None
    budget_percent: DecimalText | None = None
    reserve: DecimalText | None = None


class CycleEvent(Event):
    """An event of a cycle."""

    TOPIC: ClassVar[Topic] = CYCLE
    KEY: ClassVar[str] = "cycle_id"

    cycle_id: UUID


class CycleOpenedV1(CycleEvent):
    """The coordinator approved the cycle; everything that it froze stands here."""

    TYPE: ClassVar[str] = "pm.cycle.opened.v1"

    name: str
    divisions: tuple[str, ...]
    period_start: date
    period_end: date
    phases: tuple[PhaseV1, ...]
    sessions: tuple[PlannedSessionV1, ...]
    policies: tuple[FrozenPolicyV1, ...]
    pools: tuple[PoolV1, ...] = ()
    merit: bool = False
    template_version: str


class PhaseOpenedV1(CycleEvent):
    """A phase began."""

    TYPE: ClassVar[str] = "pm.cycle.phase-opened.v1"

    phase: PhaseName


class PhaseClosedV1(CycleEvent):
    """A phase ended."""

    TYPE: ClassVar[str] = "pm.cycle.phase-closed.v1"

    phase: PhaseName


class DepartmentReviewsCompletedV1(CycleEvent):
    """Every manager assessment of a department is in; calibration may open once it has all of them.

    ``digest`` is the SHA-256 over the sorted ``person:rating`` lines of the proposed ratings.
    """

    TYPE: ClassVar[str] = "pm.cycle.department-reviews-completed.v1"

    session_id: UUID
    division: str
    department: str
    people: int
    digest: str


class SessionExcludedV1(CycleEvent):
    """A planned session will not be held; nobody waits for its ratings any more."""

    TYPE: ClassVar[str] = "pm.cycle.session-excluded.v1"

    session_id: UUID
    division: str
    department: str
    excluded_on: date


class BudgetChangedV1(CycleEvent):
    """A division's pool of one currency has another merit budget from now on, unless it was awarded before.

    An amount, or a percentage of the eligible unprorated payroll; exactly one is set. The reserve for appeals is another
    one too, or none. Why stays in the service.
    """

    TYPE: ClassVar[str] = "pm.cycle.budget-changed.v1"

    pool_id: UUID
    division: str
    currency: Currency
    budget_amount: DecimalText | None = None
    budget_percent: DecimalText | None = None
    reserve: DecimalText | None = None
    changed_on: date


class ResultsReleasedV1(CycleEvent):
    """Managers may tell employees their calibrated ratings from now on."""

    TYPE: ClassVar[str] = "pm.cycle.results-released.v1"

    released_on: date


class CycleClosedV1(CycleEvent):
    """The cycle is over."""

    TYPE: ClassVar[str] = "pm.cycle.closed.v1"


def proposals_digest(proposals: list[tuple[str, str]]) -> str:
    """SHA-256 over the sorted ``person:rating`` lines of (person, proposed rating)."""
    lines = [f"{person}:{rating}" for person, rating in sorted(proposals)]
    return sha256("\n".join(lines).encode()).hexdigest()
