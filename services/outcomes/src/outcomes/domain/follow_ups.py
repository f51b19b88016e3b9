"""An outcome and where it stands by now: a promotion case, a development plan or a PIP on its way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from outcomes.domain.rules.checks import Schedule
from outcomes.domain.rules.plans import PlanKind

PROMOTION_CASE = "promotion_case"
PLAN = "development_plan"
PIP = "pip"
Texts = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """What was decided (``result``, never edited) and what people made of it since.

    ``version`` counts the changes; 0: nobody made one. ``content`` is what people wrote. ``checks``: day → met;
    ``approvals``: step → person, of the current version. ``manager_id`` and ``skip_level_id`` are today's.
    """

    outcome_id: UUID
    cycle_id: UUID
    session_id: UUID
    person_id: str
    division: str
    revision: int
    rating: int
    component: str
    policy_id: str
    policy_digest: str
    result: Mapping[str, object]
    period_start: date
    period_end: date
    released: bool
    superseded: bool
    newest_revision: int
    newest_rating: int
    manager_id: str | None
    skip_level_id: str | None
    state: str
    version: int
    content: Texts = field(default_factory=dict[str, object])
    schedule: Schedule | None = None
    starts_on: date | None = None
    suspended_on: date | None = None
    resumes_as: str | None = None
    acknowledged_at: datetime | None = None
    panel: tuple[str, ...] = ()
    checks: Mapping[int, bool] = field(default_factory=dict[int, bool])
    approvals: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def plan_kind(self) -> PlanKind:
        """The kind of a development plan."""
        return PlanKind(str(self.result["kind"]))

    @property
    def target_level(self) -> str | None:
        """The level that a promotion case is about: the recommended one, else the one named with the evidence."""
        found = self.result.get("target_level") or self.content.get("target_level")
        return None if found is None else str(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a command made of a follow-up; ``moved``: it is announced as a move or a decision."""

    before: FollowUp
    after: FollowUp
    moved: bool = False
    reason: str | None = None
