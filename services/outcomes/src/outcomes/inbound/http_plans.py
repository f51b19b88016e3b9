"""Requests in: development plans activated, checked, extended and ended."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.errors import Rejected
from outcomes.domain.follow_ups import PLAN, FollowUp
from outcomes.domain.rules.plans import DatedExample, GrowthPlan, NinetyDayPlan, PlanState
from outcomes.inbound.bodies import ActivatedPlan, Activations, Check, Extension, NinetyDay, PlanEnd
from outcomes.usecases.activate_plans import PlanToActivate, activate_plans
from outcomes.usecases.end_plan import extend_plan, finish_plan
from outcomes.usecases.record_check import record_check
from plumbline.runtime.clock import Now
from plumbline.runtime.http import Caller, ExpectedVersion, Tx, create_router, require_idempotency_key

router = create_router(tags=["plans"])
once = [Depends(require_idempotency_key)]


@router.post("/plans/activations", dependencies=once)
async def post_activations(body: Activations, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """Complete one's reports' drafted plans and let them begin, all or none."""
    written = [_written(each, field=f"plans.{place}") for place, each in enumerate(body.plans)]
    changed = await activate_plans(tx, written, who=caller.person_id, now=now)
    return {"plans": [shown(each) for each in changed]}


@router.post("/plans/{plan_id}/checks", dependencies=once)
async def post_check(
    plan_id: UUID, body: Check, tx: Tx, caller: Caller, now: Now, expected: ExpectedVersion
) -> dict[str, Any]:
    """Record the check of day 30, 60 or 90 (150 of an extended plan)."""
    return await recorded(tx, plan_id, body, component=PLAN, expected=expected, who=caller.person_id, now=now)


@router.post("/plans/{plan_id}/extension", dependencies=once)
async def post_extension(
    plan_id: UUID, body: Extension, tx: Tx, caller: Caller, now: Now, expected: ExpectedVersion
) -> dict[str, Any]:
    """Extend a 90-day plan once by 60 days."""
    plan = await extend_plan(
        tx,
        plan_id,
        revision=body.revision,
        version=expected,
        reason=body.reason,
        who=caller.person_id,
        now=now,
    )
    return shown(plan)


@router.post("/plans/{plan_id}/end", dependencies=once)
async def post_end(
    plan_id: UUID, body: PlanEnd, tx: Tx, caller: Caller, now: Now, expected: ExpectedVersion
) -> dict[str, Any]:
    """End it as its last check says; without improvement its answer names the PIP that is proposed, or refused."""
    ended = await finish_plan(
        tx,
        plan_id,
        revision=body.revision,
        version=expected,
        to=PlanState(body.to),
        who=caller.person_id,
        now=now,
    )
    led_to: list[dict[str, Any]] = [
        {
            "outcome_id": each.outcome_id,
            "component": each.component,
            "state": each.state,
            "missing": each.result.get("missing", []),
        }
        for each in ended.led_to
    ]
    return {**shown(ended.plan), "led_to": led_to}


async def recorded(
    tx: AsyncConnection,
    outcome_id: UUID,
    body: Check,
    *,
    component: str,
    expected: int | None,
    who: str,
    now: datetime,
) -> dict[str, Any]:
    """Record a check of a plan or a milestone of a PIP; answers where it stands by then."""
    checked = await record_check(
        tx,
        outcome_id,
        component=component,
        revision=body.revision,
        version=expected,
        day=body.day,
        met=body.met,
        who=who,
        now=now,
    )
    return shown(checked)


def shown(plan: FollowUp) -> dict[str, Any]:
    """Where a plan or a PIP stands, without what people wrote."""
    schedule = plan.schedule
    days = () if schedule is None else schedule.days
    dates = () if schedule is None else schedule.timetable.checkpoints
    return {
        "outcome_id": plan.outcome_id,
        "person_id": plan.person_id,
        "state": plan.state,
        "version": plan.version,
        "starts_on": plan.starts_on,
        "ends_on": None if schedule is None else schedule.timetable.end,
        "checks": [
            {"day": day, "due_on": due, "met": plan.checks.get(day)}
            for day, due in zip(days, dates, strict=True)
        ],
    }


def _written(body: ActivatedPlan, *, field: str) -> PlanToActivate:
    if (body.ninety_day is None) == (body.growth is None):
        raise Rejected(
            "one_plan",
            "a plan is either a 90-day plan or a growth plan",
            field=field,
            fix="Send ninety_day or growth, as the draft's kind says.",
        )
    plan = (
        _ninety_day(body.ninety_day)
        if body.ninety_day is not None
        else GrowthPlan(actions_by_area={area: tuple(each) for area, each in _areas(body).items()})
    )
    return PlanToActivate(
        outcome_id=body.outcome_id,
        revision=body.revision,
        version=body.version,
        plan=plan,
        starts_on=body.starts_on,
    )


def _areas(body: ActivatedPlan) -> dict[str, list[str]]:
    return {} if body.growth is None else body.growth.areas


def _ninety_day(body: NinetyDay) -> NinetyDayPlan:
    return NinetyDayPlan(
        gap=body.gap,
        examples=tuple(DatedExample(on=each.on, event_id=each.event_id) for each in body.examples),
        criteria=tuple(body.criteria),
        mentor=body.mentor,
        training=body.training,
        weekly_one_on_one_minutes=body.weekly_one_on_one_minutes,
    )
