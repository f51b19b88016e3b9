"""An objective together with its place in the cycle and its key results as people read them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal
from uuid import UUID

from goals.domain.objective import Objective
from goals.domain.rules.cascade import Level
from goals.domain.rules.smart import KeyResultDraft

LevelName = Literal["company", "division", "team", "individual"]
LEVELS: Mapping[LevelName, Level] = {
    "company": Level.COMPANY,
    "division": Level.DIVISION,
    "team": Level.TEAM,
    "individual": Level.INDIVIDUAL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResult:
    """A key result as the rules take it (``draft``), with its title and where its baseline comes from.

    ``metric_record`` holds data source, owner, refresh schedule and the like, as far as somebody wrote them.
    """

    draft: KeyResultDraft
    title: str
    baseline_on: date | None = None
    baseline_source: str = ""
    metric_record: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def key_result_id(self) -> str:
        """The id, which is also the draft's."""
        return self.draft.key_result_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """An objective and what stands beside it; ``version`` grows with each change, weight is in percent.

    ``agrees_with_id`` is the other side that was named for an owner without a manager.
    """

    objective: Objective
    cycle_id: UUID
    division: str
    level: LevelName
    title: str
    key_results: tuple[KeyResult, ...]
    weight_percent: Fraction | None = None
    agrees_with_id: str | None = None
    parent_objective_id: str | None = None
    version: int = 1
    locked_on: date | None = None
    graded_on: date | None = None

    @property
    def objective_id(self) -> str:
        """The objective's id."""
        return self.objective.objective_id

    @property
    def owner_id(self) -> str:
        """Whose objective it is."""
        return self.objective.content.owner_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """What goals know of a cycle: its first and last day, its divisions, and whether it is over."""

    cycle_id: UUID
    name: str
    starts_on: date
    ends_on: date
    divisions: tuple[str, ...]
    closed: bool
    closed_phases: frozenset[str] = frozenset()
