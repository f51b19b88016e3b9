"""Each command on a cycle becomes a fact, or is rejected with its field and fix."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from reviews.domain.cycle import Cycle, Stage
from reviews.domain.errors import Rejected
from reviews.domain.events import (
    CycleApproved,
    CycleClosed,
    CycleDrafted,
    DeadlineExtended,
    PhaseClosed,
    PhaseOpened,
    ResultsReleased,
    SessionSettled,
)
from reviews.domain.rules.deadlines import require_extension
from reviews.domain.rules.planning import CyclePlan, Phase, plan_problems


def draft_cycle(
    cycle_id: str, plan: CyclePlan, *, existing: Cycle | None = None, now: datetime
) -> CycleDrafted:
    """Plan a cycle, or plan a draft anew; the first problem of the plan rejects it (``plan_problems`` lists all)."""
    if existing is not None:
        require_stage(existing, Stage.DRAFT)
    for problem in plan_problems(plan):
        raise Rejected(field=problem.field, message=problem.message, fix=problem.fix)
    return CycleDrafted(cycle_id=cycle_id, at=now, plan=plan)


def approve_cycle(
    cycle: Cycle, *, coordinator_id: str, policy_digests: Mapping[str, str], now: datetime
) -> CycleApproved:
    """The coordinator approves; the forms' versions and each division's policy digest freeze here."""
    require_stage(cycle, Stage.DRAFT)
    if not coordinator_id.strip():
        raise Rejected(field="coordinator_id", message="nobody approves", fix="name the coordinator")
    without = [each.division_id for each in cycle.plan.divisions if each.division_id not in policy_digests]
    if without:
        fix = "publish a policy for it first"
        raise Rejected(field="policy_digests", message=f"{', '.join(without)} has no policy", fix=fix)
    return CycleApproved(
        cycle_id=cycle.cycle_id,
        at=now,
        coordinator_id=coordinator_id,
        template_versions=dict(cycle.plan.template_versions),
        policy_digests=dict(policy_digests),
    )


def open_phase(cycle: Cycle, phase: Phase, *, now: datetime) -> PhaseOpened:
    """Phases open in the plan's order, each after the one before closed and once its day has begun somewhere."""
    require_stage(cycle, Stage.APPROVED, Stage.RUNNING, Stage.CALIBRATION, Stage.RELEASED)
    if cycle.open_phase is not None:
        message = f"{cycle.open_phase.value} is still open"
        raise Rejected(field="phase", message=message, fix="close it first", status="conflict")
    planned = cycle.next_phase
    if planned is None or planned.phase is not phase:
        expected = "no phase is left" if planned is None else f"open {planned.phase.value}"
        raise Rejected(field="phase", message=f"{phase.value} is not next", fix=expected, status="conflict")
    today = max(now.astimezone(ZoneInfo(each.time_zone)).date() for each in cycle.plan.divisions)
    if today < planned.opens_on:
        raise Rejected(
            field="now",
            message="its day has not come",
            fix=f"open it on {planned.opens_on}",
            status="conflict",
        )
    return PhaseOpened(cycle_id=cycle.cycle_id, at=now, phase=phase)


def close_phase(cycle: Cycle, phase: Phase, *, now: datetime) -> PhaseClosed:
    """Only the open phase closes; the calibration only after every planned session is settled."""
    require_open(cycle, phase)
    if phase is Phase.CALIBRATION:
        require_settled_sessions(cycle)
    return PhaseClosed(cycle_id=cycle.cycle_id, at=now, phase=phase)


def extend_deadline(
    cycle: Cycle, phase: Phase, *, division_id: str, extended_to: date, reason: str, now: datetime
) -> DeadlineExtended:
    """A division gets more time for the open phase, with a reason."""
    require_open(cycle, phase)
    if division_id not in {each.division_id for each in cycle.plan.divisions}:
        raise Rejected(
            field="division_id", message=f"{division_id} takes no part", fix="name a division that does"
        )
    require_extension(
        deadline_on=cycle.deadline_of(phase, division_id=division_id), extended_to=extended_to, reason=reason
    )
    return DeadlineExtended(
        cycle_id=cycle.cycle_id,
        at=now,
        phase=phase,
        division_id=division_id,
        extended_to=extended_to,
        reason=reason,
    )


def settle_session(
    cycle: Cycle, *, session_id: str, excluded_because: str | None, now: datetime
) -> SessionSettled:
    """A planned session was finalized, or is excluded by name with a reason; each is settled once."""
    require_stage(cycle, Stage.CALIBRATION)
    if session_id not in cycle.unsettled_sessions:
        message = f"{session_id} is not planned, or settled already"
        waiting = ", ".join(cycle.unsettled_sessions) or "none"
        raise Rejected(field="session_id", message=message, fix=f"still open: {waiting}")
    if excluded_because is not None and not excluded_because.strip():
        raise Rejected(
            field="excluded_because", message="it is empty", fix="write why the session is excluded"
        )
    return SessionSettled(
        cycle_id=cycle.cycle_id, at=now, session_id=session_id, excluded_because=excluded_because
    )


def release_results(cycle: Cycle, *, now: datetime) -> ResultsReleased:
    """Results are released after the calibration phase has closed."""
    require_stage(cycle, Stage.CALIBRATION)
    require_settled_sessions(cycle)
    if Phase.CALIBRATION not in cycle.closed_phases:
        raise Rejected(
            field="stage",
            message="the calibration is still open",
            fix="close that phase first",
            status="conflict",
        )
    return ResultsReleased(cycle_id=cycle.cycle_id, at=now)


def close_cycle(cycle: Cycle, *, now: datetime) -> CycleClosed:
    """A cycle closes after its results were released."""
    require_stage(cycle, Stage.RELEASED)
    return CycleClosed(cycle_id=cycle.cycle_id, at=now)


def require_stage(cycle: Cycle, *stages: Stage) -> None:
    """The cycle is at one of the stages that the command needs."""
    if cycle.stage not in stages:
        needed = " or ".join(stage.value for stage in stages)
        raise Rejected(
            field="stage",
            message=f"the cycle is {cycle.stage.value}",
            fix=f"this needs one that is {needed}",
            status="conflict",
        )


def require_open(cycle: Cycle, phase: Phase) -> None:
    """The phase is the one that is open."""
    if cycle.open_phase is not phase:
        now_open = "none" if cycle.open_phase is None else cycle.open_phase.value
        raise Rejected(
            field="phase",
            message=f"{phase.value} is not open",
            fix=f"open now: {now_open}",
            status="conflict",
        )


def require_settled_sessions(cycle: Cycle) -> None:
    """Every planned session is finalized or excluded by name."""
    if cycle.unsettled_sessions:
        waiting = ", ".join(cycle.unsettled_sessions)
        raise Rejected(
            field="sessions",
            message=f"not settled: {waiting}",
            fix="finalize or exclude each by name",
            status="conflict",
        )
