"""What becomes of an assessment, a policy and a cycle's setup, decided without a database."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from reviews.domain.assessing import (
    decide_manager_assessment,
    decide_self_assessment,
    require_excludable,
    require_released,
)
from reviews.domain.assessments import (
    ManagerAnswers,
    ManagerAssessmentSaved,
    ManagerAssessmentSubmitted,
    Review,
    SelfAnswers,
    SelfAssessmentSubmitted,
)
from reviews.domain.errors import Rejected
from reviews.domain.templates import FormName, templates_of, unanswered
from reviews.domain.visibility import (
    PartState,
    Progress,
    state_of_final_rating,
    state_of_ratings,
    state_of_self_assessment,
    state_of_text,
    undocumented_discrepancy,
)

from .planned import REVIEW

V1 = templates_of("v1")
# 25 September ends in Berlin at 22:00 UTC.
LAST_SECOND = datetime(2026, 9, 25, 21, 59, 59, tzinfo=UTC)
TOO_LATE = datetime(2026, 9, 25, 22, tzinfo=UTC)
SELF = SelfAnswers(person_id="ann", overall=4, accomplishments=("a",), growth_areas=("b",))
MANAGER = ManagerAnswers(person_id="ann", strengths=("a",), development_areas=("b",), proposed_rating=4)


def decide_manager(
    review: Review = REVIEW, answers: ManagerAnswers = MANAGER, *, now: datetime = LAST_SECOND
) -> ManagerAssessmentSaved:
    return decide_manager_assessment(review, answers, author_id="mia", templates=V1, submit=True, now=now)


def test_on_time_ends_with_the_day_in_the_divisions_zone() -> None:
    for now, on_time in ((LAST_SECOND, True), (TOO_LATE, False)):
        fact = decide_self_assessment(REVIEW, SELF, templates=V1, submit=True, now=now)
        assert isinstance(fact, SelfAssessmentSubmitted)
        assert fact.on_time is on_time


def test_a_closed_phase_takes_only_what_was_extended_and_only_until_then() -> None:
    closed = replace(REVIEW, phase_open=False)
    extended = replace(closed, extended=True)
    with pytest.raises(Rejected, match="not open"):
        decide_manager(closed)
    assert isinstance(decide_manager(extended), ManagerAssessmentSubmitted)
    with pytest.raises(Rejected, match="not open"):
        decide_manager(extended, now=TOO_LATE)


@pytest.mark.parametrize("change", [{"submitted": True}, {"excluded": True}])
def test_what_is_in_or_excluded_takes_no_assessment(change: dict[str, bool]) -> None:
    with pytest.raises(Rejected) as refused:
        decide_manager(replace(REVIEW, **change))
    assert refused.value.status == "conflict"


@pytest.mark.parametrize("overall", [0, 6])
def test_a_rating_is_from_1_to_5(overall: int) -> None:
    with pytest.raises(Rejected, match="no rating"):
        decide_self_assessment(
            REVIEW, replace(SELF, overall=overall), templates=V1, submit=False, now=LAST_SECOND
        )
    with pytest.raises(Rejected, match="no rating"):
        decide_manager(answers=replace(MANAGER, proposed_rating=overall))


def test_a_submission_answers_every_required_field_and_a_draft_need_not() -> None:
    empty = SelfAnswers(person_id="ann", accomplishments=("  ",))
    with pytest.raises(Rejected) as refused:
        decide_self_assessment(REVIEW, empty, templates=V1, submit=True, now=LAST_SECOND)
    assert refused.value.fix.startswith("fill in overall, accomplishments, growth_areas")
    kept = decide_self_assessment(REVIEW, empty, templates=V1, submit=False, now=LAST_SECOND)
    assert not isinstance(kept, SelfAssessmentSubmitted)


def test_a_recommended_promotion_names_its_target_level() -> None:
    with pytest.raises(Rejected, match="promotion_target_level"):
        decide_manager(answers=replace(MANAGER, promotion_recommended=True))
    named = replace(MANAGER, promotion_recommended=True, promotion_target_level="L5")
    assert isinstance(decide_manager(answers=named), ManagerAssessmentSubmitted)


@pytest.mark.parametrize(
    ("own", "evidence", "submitted"),
    [(None, "", True), (3, "", True), (5, "", True), (2, "", False), (2, " ", False), (2, "PM-1", True)],
)
def test_a_difference_of_two_needs_evidence_before_it_counts(
    own: int | None, evidence: str, submitted: bool
) -> None:
    answers = replace(MANAGER, discrepancy_evidence=evidence)
    fact = decide_manager(replace(REVIEW, self_overall=own), answers)
    assert isinstance(fact, ManagerAssessmentSubmitted) is submitted
    assert fact.missing == (() if submitted else ("discrepancy_evidence",))


def test_somebody_is_excluded_with_a_reason_and_never_as_the_last() -> None:
    require_excludable(REVIEW, reason="left", others=1)
    for review, reason, others in (
        (REVIEW, " ", 1),
        (REVIEW, "left", 0),
        (replace(REVIEW, submitted=True), "left", 1),
        (replace(REVIEW, excluded=True), "left", 1),
    ):
        with pytest.raises(Rejected):
            require_excludable(review, reason=reason, others=others)


@pytest.mark.parametrize(("released", "has_rating"), [(False, True), (True, False)])
def test_only_a_released_result_is_acknowledged(released: bool, has_rating: bool) -> None:
    require_released(released=True, has_rating=True)
    with pytest.raises(Rejected):
        require_released(released=released, has_rating=has_rating)


NOTHING = Progress(
    self_submitted=False,
    manager_draft_complete=False,
    manager_submitted=False,
    shared=False,
    released=False,
)


def test_each_part_of_a_review_passes_its_own_states() -> None:
    both = replace(NOTHING, self_submitted=True, manager_draft_complete=True)
    submitted = replace(both, manager_submitted=True)
    assert state_of_self_assessment(NOTHING) is PartState.DRAFT
    assert state_of_self_assessment(replace(NOTHING, self_submitted=True)) is PartState.SUBMITTED
    assert state_of_self_assessment(both) is PartState.BOTH_SUBMITTED
    assert (state_of_text(both), state_of_ratings(both)) == (PartState.DRAFT, PartState.DRAFT)
    assert state_of_text(submitted) is PartState.SUBMITTED
    assert state_of_ratings(submitted) is PartState.BEFORE_RELEASE
    shared = replace(submitted, shared=True)
    assert (state_of_text(shared), state_of_ratings(shared)) == (
        PartState.AFTER_RELEASE,
        PartState.BEFORE_RELEASE,
    )
    released = replace(submitted, released=True)
    assert state_of_text(released) is state_of_ratings(released) is PartState.AFTER_RELEASE
    assert state_of_final_rating(submitted) is PartState.BEFORE_RELEASE
    assert state_of_final_rating(released) is PartState.AFTER_RELEASE


def test_a_draft_that_was_never_submitted_stays_hidden_after_the_release() -> None:
    unfinished = replace(NOTHING, manager_draft_complete=True, released=True)
    assert state_of_ratings(unfinished) is state_of_text(unfinished) is PartState.DRAFT


def test_a_discrepancy_is_undocumented_only_from_two_on_and_without_words() -> None:
    assert undocumented_discrepancy(self_rating=5, manager_rating=3, evidence="")
    assert not undocumented_discrepancy(self_rating=4, manager_rating=3, evidence="")
    assert not undocumented_discrepancy(self_rating=5, manager_rating=3, evidence="x")
    assert not undocumented_discrepancy(self_rating=None, manager_rating=3, evidence="")
    assert not undocumented_discrepancy(self_rating=5, manager_rating=None, evidence="")


def test_the_forms_name_what_is_missing_in_their_order() -> None:
    assert unanswered(V1, FormName.PEER, answered={"does_well"}) == (
        "relationship",
        "to_improve",
        "work_with_again",
    )
    with pytest.raises(Rejected) as refused:
        templates_of("v9")
    assert refused.value.status == "not_found"
