"""A manager records a planned check of a plan, or a milestone of a PIP: whether its criteria are met."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.follow_ups import PIP, FollowUp
from outcomes.domain.rules.checks import check_may_be_recorded, only_what_runs_has_checks
from outcomes.outbound.follow_up_changes import save_check
from outcomes.usecases.enter_follow_ups import NAMES, Entry, enter_one, note
from plumbline.runtime.access import Action, State


async def record_check(
    tx: AsyncConnection,
    outcome_id: UUID,
    *,
    component: str,
    revision: int,
    version: int | None,
    day: int,
    met: bool,
    who: str,
    now: datetime,
) -> FollowUp:
    """Record the check of a day on which it is planned; by the server's clock, and once."""
    action = Action.WRITE if component == PIP else Action.DECIDE
    entry = Entry(who=who, action=action, at=State.OPEN, component=component)
    plan = (await enter_one(tx, outcome_id, revision=revision, version=version, entry=entry)).follow_up
    only_what_runs_has_checks(plan.state, name=NAMES[component])
    due = check_may_be_recorded(plan.schedule, plan.checks, day=day, on=now.date())
    await save_check(tx, plan, day=day, due_on=due, met=met, by=who, now=now)
    await note(tx, [plan], entry, purpose=f"check of day {day}", now=now)
    return replace(plan, checks={**plan.checks, day: met})
