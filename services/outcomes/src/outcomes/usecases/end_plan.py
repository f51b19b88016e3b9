"""Ends a running plan; a 90-day plan without improvement leads to a proposed PIP, behind its gate."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.after_plan import LedTo, propose_after_plan
from outcomes.domain.follow_ups import PLAN, Change, FollowUp
from outcomes.domain.rules.checks import extended_plan_schedule, last_check_says
from outcomes.domain.rules.plans import PlanState, end_plan, plan_leads_to_proposed_pip
from outcomes.outbound.follow_up_changes import open_outcomes
from outcomes.outbound.pip_evidence import load_gate_proposal
from outcomes.usecases.enter_follow_ups import Entry, enter_one, save
from plumbline.runtime.access import Action, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The plan as it ended, and what follows from it."""

    plan: FollowUp
    led_to: tuple[LedTo, ...] = ()


async def finish_plan(
    tx: AsyncConnection,
    outcome_id: UUID,
    *,
    revision: int,
    version: int | None,
    to: PlanState,
    who: str,
    now: datetime,
) -> Ended:
    """End it as improved or without improvement, as its last check says."""
    entry = Entry(who=who, action=Action.DECIDE, at=State.OPEN, component=PLAN)
    plan = (await enter_one(tx, outcome_id, revision=revision, version=version, entry=entry)).follow_up
    state = end_plan(PlanState(plan.state), to, kind=plan.plan_kind)
    last_check_says(plan.schedule, plan.checks, met=state is PlanState.IMPROVED)
    after = replace(plan, state=str(state), version=plan.version + 1)
    await save(tx, [Change(before=plan, after=after, moved=True)], entry, purpose=f"plan {state}", now=now)
    if not plan_leads_to_proposed_pip(state, plan.plan_kind):
        return Ended(plan=after)
    proposal = await load_gate_proposal(tx, plan, proposed_on=now.date())
    led_to = propose_after_plan(plan.outcome_id, rating=plan.rating, proposal=proposal)
    await open_outcomes(tx, plan, led_to, now=now)
    return Ended(plan=after, led_to=led_to)


async def extend_plan(
    tx: AsyncConnection,
    outcome_id: UUID,
    *,
    revision: int,
    version: int | None,
    reason: str,
    who: str,
    now: datetime,
) -> FollowUp:
    """HR extends a 90-day plan once by 60 days, when its last check was not met."""
    entry = Entry(who=who, action=Action.APPROVE, at=State.OPEN, component=PLAN)
    plan = (await enter_one(tx, outcome_id, revision=revision, version=version, entry=entry)).follow_up
    state = end_plan(PlanState(plan.state), PlanState.EXTENDED, kind=plan.plan_kind)
    last_check_says(plan.schedule, plan.checks, met=False)
    assert plan.schedule is not None  # a 90-day plan that runs has one
    schedule = extended_plan_schedule(plan.schedule)
    after = replace(plan, state=str(state), version=plan.version + 1, schedule=schedule)
    change = Change(before=plan, after=after, moved=True, reason=reason)
    await save(tx, [change], entry, purpose="plan extended", now=now)
    return after
