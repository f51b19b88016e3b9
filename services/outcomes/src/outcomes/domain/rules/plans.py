"""Development plans: what they contain, their dates, and the states that they pass through."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from outcomes.domain.errors import Rejected

PLAN_DATES_RULE_VERSION = "plan-dates.1"
PLAN_CHECK_DAYS = (30, 60, 90)
PLAN_DAYS = 90
PLAN_EXTENSION_DAYS = 60
LATEST_START_DAYS = 180
WEEKLY_ONE_ON_ONE_MINUTES = 30
REREAD = "Read it again; it does not stand where this command needs it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """The dates on which a plan is checked, its last day, and its last day after the one extension."""

    checkpoints: tuple[date, ...]
    end: date
    extension_end: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedExample:
    """What was observed on a day, and the event that recorded it."""

    on: date
    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NinetyDayPlan:
    """The content of a 90-day plan as the manager writes it."""

    gap: str
    examples: tuple[DatedExample, ...]
    criteria: tuple[str, ...]
    mentor: str | None
    training: str | None
    weekly_one_on_one_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthPlan:
    """A rating-3 plan: growth areas, each with its actions."""

    actions_by_area: Mapping[str, tuple[str, ...]]


def day_of_plan(start: date, number: int) -> date:
    """Day n is the start plus n calendar days."""
    return start + timedelta(days=number)


def plan_begins_soon(start: date, *, today: date, field: str) -> None:
    """A plan begins today, so that no check is missed, or within 180 days.

    Raises:
        Rejected: ``start_in_the_past``, or ``start_too_far``.
    """
    latest = today + timedelta(days=LATEST_START_DAYS)
    if start < today:
        raise Rejected(
            "start_in_the_past",
            "a plan begins today or later, so that no check is missed",
            field=field,
            fix=f"Send {today} or a later day, or leave it out.",
        )
    if start > latest:
        raise Rejected(
            "start_too_far",
            f"a plan begins within {LATEST_START_DAYS} days",
            field=field,
            fix=f"Send a day until {latest}, or leave it out.",
        )


def ninety_day_plan_dates(start: date) -> Timetable:
    """Checks on day 30, 60 and 90; ends on day 90, or 60 days later when extended."""
    return Timetable(
        checkpoints=tuple(day_of_plan(start, number) for number in PLAN_CHECK_DAYS),
        end=day_of_plan(start, PLAN_DAYS),
        extension_end=day_of_plan(start, PLAN_DAYS + PLAN_EXTENSION_DAYS),
    )


def ninety_day_plan_lacks(plan: NinetyDayPlan) -> tuple[str, ...]:
    """What keeps a draft from becoming active; empty when it is complete."""
    complete = {
        "the gap": bool(plan.gap.strip()),
        "a dated example of the gap": bool(plan.examples),
        "1 to 3 measurable criteria": 1 <= len(plan.criteria) <= 3,
        "a weekly 1:1 of 30 minutes": plan.weekly_one_on_one_minutes >= WEEKLY_ONE_ON_ONE_MINUTES,
        "a mentor": bool(plan.mentor),
        "a training": bool(plan.training),
    }
    return tuple(name for name, present in complete.items() if not present)


def growth_plan_lacks(plan: GrowthPlan) -> tuple[str, ...]:
    """A rating-3 plan has 1 or 2 growth areas and at least one action in each; empty when it does."""
    gaps = [f"an action for: {area}" for area, actions in plan.actions_by_area.items() if not actions]
    return tuple(gaps) if 1 <= len(plan.actions_by_area) <= 2 else ("1 or 2 growth areas", *gaps)


class PlanKind(StrEnum):
    """A growth plan (rating 3), or a 90-day plan (rating 2, or a PIP that its gate refused)."""

    GROWTH = "growth"
    NINETY_DAY = "ninety_day"


class PlanState(StrEnum):
    """Where a plan stands."""

    DRAFT = "draft"
    ACTIVE = "active"
    EXTENDED = "extended"
    IMPROVED = "improved"
    NO_IMPROVEMENT = "no_improvement"


PLAN_MOVES: Mapping[PlanState, frozenset[PlanState]] = {
    PlanState.DRAFT: frozenset({PlanState.ACTIVE}),
    PlanState.ACTIVE: frozenset({PlanState.EXTENDED, PlanState.IMPROVED, PlanState.NO_IMPROVEMENT}),
    PlanState.EXTENDED: frozenset({PlanState.IMPROVED, PlanState.NO_IMPROVEMENT}),
    PlanState.IMPROVED: frozenset(),
    PlanState.NO_IMPROVEMENT: frozenset(),
}


def move_plan(state: PlanState, to: PlanState) -> PlanState:
    """Draft → active → improved, extended once, or no improvement.

    Raises:
        Rejected: ``plan_move_refused``.
    """
    if to not in PLAN_MOVES[state]:
        raise Rejected(
            "plan_move_refused", f"a plan that is {state} cannot become {to}", status="conflict", fix=REREAD
        )
    return to


def end_plan(state: PlanState, to: PlanState, *, kind: PlanKind) -> PlanState:
    """``move_plan``, for a plan of this kind: a growth plan has no day 90 and is not extended.

    Raises:
        Rejected: ``plan_move_refused``, or ``growth_plan_not_extended``.
    """
    if kind is PlanKind.GROWTH and to is PlanState.EXTENDED:
        raise Rejected(
            "growth_plan_not_extended",
            "only a 90-day plan is extended",
            status="conflict",
            fix="A growth plan goes on until it ends as improved or no_improvement.",
        )
    return move_plan(state, to)


def plan_leads_to_proposed_pip(state: PlanState, kind: PlanKind = PlanKind.NINETY_DAY) -> bool:
    """A 90-day plan without improvement leads to a *proposed* PIP, behind its gate; nothing else does."""
    return kind is PlanKind.NINETY_DAY and state is PlanState.NO_IMPROVEMENT
