"""A cycle's plan, the cycle at each of its stages, and a review of it, as rules meet them, without a database."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from reviews.domain.assessments import Review
from reviews.domain.cycle import Cycle, Stage
from reviews.domain.rules.planning import CyclePlan, Phase, PlannedDivision, PlannedPhase, PlannedSession

PLAN = CyclePlan(
    name="Q3",
    starts_on=date(2026, 7, 1),
    ends_on=date(2026, 9, 30),
    divisions=(PlannedDivision(division_id="E", time_zone="Europe/Berlin"),),
    phases=(
        PlannedPhase(phase=Phase.REVIEW, opens_on=date(2026, 9, 21), deadline_on=date(2026, 9, 25)),
        PlannedPhase(phase=Phase.CALIBRATION, opens_on=date(2026, 9, 28), deadline_on=date(2026, 9, 29)),
    ),
    sessions=(PlannedSession(session_id="s1", division_id="E", department="P"),),
    template_versions=(("self", 1),),
)
UNNAMED = replace(PLAN, name=" ")
DRAFT = Cycle(cycle_id="c1", plan=PLAN)
APPROVED = replace(DRAFT, stage=Stage.APPROVED)
REVIEWING = replace(DRAFT, stage=Stage.RUNNING, open_phase=Phase.REVIEW)
REVIEWED = replace(DRAFT, stage=Stage.RUNNING, closed_phases=(Phase.REVIEW,))
CALIBRATING = replace(REVIEWED, stage=Stage.CALIBRATION, open_phase=Phase.CALIBRATION)
SETTLED = replace(CALIBRATING, settled_sessions=frozenset({"s1"}))
OVER = replace(SETTLED, open_phase=None, closed_phases=(Phase.REVIEW, Phase.CALIBRATION))
REVIEW = Review(
    review_id=UUID(int=1),
    cycle_id=UUID(int=7),
    person_id="ann",
    session_id=UUID(int=2),
    division="E",
    time_zone="Europe/Berlin",
    deadline_on=date(2026, 9, 25),
    phase_open=True,
    extended=False,
    excluded=False,
    submitted=False,
)
