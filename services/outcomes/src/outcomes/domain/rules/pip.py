"""Performance improvement plans: dates, approvals, suspension, and the states that they pass through."""

from collections.abc import Collection, Mapping
from datetime import date
from enum import StrEnum

from outcomes.domain.errors import Rejected
from outcomes.domain.rules.approval import ApprovalStep
from outcomes.domain.rules.plans import REREAD, Timetable, day_of_plan

PIP_DAYS = 60
PIP_CHECK_DAYS = (*range(7, 57, 7), PIP_DAYS)
PIP_APPROVALS = frozenset({ApprovalStep.SKIP_LEVEL, ApprovalStep.HR_PARTNER})


def pip_dates(start: date) -> Timetable:
    """Weekly milestones on day 7 … 56 and on day 60, the end; HR sets the length of an extension."""
    return Timetable(
        checkpoints=tuple(day_of_plan(start, number) for number in PIP_CHECK_DAYS),
        end=day_of_plan(start, PIP_DAYS),
        extension_end=None,
    )


def pip_dates_after_suspension(timetable: Timetable, *, suspended_on: date, resumed_on: date) -> Timetable:
    """Protected leave stops the clock: every date from the suspension on moves by the days that it lasted.

    Raises:
        Rejected: ``resumed_before_suspended``.
    """
    pause = resumed_on - suspended_on
    if pause.days < 0:
        raise Rejected("resumed_before_suspended", "a PIP resumes on or after the day of its suspension")

    def moved(day: date) -> date:
        return day + pause if day >= suspended_on else day

    return Timetable(
        checkpoints=tuple(moved(day) for day in timetable.checkpoints),
        end=moved(timetable.end),
        extension_end=None if timetable.extension_end is None else moved(timetable.extension_end),
    )


class PipState(StrEnum):
    """Where a PIP stands."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    EXTENDED = "extended"
    SUSPENDED = "suspended"
    PASSED = "passed"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


RUNNING = frozenset({PipState.SUSPENDED, PipState.PASSED, PipState.FAILED, PipState.WITHDRAWN})
PIP_MOVES: Mapping[PipState, frozenset[PipState]] = {
    PipState.PROPOSED: frozenset({PipState.ACTIVE, PipState.WITHDRAWN}),
    PipState.ACTIVE: RUNNING | {PipState.EXTENDED},
    PipState.EXTENDED: RUNNING,
    PipState.SUSPENDED: frozenset({PipState.ACTIVE, PipState.EXTENDED, PipState.WITHDRAWN}),
    PipState.PASSED: frozenset(),
    PipState.FAILED: frozenset(),
    PipState.WITHDRAWN: frozenset(),
}


def move_pip(state: PipState, to: PipState) -> PipState:
    """Proposed → active → passed, failed, extended by HR, suspended (and resumed) or withdrawn.

    Raises:
        Rejected: ``pip_move_refused``.
    """
    if to not in PIP_MOVES[state]:
        raise Rejected(
            "pip_move_refused", f"a PIP that is {state} cannot become {to}", status="conflict", fix=REREAD
        )
    return to


def resume_pip(before_suspension: PipState) -> PipState:
    """A suspended PIP goes on as what it was: active, or extended (it is not extended a second time)."""
    return PipState.EXTENDED if before_suspension is PipState.EXTENDED else PipState.ACTIVE


def pip_approvals_missing(signed: Collection[ApprovalStep]) -> frozenset[ApprovalStep]:
    """Skip-level and HR approve a PIP before it starts; the employee's acknowledgement is not agreement."""
    return PIP_APPROVALS - set(signed)


def pip_steps_of(
    *, is_manager: bool, is_skip_level: bool, is_hr_partner: bool, has_skip_level: bool
) -> tuple[ApprovalStep, ...]:
    """The approvals that somebody may give: the own step, and for the HR partner one that nobody else holds.

    Raises:
        Rejected: ``own_proposal`` for the manager, who proposes it, whatever other role the manager has.
    """
    if is_manager:
        raise Rejected(
            "own_proposal",
            "the manager who proposes a PIP does not approve it",
            status="forbidden",
            fix="Ask the skip-level and another HR partner to approve.",
        )
    stands_in = is_hr_partner and not has_skip_level
    held = {ApprovalStep.SKIP_LEVEL: is_skip_level or stands_in, ApprovalStep.HR_PARTNER: is_hr_partner}
    return tuple(step for step, holds in held.items() if holds)


def pip_is_moved_by_another(*, mover_is_manager: bool) -> None:
    """HR extends, suspends and ends a PIP; the manager who proposed it does not, even as an HR partner.

    Raises:
        Rejected: ``own_proposal``.
    """
    if mover_is_manager:
        raise Rejected(
            "own_proposal",
            "the manager who proposes a PIP does not decide about it",
            status="forbidden",
            fix="Ask another HR partner.",
        )


def pip_is_attested_by_another(*, attester_is_manager: bool, field: str) -> None:
    """HR attests that nothing stands against a PIP; the manager who proposes it does not, even as an HR partner.

    Raises:
        Rejected: ``own_proposal``.
    """
    if attester_is_manager:
        raise Rejected(
            "own_proposal",
            "the manager who proposes a PIP does not attest that nothing stands against it",
            status="forbidden",
            field=field,
            fix="Ask another HR partner.",
        )


def pip_start_lacks(*, exit_criteria: Collection[str], signed: Collection[ApprovalStep]) -> tuple[str, ...]:
    """What keeps a proposed PIP from starting: exit criteria, the two approvals."""
    criteria = () if exit_criteria else ("exit criteria",)
    return (*criteria, *(f"approval: {step}" for step in sorted(pip_approvals_missing(signed))))


def failed_pip_panel(
    members: Collection[str], *, manager: str | None, employee: str | None = None
) -> frozenset[str]:
    """A failed PIP goes to a panel without the manager and the employee; nothing terminates by itself.

    Raises:
        Rejected: ``panel_empty`` when nobody but the manager was named.
    """
    panel = frozenset(members) - {manager, employee}
    if not panel:
        raise Rejected(
            "panel_empty",
            "the panel needs members other than the manager",
            field="panel",
            fix="Name somebody who is neither the manager nor the employee.",
        )
    return panel
