"""A PIP that began: acknowledged by the employee; extended, suspended, resumed or ended by the HR partner."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.errors import Rejected
from outcomes.domain.follow_ups import PIP, Change, FollowUp
from outcomes.domain.rules.checks import extended_pip_schedule, last_check_says, resumed_schedule
from outcomes.domain.rules.pip import (
    PipState,
    failed_pip_panel,
    move_pip,
    pip_is_moved_by_another,
    resume_pip,
)
from outcomes.usecases.enter_follow_ups import Entry, enter_one, save
from plumbline.runtime.access import Action, Relation, State
from plumbline.runtime.directory import WORKING, find_people


@dataclass(frozen=True, slots=True, kw_only=True)
class PipMove:
    """Where HR moves a PIP, and why; ``ends_on`` of an extension, ``panel`` of a failed one."""

    to: PipState
    reason: str
    ends_on: date | None = None
    panel: Sequence[str] = ()


async def acknowledge_pip(
    tx: AsyncConnection, outcome_id: UUID, *, revision: int, version: int | None, who: str, now: datetime
) -> FollowUp:
    """The employee says to have received it, which is not agreement."""
    entry = Entry(who=who, action=Action.ACKNOWLEDGE, at=State.OPEN, component=PIP)
    pip = (await enter_one(tx, outcome_id, revision=revision, version=version, entry=entry)).follow_up
    if pip.acknowledged_at is not None:
        raise Rejected(
            "acknowledged_before",
            "this PIP was acknowledged before",
            status="conflict",
            fix="Nothing more is to be done.",
        )
    after = replace(pip, version=pip.version + 1, acknowledged_at=now)
    await save(tx, [Change(before=pip, after=after)], entry, purpose="PIP acknowledged", now=now)
    return after


async def move_pip_on(
    tx: AsyncConnection,
    outcome_id: UUID,
    move: PipMove,
    *,
    revision: int,
    version: int | None,
    who: str,
    now: datetime,
) -> FollowUp:
    """Extend, suspend, resume (``to`` active), withdraw, pass or fail it."""
    entry = Entry(who=who, action=Action.DECIDE, at=State.OPEN, component=PIP)
    entered = await enter_one(tx, outcome_id, revision=revision, version=version, entry=entry)
    pip_is_moved_by_another(mover_is_manager=Relation.MANAGER in entered.relations)
    pip = entered.follow_up
    if pip.state == "refused":
        raise Rejected(
            "pip_refused_by_its_gate",
            "its gate refused this PIP",
            status="conflict",
            fix="Work with the 90-day plan that took its place.",
        )
    after = replace(await _moved(tx, pip, move, today=now.date()), version=pip.version + 1)
    change = Change(before=pip, after=after, moved=True, reason=move.reason)
    await save(tx, [change], entry, purpose=f"PIP {after.state}", now=now)
    return after


async def _moved(tx: AsyncConnection, pip: FollowUp, move: PipMove, *, today: date) -> FollowUp:
    """Where it stands after the move; the PIP's own rules refuse what is not its way."""
    state = PipState(pip.state)
    if move.to is PipState.ACTIVE:
        return _resume(pip, today=today)
    if state is PipState.SUSPENDED and move.to is PipState.EXTENDED:
        raise Rejected(
            "suspended",
            "a suspended PIP is not extended; its end moves by itself",
            status="conflict",
            field="to",
            fix="Resume it first: send active.",
        )
    to = move_pip(state, move.to)
    if to is PipState.SUSPENDED:
        return replace(pip, state=str(to), suspended_on=today, resumes_as=pip.state)
    if to is PipState.EXTENDED:
        return _extend(pip, move)
    if to in (PipState.PASSED, PipState.FAILED):
        last_check_says(pip.schedule, pip.checks, met=to is PipState.PASSED)
    panel = await _panel(tx, pip, move.panel) if to is PipState.FAILED else ()
    return replace(pip, state=str(to), panel=panel)


def _extend(pip: FollowUp, move: PipMove) -> FollowUp:
    if move.ends_on is None:
        raise Rejected("end_missing", "an extension has a last day", field="ends_on", fix="Send ends_on.")
    assert pip.schedule is not None  # a PIP that runs has one
    schedule = extended_pip_schedule(pip.schedule, until=move.ends_on)
    return replace(pip, state=str(PipState.EXTENDED), schedule=schedule)


def _resume(pip: FollowUp, *, today: date) -> FollowUp:
    """The clock stood still: what was not due when it was suspended moves by the days since."""
    if pip.state != PipState.SUSPENDED or pip.suspended_on is None or pip.schedule is None:
        raise Rejected(
            "pip_move_refused",
            f"a PIP that is {pip.state} cannot be resumed",
            status="conflict",
            field="to",
            fix="Only a suspended PIP is resumed.",
        )
    state = move_pip(PipState.SUSPENDED, resume_pip(PipState(str(pip.resumes_as))))
    schedule = resumed_schedule(pip.schedule, suspended_on=pip.suspended_on, resumed_on=today)
    return replace(pip, state=str(state), schedule=schedule, suspended_on=None, resumes_as=None)


async def _panel(tx: AsyncConnection, pip: FollowUp, named: Sequence[str]) -> tuple[str, ...]:
    """Who decides about a failed PIP: people who work here, and neither the manager nor the employee."""
    known = await find_people(tx, named)
    working = {person_id for person_id, each in known.items() if each.status in WORKING}
    if set(named) - working:
        raise Rejected(
            "unknown_panel_member",
            "somebody of the panel does not work here",
            field="panel",
            fix="Name people by the id of their record.",
        )
    return tuple(sorted(failed_pip_panel(named, manager=pip.manager_id, employee=pip.person_id)))
