"""A proposed PIP on its way to the start: written by the manager, approved by skip-level and HR, begun."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.errors import Rejected
from outcomes.domain.follow_ups import PIP, Change, FollowUp
from outcomes.domain.rules.approval import ApprovalStep
from outcomes.domain.rules.checks import pip_schedule
from outcomes.domain.rules.pip import PipState, move_pip, pip_start_lacks, pip_steps_of
from outcomes.outbound.follow_up_changes import save_approvals
from outcomes.usecases.enter_follow_ups import Entered, Entry, enter_one, must_be_released, note, save
from plumbline.runtime.access import Action, Relation, State
from plumbline.runtime.http import check_version


async def draft_pip(
    tx: AsyncConnection,
    outcome_id: UUID,
    *,
    revision: int,
    version: int | None,
    exit_criteria: Sequence[str],
    support: Sequence[str],
    who: str,
    now: datetime,
) -> FollowUp:
    """Write what counts as success and which help there is; a change makes approvals of the old text void."""
    entry = Entry(who=who, action=Action.WRITE, at=State.DRAFT, component=PIP)
    pip = (await enter_one(tx, outcome_id, revision=revision, version=version, entry=entry)).follow_up
    _must_be_proposed(pip)
    content = {"exit_criteria": list(exit_criteria), "support": list(support)}
    after = replace(pip, version=pip.version + 1, content=content, approvals={})
    await save(tx, [Change(before=pip, after=after)], entry, purpose="PIP written", now=now)
    return after


async def approve_pip(
    tx: AsyncConnection,
    outcome_id: UUID,
    *,
    revision: int,
    read: int,
    version: int | None,
    who: str,
    now: datetime,
) -> FollowUp:
    """Approve the version that the approver read; skip-level and HR partner, in any order."""
    entry = Entry(who=who, action=Action.APPROVE, at=State.DRAFT, component=PIP)
    entered = await enter_one(tx, outcome_id, revision=revision, version=version, entry=entry)
    pip = entered.follow_up
    _must_be_proposed(pip)
    steps = _steps_of(entered)
    if not pip.content.get("exit_criteria"):
        raise Rejected(
            "nothing_to_approve",
            "the manager has not written the exit criteria yet",
            status="conflict",
            fix="Approve it once it says what counts as success.",
        )
    check_version(expected=read, current=pip.version, changed=[{"version": pip.version, "what": "text"}])
    await save_approvals(tx, pip, [str(step) for step in steps], by=who, now=now)
    await note(tx, [pip], entry, purpose=f"approved version {read}", now=now)
    return replace(pip, approvals={**dict.fromkeys(map(str, steps), who), **pip.approvals})


async def start_pip(
    tx: AsyncConnection, outcome_id: UUID, *, revision: int, version: int | None, who: str, now: datetime
) -> FollowUp:
    """Begin it today; weekly milestones follow, and the employee sees it from now on."""
    entry = Entry(who=who, action=Action.WRITE, at=State.DRAFT, component=PIP)
    pip = (await enter_one(tx, outcome_id, revision=revision, version=version, entry=entry)).follow_up
    _must_be_proposed(pip)
    must_be_released(pip)
    state = move_pip(PipState(pip.state), PipState.ACTIVE)
    criteria = cast("Sequence[str]", pip.content.get("exit_criteria", ()))
    lacks = pip_start_lacks(exit_criteria=criteria, signed=[ApprovalStep(step) for step in pip.approvals])
    if lacks:
        raise Rejected(
            "pip_not_ready",
            f"the PIP lacks: {'; '.join(lacks)}",
            status="conflict",
            fix="The manager writes the exit criteria; skip-level and HR partner approve.",
        )
    content = {**pip.content, "approved_by": dict(pip.approvals)}
    after = replace(
        pip,
        state=str(state),
        version=pip.version + 1,
        content=content,
        starts_on=now.date(),
        schedule=pip_schedule(now.date()),
    )
    await save(tx, [Change(before=pip, after=after, moved=True)], entry, purpose="PIP started", now=now)
    return after


def _must_be_proposed(pip: FollowUp) -> None:
    if pip.state == PipState.PROPOSED:
        return
    refused = pip.state == "refused"
    raise Rejected(
        "pip_refused_by_its_gate" if refused else "pip_move_refused",
        "its gate refused this PIP for want of evidence" if refused else f"the PIP is {pip.state} already",
        status="conflict",
        fix="Work with the 90-day plan that took its place." if refused else "Read it again.",
    )


def _steps_of(entered: Entered) -> tuple[ApprovalStep, ...]:
    held = entered.relations
    return pip_steps_of(
        is_manager=Relation.MANAGER in held,
        is_skip_level=Relation.SKIP_LEVEL in held,
        is_hr_partner=Relation.HR_PARTNER in held,
        has_skip_level=entered.follow_up.skip_level_id is not None,
    )
