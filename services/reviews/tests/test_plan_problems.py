"""Each problem of a cycle's plan says where it is, what it is and what to do."""

from dataclasses import replace
from datetime import date

import pytest

from reviews.domain.rules.planning import (
    CyclePlan,
    Phase,
    PlannedDivision,
    plan_problems,
)

from .planned import PLAN, UNNAMED

NOWHERE = PlannedDivision(division_id="N", time_zone="Nowhere")
LATE, EARLY = date(2026, 9, 30), date(2026, 9, 20)


@pytest.mark.parametrize(
    ("plan", "problems"),
    [
        (UNNAMED, ["name: it is empty; name the cycle, for example Q3 2026"]),
        (replace(PLAN, ends_on=PLAN.starts_on), ["ends_on: it is not after the start; give a later date"]),
        (replace(PLAN, template_versions=()), ["template_versions: there are none; name the forms to use"]),
        (
            replace(PLAN, divisions=(), sessions=()),
            ["divisions: there are none; add the divisions that take part"],
        ),
        (
            replace(PLAN, divisions=(*PLAN.divisions, NOWHERE)),
            [
                "divisions[1].time_zone: 'Nowhere' is no time zone; use an IANA name such as Europe/Berlin",
                "sessions: N has no calibration session; plan one for each of its departments",
            ],
        ),
        (
            replace(PLAN, sessions=PLAN.sessions * 2),
            ["sessions: s1 stands there 2 times; name it once"],
        ),
        (
            replace(
                PLAN, sessions=(*PLAN.sessions, replace(PLAN.sessions[0], session_id="s2", division_id="X"))
            ),
            ["sessions[1].division_id: X takes no part; add the division or drop the session"],
        ),
        (
            replace(PLAN, phases=(*PLAN.phases, replace(PLAN.phases[1], opens_on=LATE, deadline_on=LATE))),
            [
                "phases: calibration stands there 2 times; name it once",
                "phases[2].phase: it is out of order; follow the order "
                "goal_setting, mid_cycle, review, calibration, outcomes",
            ],
        ),
        (
            replace(PLAN, phases=PLAN.phases[:1]),
            ["phases: calibration is missing; plan that phase"],
        ),
        (
            replace(PLAN, phases=(PLAN.phases[0], replace(PLAN.phases[1], deadline_on=EARLY))),
            ["phases[1].deadline_on: it lies before the opening; give 2026-09-28 or later"],
        ),
        (
            replace(PLAN, phases=(replace(PLAN.phases[0], deadline_on=date(2026, 9, 28)), PLAN.phases[1])),
            ["phases[1].opens_on: the phase before is still open; open after 2026-09-28"],
        ),
        (
            replace(
                PLAN,
                phases=(
                    replace(PLAN.phases[0], phase=Phase.CALIBRATION),
                    replace(PLAN.phases[1], phase=Phase.REVIEW),
                ),
            ),
            [
                "phases[1].phase: it is out of order; follow the order "
                "goal_setting, mid_cycle, review, calibration, outcomes"
            ],
        ),
    ],
)
def test_a_problem_of_a_plan_says_where_what_and_what_to_do(plan: CyclePlan, problems: list[str]) -> None:
    assert [f"{each.field}: {each.message}; {each.fix}" for each in plan_problems(plan)] == problems
