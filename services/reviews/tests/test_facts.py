"""Each command's fact holds what the command said, and the cycle keeps what the fact says."""

from dataclasses import replace
from datetime import UTC, date, datetime
from enum import StrEnum

import pytest

from reviews.domain.assessing import decide_manager_assessment, decide_self_assessment
from reviews.domain.assessments import (
    Assessment,
    ManagerAnswers,
    ManagerAssessmentSaved,
    ManagerAssessmentSubmitted,
    OkrResult,
    SelfAnswers,
    SelfAssessmentSaved,
    SelfAssessmentSubmitted,
)
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
from reviews.domain.events import (
    CycleApproved,
    CycleClosed,
    CycleDrafted,
    DeadlineExtended,
    PhaseClosed,
    PhaseOpened,
    ResultsReleased,
    SessionSettled,
)
from reviews.domain.rules.planning import Phase
from reviews.domain.rules.release import ReviewPart
from reviews.domain.setup import Department, plan_facilitators
from reviews.domain.templates import FieldKind, FormName, templates_of
from reviews.domain.visibility import PartState

from .planned import PLAN as ONE_FORM
from .planned import REVIEW as EARLIER

NOW = datetime(2026, 9, 28, 12, tzinfo=UTC)
PLAN = replace(ONE_FORM, template_versions=(("self", 1), ("manager", 2)))
DRAFT = Cycle(cycle_id="c1", plan=PLAN)


def test_a_cycle_keeps_what_each_command_said_from_draft_to_closed() -> None:
    drafted = draft_cycle("c1", PLAN, now=NOW)
    assert drafted == CycleDrafted(cycle_id="c1", at=NOW, plan=PLAN)
    cycle = evolve(None, drafted)
    assert cycle == DRAFT
    approved = approve_cycle(cycle, coordinator_id="cora", policy_digests={"E": "d"}, now=NOW)
    versions, digests = {"self": 1, "manager": 2}, {"E": "d"}
    assert approved == CycleApproved(
        cycle_id="c1",
        at=NOW,
        coordinator_id="cora",
        template_versions=versions,
        policy_digests=digests,
    )
    cycle = evolve(cycle, approved)
    frozen = replace(DRAFT, stage=Stage.APPROVED, template_versions=versions, policy_digests=digests)
    assert cycle == frozen
    opened = open_phase(cycle, Phase.REVIEW, now=NOW)
    assert opened == PhaseOpened(cycle_id="c1", at=NOW, phase=Phase.REVIEW)
    cycle = evolve(cycle, opened)
    assert cycle == replace(frozen, stage=Stage.RUNNING, open_phase=Phase.REVIEW)
    later = date(2026, 9, 27)
    extended = extend_deadline(
        cycle, Phase.REVIEW, division_id="E", extended_to=later, reason="holiday", now=NOW
    )
    assert extended == DeadlineExtended(
        cycle_id="c1", at=NOW, phase=Phase.REVIEW, division_id="E", extended_to=later, reason="holiday"
    )
    cycle = evolve(cycle, extended)
    assert cycle.extensions == {(Phase.REVIEW, "E"): later}
    assert cycle.deadline_of(Phase.REVIEW, division_id="E") == later
    assert cycle.deadline_of(Phase.REVIEW, division_id="F") == date(2026, 9, 25)
    closed = close_phase(cycle, Phase.REVIEW, now=NOW)
    assert closed == PhaseClosed(cycle_id="c1", at=NOW, phase=Phase.REVIEW)
    cycle = evolve(cycle, closed)
    assert (cycle.open_phase, cycle.closed_phases) == (None, (Phase.REVIEW,))
    cycle = evolve(cycle, open_phase(cycle, Phase.CALIBRATION, now=NOW))
    assert cycle.stage is Stage.CALIBRATION
    settled = settle_session(cycle, session_id="s1", excluded_because="dissolved", now=NOW)
    assert settled == SessionSettled(cycle_id="c1", at=NOW, session_id="s1", excluded_because="dissolved")
    cycle = evolve(cycle, settled)
    assert (cycle.settled_sessions, cycle.unsettled_sessions) == ({"s1"}, ())
    cycle = evolve(cycle, close_phase(cycle, Phase.CALIBRATION, now=NOW))
    released = release_results(cycle, now=NOW)
    assert released == ResultsReleased(cycle_id="c1", at=NOW)
    cycle = evolve(cycle, released)
    assert cycle.stage is Stage.RELEASED
    over = close_cycle(cycle, now=NOW)
    assert over == CycleClosed(cycle_id="c1", at=NOW)
    assert evolve(cycle, over).stage is Stage.CLOSED


