"""A cycle with what stands beside it in its tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from reviews.domain.cycle import Cycle
from reviews.domain.policies import StoredPolicy
from reviews.domain.rules.planning import PlannedSession
from reviews.domain.setup import Pool


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A planned session with what became of its department's reviews."""

    session_id: UUID
    division: str
    department: str
    facilitator_id: str
    people: int | None = None
    completed_at: datetime | None = None
    finalized_revision: int | None = None
    excluded_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCycle:
    """A cycle and what stands beside it in its tables; ``version`` grows with each change."""

    cycle: Cycle
    version: int
    template_version: str
    merit: bool
    drafted_by: str
    pools: tuple[Pool, ...]
    sessions: tuple[Session, ...]
    policies: tuple[StoredPolicy, ...] = ()
    released_at: datetime | None = None

    @property
    def cycle_id(self) -> UUID:
        """The id as the tables have it."""
        return UUID(self.cycle.cycle_id)

    @property
    def divisions(self) -> tuple[str, ...]:
        """The divisions that take part."""
        return tuple(each.division_id for each in self.cycle.plan.divisions)


def to_planned(sessions: Sequence[Session]) -> tuple[PlannedSession, ...]:
    """The sessions as the plan knows them."""
    return tuple(
        PlannedSession(session_id=str(each.session_id), division_id=each.division, department=each.department)
        for each in sessions
    )
