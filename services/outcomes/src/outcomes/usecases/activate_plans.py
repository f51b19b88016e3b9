"""A manager completes drafted development plans and lets them begin; from then on the employees see them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.errors import Rejected
from outcomes.domain.follow_ups import PLAN, Change, FollowUp, Texts
from outcomes.domain.rules.checks import Schedule, ninety_day_schedule
from outcomes.domain.rules.plans import (
    GrowthPlan,
    NinetyDayPlan,
    PlanKind,
    PlanState,
    growth_plan_lacks,
    move_plan,
    ninety_day_plan_lacks,
    plan_begins_soon,
)
from outcomes.usecases.enter_follow_ups import Entry, enter, must_be_released, save
from plumbline.runtime.access import Action, State


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanToActivate:
    """A plan as the manager writes it; ``starts_on`` None: today; ``version`` of the draft that was seen, None: any."""

    outcome_id: UUID
    revision: int
    plan: NinetyDayPlan | GrowthPlan
    starts_on: date | None = None
    version: int | None = None


async def activate_plans(
    tx: AsyncConnection, written: Sequence[PlanToActivate], *, who: str, now: datetime
) -> list[FollowUp]:
    """Activate these plans, all or none."""
    entry = Entry(who=who, action=Action.WRITE, at=State.DRAFT, component=PLAN, listed="plans")
    entered = await enter(tx, written, entry)
    changes = [
        _activate(each.follow_up, plan, field=f"plans.{place}", today=now.date())
        for place, (each, plan) in enumerate(zip(entered, written, strict=True))
    ]
    await save(tx, changes, entry, purpose="plan activated", now=now)
    return [each.after for each in changes]


def _activate(draft: FollowUp, written: PlanToActivate, *, field: str, today: date) -> Change:
    must_be_released(draft)
    state = move_plan(PlanState(draft.state), PlanState.ACTIVE)
    start = written.starts_on or today
    plan_begins_soon(start, today=today, field=f"{field}.starts_on")
    content, lacks, schedule = _described(written.plan, start)
    kind = PlanKind.GROWTH if isinstance(written.plan, GrowthPlan) else PlanKind.NINETY_DAY
    if kind is not draft.plan_kind:
        raise Rejected(
            "another_kind_of_plan",
            f"this is a {draft.plan_kind} plan",
            field=f"{field}.{kind}",
            fix=f"Send {draft.plan_kind} instead.",
        )
    if lacks:
        raise Rejected(
            "plan_incomplete",
            f"the plan lacks: {'; '.join(lacks)}",
            field=f"{field}.{kind}",
            fix="Add what is missing.",
        )
    after = replace(
        draft,
        state=str(state),
        version=draft.version + 1,
        content=content,
        schedule=schedule,
        starts_on=start,
    )
    return Change(before=draft, after=after, moved=True)


def _described(plan: NinetyDayPlan | GrowthPlan, start: date) -> tuple[Texts, Sequence[str], Schedule | None]:
    """What is kept of a plan, what it lacks, and when it is checked; areas are numbered where they lack something."""
    if isinstance(plan, GrowthPlan):
        areas = {area: list(actions) for area, actions in plan.actions_by_area.items()}
        numbered = {f"area {place}": each for place, each in enumerate(plan.actions_by_area.values(), 1)}
        return {"areas": areas}, growth_plan_lacks(GrowthPlan(actions_by_area=numbered)), None
    content: Texts = {
        "gap": plan.gap,
        "examples": [{"on": each.on.isoformat(), "event_id": each.event_id} for each in plan.examples],
        "criteria": list(plan.criteria),
        "mentor": plan.mentor,
        "training": plan.training,
        "weekly_one_on_one_minutes": plan.weekly_one_on_one_minutes,
    }
    return content, ninety_day_plan_lacks(plan), ninety_day_schedule(start)