REVIEW = replace(EARLIER, deadline_on=date(2026, 9, 29), self_overall=4)
SELF = SelfAnswers(person_id="ann", overall=5, accomplishments=("a",), growth_areas=("b",))
MANAGER = ManagerAnswers(person_id="ann", strengths=("a",), development_areas=("b",), proposed_rating=1)


def test_a_self_assessment_is_kept_or_handed_in() -> None:
    v1 = templates_of("v1")
    kept = decide_self_assessment(REVIEW, SELF, templates=v1, submit=False, now=NOW)
    assert kept == SelfAssessmentSaved(review=REVIEW, answers=SELF, at=NOW)
    handed_in = decide_self_assessment(REVIEW, SELF, templates=v1, submit=True, now=NOW)
    assert handed_in == SelfAssessmentSubmitted(review=REVIEW, answers=SELF, at=NOW, on_time=True)


@pytest.mark.parametrize("submit", [False, True])
def test_a_rating_off_the_scale_names_its_field(submit: bool) -> None:
    with pytest.raises(Rejected) as refused:
        decide_self_assessment(
            REVIEW, replace(SELF, overall=6), templates=templates_of("v1"), submit=submit, now=NOW
        )
    assert refused.value.field == "overall"


def test_a_managers_assessment_is_kept_with_what_it_lacks_or_handed_in() -> None:
    v1 = templates_of("v1")

    def decide(answers: ManagerAnswers, *, submit: bool) -> ManagerAssessmentSaved:
        return decide_manager_assessment(
            REVIEW, answers, author_id="mia", templates=v1, submit=submit, now=NOW
        )

    nothing = ManagerAnswers(person_id="ann", promotion_recommended=True)
    assert decide(nothing, submit=False) == ManagerAssessmentSaved(
        review=REVIEW,
        answers=nothing,
        author_id="mia",
        at=NOW,
        missing=("strengths", "development_areas", "proposed_rating", "promotion_target_level"),
    )
    assert decide(MANAGER, submit=False).missing == ("discrepancy_evidence",)
    explained = replace(MANAGER, discrepancy_evidence="PM-1")
    assert decide(explained, submit=True) == ManagerAssessmentSubmitted(
        review=REVIEW, answers=explained, author_id="mia", at=NOW, proposed_rating=1, on_time=True
    )
    assert type(decide(explained, submit=False)) is ManagerAssessmentSaved


def test_only_what_says_something_is_answered() -> None:
    row = OkrResult(key_result="k", target="t", actual="a", grade="Met")
    says = SelfAnswers(
        person_id="ann",
        overall=1,
        okr_results=(row,),
        accomplishments=(" ", "a"),
        growth_areas=("b",),
        aspirations=("c",),
    )
    assert says.answered() == {"overall", "okr_results", "accomplishments", "growth_areas", "aspirations"}
    assert SelfAnswers(person_id="ann", aspirations=(" ",)).answered() == set()
    full = ManagerAnswers(
        person_id="ann",
        strengths=("a",),
        development_areas=("b",),
        proposed_rating=3,
        promotion_target_level="L5",
        evidence_links=("e",),
        discrepancy_evidence="d",
    )
    assert full.answered() == {
        *("strengths", "development_areas", "proposed_rating", "promotion_target_level"),
        *("evidence_links", "discrepancy_evidence"),
    }
    blank = ManagerAnswers(person_id="ann", promotion_target_level=" ", discrepancy_evidence=" ")
    assert blank.answered() == ManagerAnswers(person_id="ann").answered() == set()


def test_each_department_has_its_own_facilitator_or_the_default() -> None:
    b, a, c = (Department(division=d, name=n) for d, n in (("E", "Q"), ("E", "P"), ("D", "Z")))
    planned = plan_facilitators([b, a, c], chosen={a: "ada"}, default="fay")
    assert list(planned.items()) == [(c, "fay"), (a, "ada"), (b, "fay")]


@pytest.mark.parametrize(
    ("vocabulary", "words"),
    [
        (Stage, "draft approved running calibration released closed"),
        (Phase, "goal_setting mid_cycle review calibration outcomes"),
        (Assessment, "self manager"),
        (PartState, "draft submitted both_submitted before_release after_release"),
        (ReviewPart, "written_assessment proposed_rating promotion_recommendation final_rating"),
        (FormName, "self manager check_in peer"),
        (FieldKind, "text lines rating choice rows links"),
    ],
)
def test_stored_words_stay_as_they_are(vocabulary: type[StrEnum], words: str) -> None:
    assert " ".join(vocabulary) == words
