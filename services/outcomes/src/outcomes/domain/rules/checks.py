"""The checks of a running plan or PIP: when each is due, and what its last one decides."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from outcomes.domain.errors import Rejected
from outcomes.domain.rules.pip import PIP_CHECK_DAYS, PipState, pip_dates, pip_dates_after_suspension
from outcomes.domain.rules.plans import (
    PLAN_CHECK_DAYS,
    PLAN_DAYS,
    PLAN_EXTENSION_DAYS,
    PlanState,
    Timetable,
    ninety_day_plan_dates,
)

DAYS_OF_A_WEEK = 7
MOST_EXTENSION_DAYS = 180
RUNS = frozenset({PlanState.ACTIVE, PlanState.EXTENDED}) | {PipState.ACTIVE, PipState.EXTENDED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The numbers of the days on which somebody checks, beside the dates on which they fall."""

    days: tuple[int, ...]
    timetable: Timetable


def ninety_day_schedule(start: date) -> Schedule:
    """Day 30, 60 and 90."""
    return Schedule(days=PLAN_CHECK_DAYS, timetable=ninety_day_plan_dates(start))


def pip_schedule(start: date) -> Schedule:
    """Day 7 … 56 and day 60."""
    return Schedule(days=PIP_CHECK_DAYS, timetable=pip_dates(start))


def extended_plan_schedule(schedule: Schedule) -> Schedule:
    """A plan's one extension of 60 days, with a check on its last day (day 150)."""
    end = schedule.timetable.end + timedelta(days=PLAN_EXTENSION_DAYS)
    timetable = Timetable(checkpoints=(*schedule.timetable.checkpoints, end), end=end, extension_end=None)
    return Schedule(days=(*schedule.days, PLAN_DAYS + PLAN_EXTENSION_DAYS), timetable=timetable)


def extended_pip_schedule(schedule: Schedule, *, until: date) -> Schedule:
    """HR's extension of a PIP by at most 180 days: further weekly milestones, and one on the new last day.

    Raises:
        Rejected: ``extension_without_days``, or ``extension_too_long``.
    """
    last, end = schedule.days[-1], schedule.timetable.end
    length = (until - end).days
    if length <= 0:
        raise Rejected(
            "extension_without_days",
            f"the PIP runs until {end} already",
            field="ends_on",
            fix="Send a later day.",
        )
    if length > MOST_EXTENSION_DAYS:
        raise Rejected(
            "extension_too_long",
            f"a PIP is extended by at most {MOST_EXTENSION_DAYS} days",
            field="ends_on",
            fix=f"Send a day until {end + timedelta(days=MOST_EXTENSION_DAYS)}.",
        )
    more = (*range(DAYS_OF_A_WEEK, length, DAYS_OF_A_WEEK), length)
    dates = tuple(end + timedelta(days=number) for number in more)
    timetable = replace(
        schedule.timetable,
        checkpoints=(*schedule.timetable.checkpoints, *dates),
        end=until,
        extension_end=until,
    )
    return Schedule(days=(*schedule.days, *(last + number for number in more)), timetable=timetable)


def resumed_schedule(schedule: Schedule, *, suspended_on: date, resumed_on: date) -> Schedule:
    """The days keep their numbers; their dates move by the days that the suspension lasted."""
    moved = pip_dates_after_suspension(schedule.timetable, suspended_on=suspended_on, resumed_on=resumed_on)
    return replace(schedule, timetable=moved)


def only_what_runs_has_checks(state: str, *, name: str) -> None:
    """A plan or PIP is checked while it is active or extended; ``name`` says to people which of the two it is.

    Raises:
        Rejected: ``not_running``.
    """
    if state not in RUNS:
        raise Rejected(
            "not_running",
            f"a {name} that is {state} has no checks",
            status="conflict",
            fix="Checks are recorded while it is active or extended.",
        )


def check_may_be_recorded(
    schedule: Schedule | None, recorded: Mapping[int, bool], *, day: int, on: date
) -> date:
    """The date of a planned check that nobody recorded yet and that has come; a late record is a record.

    Raises:
        Rejected: ``no_such_check``, ``check_recorded_before``, or ``check_not_due``.
    """
    days = () if schedule is None else schedule.days
    if schedule is None or day not in days:
        planned = ", ".join(map(str, days)) or "none"
        raise Rejected(
            "no_such_check", f"its checks are on day: {planned}", field="day", fix="Send one of these days."
        )
    if day in recorded:
        raise Rejected(
            "check_recorded_before",
            f"the check of day {day} was recorded before",
            status="conflict",
            field="day",
            fix="A recorded check stays; record the next one.",
        )
    due = schedule.timetable.checkpoints[days.index(day)]
    if on < due:
        raise Rejected(
            "check_not_due",
            f"the check of day {day} is on {due}",
            status="conflict",
            field="day",
            fix="Record it on that day or later.",
        )
    return due


def last_check_says(schedule: Schedule | None, recorded: Mapping[int, bool], *, met: bool) -> None:
    """What ends as improved or passed met its last check; what is extended, or ends otherwise, did not.

    A plan without a schedule (a growth plan) has no last check.

    Raises:
        Rejected: ``last_check_missing``, or ``last_check_says_otherwise``.
    """
    if schedule is None:
        return
    last = schedule.days[-1]
    if last not in recorded:
        raise Rejected(
            "last_check_missing",
            f"the check of day {last} is not recorded",
            status="conflict",
            fix=f"Record it first; it is on {schedule.timetable.checkpoints[-1]}.",
        )
    if recorded[last] is not met:
        found = "met" if recorded[last] else "not met"
        raise Rejected(
            "last_check_says_otherwise",
            f"the check of day {last} says that the criteria are {found}",
            status="conflict",
            field="to",
            fix="Send the state that follows from the last check.",
        )
