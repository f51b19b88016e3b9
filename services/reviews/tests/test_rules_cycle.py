"""A cycle's plan, its phases in order, calibration, release and close."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from reviews.domain.cycle import Cycle, Stage, evolve
from reviews.domain.decisions import (
    approve_cycle,
    close_cycle,
    close_phase,
    draft_cycle,
    extend_deadline,
    open_phase,
    release_results,
    settle_session,
)
from reviews.domain.errors import Rejected
from reviews.domain.events import CycleFact
from reviews.domain.rules import plan_problems
from reviews.domain.rules.planning import (
    CyclePlan,
    Phase,
    PlannedDivision,
    PlannedPhase,
    PlannedSession,
)

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
FIRST = date(2026, 9, 28)
PLAN = CyclePlan(
    name="Q3 2026",
    starts_on=date(2026, 7, 1),
    ends_on=date(2026, 9, 30),
    divisions=(
        PlannedDivision(division_id="us", time_zone="America/Los_Angeles"),
        PlannedDivision(division_id="de", time_zone="Europe/Berlin"),
    ),
    phases=tuple(
        PlannedPhase(
            phase=phase, opens_on=FIRST + place * WEEK, deadline_on=FIRST + place * WEEK + timedelta(days=4)
        )
        for place, phase in enumerate((Phase.GOAL_SETTING, Phase.REVIEW, Phase.CALIBRATION))
    ),
    sessions=(
        PlannedSession(session_id="s1", division_id="us", department="payments"),
        PlannedSession(session_id="s2", division_id="de", department="platform"),
    ),
    template_versions=(("self", 2), ("manager", 1)),
)


def drafted() -> Cycle:
    return evolve(None, draft_cycle("c1", PLAN, now=NOW))


def approved() -> Cycle:
    cycle = drafted()
    digests = {"us": "d1", "de": "d2", "other": "d3"}
    return evolve(cycle, approve_cycle(cycle, coordinator_id="cora", policy_digests=digests, now=NOW))


def through(cycle: Cycle, *phases: Phase) -> Cycle:
    for phase in phases:
        cycle = evolve(cycle, open_phase(cycle, phase, now=NOW))
        cycle = evolve(cycle, close_phase(cycle, phase, now=NOW))
    return cycle


def in_calibration() -> Cycle:
    cycle = through(approved(), Phase.GOAL_SETTING, Phase.REVIEW)
    return evolve(cycle, open_phase(cycle, Phase.CALIBRATION, now=NOW))


def settled(cycle: Cycle) -> Cycle:
    cycle = evolve(cycle, settle_session(cycle, session_id="s1", excluded_because=None, now=NOW))
    return evolve(cycle, settle_session(cycle, session_id="s2", excluded_because="dissolved", now=NOW))


def test_a_cycle_runs_from_draft_to_closed() -> None:
    cycle = settled(in_calibration())
    assert cycle.stage is Stage.CALIBRATION
    cycle = evolve(cycle, close_phase(cycle, Phase.CALIBRATION, now=NOW))
    cycle = evolve(cycle, release_results(cycle, now=NOW))
    assert cycle.stage is Stage.RELEASED
    assert evolve(cycle, close_cycle(cycle, now=NOW)).stage is Stage.CLOSED


@pytest.mark.parametrize("released_first", [True, False])
def test_outcomes_open_before_or_after_the_release_and_leave_the_stage(released_first: bool) -> None:
    outcomes = PlannedPhase(phase=Phase.OUTCOMES, opens_on=FIRST + 3 * WEEK, deadline_on=FIRST + 4 * WEEK)
    cycle = settled(in_calibration())
    cycle = replace(cycle, plan=replace(PLAN, phases=(*PLAN.phases, outcomes)))
    cycle = evolve(cycle, close_phase(cycle, Phase.CALIBRATION, now=NOW))
    if released_first:
        cycle = evolve(cycle, release_results(cycle, now=NOW))
    opened = evolve(cycle, open_phase(cycle, Phase.OUTCOMES, now=NOW))
    assert (opened.stage, opened.open_phase) == (cycle.stage, Phase.OUTCOMES)


def test_a_good_plan_has_no_problem() -> None:
    assert plan_problems(PLAN) == ()


PHASES = PLAN.phases


@pytest.mark.parametrize(
    ("plan", "fields"),
    [
        (replace(PLAN, name=" "), ["name"]),
        (replace(PLAN, ends_on=PLAN.starts_on), ["ends_on"]),
        (replace(PLAN, template_versions=()), ["template_versions"]),
        (replace(PLAN, divisions=(), sessions=()), ["divisions"]),
        (
            replace(PLAN, divisions=(replace(PLAN.divisions[0], time_zone="Mars/Base"), PLAN.divisions[1])),
            ["divisions[0].time_zone"],
        ),
        (replace(PLAN, divisions=(*PLAN.divisions, PLAN.divisions[0])), ["divisions"]),
        (replace(PLAN, phases=PHASES[:2]), ["phases"]),
        (replace(PLAN, phases=(PHASES[1], PHASES[0], PHASES[2])), ["phases[1].phase", "phases[1].opens_on"]),
        (
            replace(PLAN, phases=(replace(PHASES[0], deadline_on=FIRST - WEEK), *PHASES[1:])),
            ["phases[0].deadline_on"],
        ),
        (
            replace(PLAN, phases=(replace(PHASES[0], deadline_on=PHASES[1].opens_on), *PHASES[1:])),
            ["phases[1].opens_on"],
        ),
        (replace(PLAN, sessions=PLAN.sessions[:1]), ["sessions"]),
        (replace(PLAN, sessions=(*PLAN.sessions, PLAN.sessions[0])), ["sessions"]),
        (
            replace(
                PLAN,
                sessions=(*PLAN.sessions, PlannedSession(session_id="s3", division_id="fr", department="x")),
            ),
            ["sessions[2].division_id"],
        ),
    ],
)
def test_each_problem_of_a_plan_names_its_field_and_fix(plan: CyclePlan, fields: list[str]) -> None:
    problems = plan_problems(plan)
    assert [problem.field for problem in problems] == fields
    assert all(problem.message and problem.fix for problem in problems)
    with pytest.raises(Rejected) as rejected:
        draft_cycle("c1", plan, now=NOW)
    assert rejected.value.field == fields[0]


def test_only_a_draft_is_planned_anew() -> None:
    renamed = draft_cycle("c1", replace(PLAN, name="Q4"), existing=drafted(), now=NOW)
    assert evolve(drafted(), renamed).plan.name == "Q4"
    with pytest.raises(Rejected, match="stage"):
        draft_cycle("c1", PLAN, existing=approved(), now=NOW)


def test_approval_freezes_forms_and_policies() -> None:
    assert approved().template_versions == {"self": 2, "manager": 1}
    assert approved().policy_digests["de"] == "d2"
    for coordinator, digests, field in (
        ("", {"us": "1", "de": "2"}, "coordinator_id"),
        ("cora", {"us": "1"}, "policy_digests"),
    ):
        with pytest.raises(Rejected) as rejected:
            approve_cycle(drafted(), coordinator_id=coordinator, policy_digests=digests, now=NOW)
        assert rejected.value.field == field


def test_no_phase_opens_before_approval_out_of_order_or_beside_another() -> None:
    opened = evolve(approved(), open_phase(approved(), Phase.GOAL_SETTING, now=NOW))
    for cycle, phase in (
        (drafted(), Phase.GOAL_SETTING),
        (approved(), Phase.REVIEW),
        (approved(), Phase.MID_CYCLE),
        (opened, Phase.REVIEW),
        (opened, Phase.GOAL_SETTING),
        (through(approved(), Phase.GOAL_SETTING), Phase.GOAL_SETTING),
    ):
        with pytest.raises(Rejected) as rejected:
            open_phase(cycle, phase, now=NOW)
        assert rejected.value.status == "conflict"


@pytest.mark.parametrize(("hour", "opens"), [(21, False), (22, True)])
def test_a_phase_opens_once_its_day_began_in_the_first_division(hour: int, opens: bool) -> None:
    now = datetime(2026, 9, 27, hour, tzinfo=UTC)
    if opens:
        assert open_phase(approved(), Phase.GOAL_SETTING, now=now).phase is Phase.GOAL_SETTING
    else:
        with pytest.raises(Rejected, match="day has not come"):
            open_phase(approved(), Phase.GOAL_SETTING, now=now)


def test_only_the_open_phase_closes() -> None:
    with pytest.raises(Rejected, match="phase"):
        close_phase(in_calibration(), Phase.GOAL_SETTING, now=NOW)


def test_a_division_gets_more_time_with_a_reason() -> None:
    cycle = evolve(approved(), open_phase(approved(), Phase.GOAL_SETTING, now=NOW))

    def extend(division: str, days: int, reason: str) -> CycleFact:
        to = PHASES[0].deadline_on + timedelta(days=days)
        return extend_deadline(
            cycle, Phase.GOAL_SETTING, division_id=division, extended_to=to, reason=reason, now=NOW
        )

    longer = evolve(cycle, extend("us", 2, "outage"))
    assert longer.deadline_of(Phase.GOAL_SETTING, division_id="us") == PHASES[0].deadline_on + timedelta(
        days=2
    )
    assert longer.deadline_of(Phase.GOAL_SETTING, division_id="de") == PHASES[0].deadline_on
    for division, days, reason in (("us", 0, "outage"), ("us", 2, ""), ("fr", 2, "outage")):
        with pytest.raises(Rejected):
            extend(division, days, reason)


def test_calibration_closes_only_when_every_session_is_settled() -> None:
    cycle = in_calibration()
    for cycle_so_far in (
        cycle,
        evolve(cycle, settle_session(cycle, session_id="s1", excluded_because=None, now=NOW)),
    ):
        with pytest.raises(Rejected, match="s2"):
            close_phase(cycle_so_far, Phase.CALIBRATION, now=NOW)
        with pytest.raises(Rejected, match="s2"):
            release_results(cycle_so_far, now=NOW)


@pytest.mark.parametrize(
    ("session", "reason", "field"), [("s9", None, "session_id"), ("s1", " ", "excluded_because")]
)
def test_sessions_are_settled_by_name_and_excluded_with_a_reason(
    session: str, reason: str | None, field: str
) -> None:
    with pytest.raises(Rejected) as rejected:
        settle_session(in_calibration(), session_id=session, excluded_because=reason, now=NOW)
    assert rejected.value.field == field


def test_a_session_is_settled_once() -> None:
    with pytest.raises(Rejected, match="session_id"):
        settle_session(settled(in_calibration()), session_id="s1", excluded_because=None, now=NOW)


def test_results_are_released_after_calibration_closed_and_the_cycle_closes_after_that() -> None:
    with pytest.raises(Rejected, match="still open"):
        release_results(settled(in_calibration()), now=NOW)
    with pytest.raises(Rejected, match="stage"):
        close_cycle(settled(in_calibration()), now=NOW)


def test_a_cycles_first_fact_is_that_it_was_drafted() -> None:
    with pytest.raises(ValueError, match="drafted"):
        evolve(None, close_phase(settled(in_calibration()), Phase.CALIBRATION, now=NOW))
