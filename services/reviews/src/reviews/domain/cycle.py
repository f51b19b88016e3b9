"""A cycle's life: draft → approved → its phases in order up to the calibration → released → closed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from reviews.domain.events import (
    CycleApproved,
    CycleClosed,
    CycleDrafted,
    CycleFact,
    DeadlineExtended,
    PhaseClosed,
    PhaseOpened,
    ResultsReleased,
    SessionSettled,
)
from reviews.domain.rules.planning import CyclePlan, Phase, PlannedPhase


class Stage(StrEnum):
    """Where in its life a cycle is."""

    DRAFT = "draft"
    APPROVED = "approved"
    RUNNING = "running"
    CALIBRATION = "calibration"
    RELEASED = "released"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """A cycle as its facts left it; versions and digests are empty until it is approved."""

    cycle_id: str
    plan: CyclePlan
    stage: Stage = Stage.DRAFT
    template_versions: Mapping[str, int] = field(default_factory=dict[str, int])
    policy_digests: Mapping[str, str] = field(default_factory=dict[str, str])
    open_phase: Phase | None = None
    closed_phases: tuple[Phase, ...] = ()
    extensions: Mapping[tuple[Phase, str], date] = field(default_factory=dict[tuple[Phase, str], date])
    settled_sessions: frozenset[str] = frozenset()

    @property
    def next_phase(self) -> PlannedPhase | None:
        """The first planned phase that has not closed yet, open or not."""
        return next((each for each in self.plan.phases if each.phase not in self.closed_phases), None)

    @property
    def unsettled_sessions(self) -> tuple[str, ...]:
        """The planned sessions that are neither finalized nor excluded, in the plan's order."""
        planned = (session.session_id for session in self.plan.sessions)
        return tuple(session_id for session_id in planned if session_id not in self.settled_sessions)

    def deadline_of(self, phase: Phase, *, division_id: str) -> date:
        """The last day of a planned phase in a division, its extension included.

        Raises:
            KeyError: the phase is not planned.
        """
        planned = {each.phase: each.deadline_on for each in self.plan.phases}
        return self.extensions.get((phase, division_id), planned[phase])


def evolve(cycle: Cycle | None, fact: CycleFact) -> Cycle:
    """The cycle after one fact.

    Raises:
        ValueError: the first fact is not that it was drafted.
    """
    if isinstance(fact, CycleDrafted):
        return Cycle(cycle_id=fact.cycle_id, plan=fact.plan)
    if cycle is None:
        raise ValueError("a cycle's first fact is that it was drafted")
    match fact:
        case CycleApproved():
            return replace(
                cycle,
                stage=Stage.APPROVED,
                template_versions=fact.template_versions,
                policy_digests=fact.policy_digests,
            )
        case PhaseOpened():
            return replace(cycle, stage=stage_in(fact.phase, before=cycle.stage), open_phase=fact.phase)
        case PhaseClosed():
            return replace(cycle, open_phase=None, closed_phases=(*cycle.closed_phases, fact.phase))
        case DeadlineExtended():
            extended = {**cycle.extensions, (fact.phase, fact.division_id): fact.extended_to}
            return replace(cycle, extensions=extended)
        case SessionSettled():
            return replace(cycle, settled_sessions=cycle.settled_sessions | {fact.session_id})
        case ResultsReleased():
            return replace(cycle, stage=Stage.RELEASED)
        case CycleClosed():
            return replace(cycle, stage=Stage.CLOSED)


def stage_in(phase: Phase, *, before: Stage) -> Stage:
    """The stage that an opening phase brings; outcomes may begin before or after the release."""
    match phase:
        case Phase.CALIBRATION:
            return Stage.CALIBRATION
        case Phase.OUTCOMES:
            return before
        case _:
            return Stage.RUNNING
