"""What a cycle's plan has to fulfil before a coordinator can approve it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from reviews.domain.rules.deadlines import EARLIEST, LATEST, zone_exists


class Phase(StrEnum):
    """The phases of a cycle, in their order; in the review phase both assessments and the peers' are written."""

    GOAL_SETTING = "goal_setting"
    MID_CYCLE = "mid_cycle"
    REVIEW = "review"
    CALIBRATION = "calibration"
    OUTCOMES = "outcomes"


PHASES = tuple(Phase)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPhase:
    """A phase's first and last day, which both count in full in each division's time zone."""

    phase: Phase
    opens_on: date
    deadline_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDivision:
    """A division that takes part, with its IANA time zone."""

    division_id: str
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSession:
    """A calibration session of one department."""

    session_id: str
    division_id: str
    department: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CyclePlan:
    """All that a coordinator approves; template and policy versions freeze when the cycle opens."""

    name: str
    starts_on: date
    ends_on: date
    divisions: tuple[PlannedDivision, ...]
    phases: tuple[PlannedPhase, ...]
    sessions: tuple[PlannedSession, ...]
    template_versions: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that keeps a plan from approval: the field, what is wrong, and what to do."""

    field: str
    message: str
    fix: str


def plan_problems(plan: CyclePlan) -> tuple[Problem, ...]:
    """Every problem of a plan, in the order of its fields; empty when it can be approved."""
    problems: list[Problem] = []
    if not plan.name.strip():
        problems.append(
            Problem(field="name", message="it is empty", fix="name the cycle, for example Q3 2026")
        )
    problems += date_problems("starts_on", plan.starts_on) + date_problems("ends_on", plan.ends_on)
    if plan.ends_on <= plan.starts_on:
        problems.append(
            Problem(field="ends_on", message="it is not after the start", fix="give a later date")
        )
    if not plan.template_versions:
        problems.append(
            Problem(field="template_versions", message="there are none", fix="name the forms to use")
        )
    return (*problems, *division_problems(plan), *phase_problems(plan.phases), *session_problems(plan))


def division_problems(plan: CyclePlan) -> list[Problem]:
    """At least one division, each once and with a time zone that exists."""
    if not plan.divisions:
        return [Problem(field="divisions", message="there are none", fix="add the divisions that take part")]
    problems = repeated("divisions", [division.division_id for division in plan.divisions])
    for place, division in enumerate(plan.divisions):
        if not zone_exists(division.time_zone):
            field = f"divisions[{place}].time_zone"
            message = f"{division.time_zone!r} is no time zone"
            problems.append(
                Problem(field=field, message=message, fix="use an IANA name such as Europe/Berlin")
            )
    return problems


def phase_problems(phases: Sequence[PlannedPhase]) -> list[Problem]:
    """Review and calibration are there, in order, without overlap, none ending before it opens."""
    names = [planned.phase for planned in phases]
    problems = repeated("phases", names)
    for needed in (Phase.REVIEW, Phase.CALIBRATION):
        if needed not in names:
            problems.append(
                Problem(field="phases", message=f"{needed.value} is missing", fix="plan that phase")
            )
    for place, planned in enumerate(phases):
        field = f"phases[{place}]"
        problems += date_problems(f"{field}.opens_on", planned.opens_on)
        problems += date_problems(f"{field}.deadline_on", planned.deadline_on)
        if planned.deadline_on < planned.opens_on:
            fix = f"give {planned.opens_on} or later"
            problems.append(
                Problem(field=f"{field}.deadline_on", message="it lies before the opening", fix=fix)
            )
        if place and PHASES.index(planned.phase) <= PHASES.index(phases[place - 1].phase):
            fix = f"follow the order {', '.join(PHASES)}"
            problems.append(Problem(field=f"{field}.phase", message="it is out of order", fix=fix))
        if place and planned.opens_on <= phases[place - 1].deadline_on:
            fix = f"open after {phases[place - 1].deadline_on}"
            problems.append(
                Problem(field=f"{field}.opens_on", message="the phase before is still open", fix=fix)
            )
    return problems


def merit_runs(named: bool | None, *, ends_on: date) -> bool:
    """Whether a cycle pays merit: as the compensation calendar names it, else the last of the year does.

    Source: Outcomes, "when". Once a person and year is for those to see to who award it.
    """
    return (ends_on.month, ends_on.day) == (12, 31) if named is None else named


def date_problems(field: str, day: date) -> list[Problem]:
    """A day that a calendar can reckon with: in the years 2000 to 2199."""
    if EARLIEST <= day <= LATEST:
        return []
    return [
        Problem(field=field, message=f"{day} is too far away", fix=f"give a day from {EARLIEST} to {LATEST}")
    ]


def session_problems(plan: CyclePlan) -> list[Problem]:
    """At least one calibration session for each division, and none for a division that does not take part."""
    divisions = {division.division_id for division in plan.divisions}
    problems = repeated("sessions", [session.session_id for session in plan.sessions])
    for place, session in enumerate(plan.sessions):
        if session.division_id not in divisions:
            message = f"{session.division_id} takes no part"
            fix = "add the division or drop the session"
            problems.append(Problem(field=f"sessions[{place}].division_id", message=message, fix=fix))
    for division in sorted(divisions - {session.division_id for session in plan.sessions}):
        message = f"{division} has no calibration session"
        problems.append(
            Problem(field="sessions", message=message, fix="plan one for each of its departments")
        )
    return problems


def repeated(field: str, names: Sequence[str]) -> list[Problem]:
    """Each name that stands there more than once."""
    return [
        Problem(field=field, message=f"{name} stands there {times} times", fix="name it once")
        for name, times in Counter(names).items()
        if times > 1
    ]
