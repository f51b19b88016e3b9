"""Promotion, exceptions, and what a rating leads to."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest

from outcomes.domain.errors import Rejected
from outcomes.domain.policy import PromotionTiming
from outcomes.domain.rules import (
    count_exceptions,
    exception_lacks,
    outcomes_of_rating,
    promotion_case_opens,
    promotion_decision_lacks,
    promotion_increase,
    salary_after_merit_and_promotion,
)
from outcomes.domain.rules.development import Outcome
from outcomes.domain.rules.exceptions import AwardException, ExceptionKind
from outcomes.domain.rules.promotion import PromotionCase

NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize("rating", [1, 2, 3, 4, 5])
def test_a_recommendation_opens_a_promotion_case_for_a_top_rating(rating: int) -> None:
    assert promotion_case_opens(rating=rating, recommended=True) == (rating >= 4)
    assert not promotion_case_opens(rating=rating, recommended=False)


def test_a_promotion_decision_needs_evidence_for_each_criterion_and_reasons() -> None:
    bare = PromotionCase(criteria=("scope", "mentoring"), evidence={"scope": ("ev-1",)}, reasons=" ")
    assert promotion_decision_lacks(bare) == ("evidence for: mentoring", "reasons of the decision")
    complete = PromotionCase(criteria=("scope",), evidence={"scope": ("ev-1",)}, reasons="led the migration")
    assert promotion_decision_lacks(complete) == ()
    nothing = PromotionCase(criteria=(), evidence={}, reasons="because")
    assert promotion_decision_lacks(nothing) == ("criteria of the level",)
    empty = PromotionCase(criteria=("scope",), evidence={"scope": ()}, reasons="because")
    assert promotion_decision_lacks(empty) == ("evidence for: scope",)


def test_a_promotion_in_the_same_run_compounds_on_the_base_that_merit_left() -> None:
    after_merit = 19_474_000
    raised = salary_after_merit_and_promotion(
        after_merit, promotion_percent=Fraction(10), timing=PromotionTiming.SAME_RUN
    )
    assert raised == 21_421_400
    waits = salary_after_merit_and_promotion(
        after_merit, promotion_percent=Fraction(10), timing=PromotionTiming.NEXT_CYCLE
    )
    assert waits == after_merit


def test_a_promotion_raise_is_rounded_half_up() -> None:
    assert promotion_increase(10, Fraction(5)) == 1
    assert promotion_increase(9, Fraction(5)) == 0
    assert promotion_increase(1000, Fraction("7.25")) == 73


def test_an_exception_states_reason_approver_and_context() -> None:
    stated = AwardException(kind=ExceptionKind.OFF_MATRIX, reason="r", approver="hana", context="c")
    assert exception_lacks(stated) == ()
    bare = AwardException(kind=ExceptionKind.OFF_MATRIX, reason=" ", approver="", context="")
    assert exception_lacks(bare) == ("reason", "approver", "context")
    counted = count_exceptions([stated, bare])
    assert counted == {ExceptionKind.HIGH_PERFORMER_IN_UNDERPERFORMING_UNIT: 0, ExceptionKind.OFF_MATRIX: 2}


@pytest.mark.parametrize("rating", [4, 5])
def test_a_top_rating_leads_to_development_equity_and_a_review_if_recommended(rating: int) -> None:
    plain = outcomes_of_rating(rating, recommended_for_promotion=False)
    assert plain == (Outcome.STRETCH_ASSIGNMENT, Outcome.EQUITY_REFRESH)
    recommended = outcomes_of_rating(
        rating, recommended_for_promotion=True, development=Outcome.CONFERENCE_BUDGET
    )
    assert recommended == (Outcome.CONFERENCE_BUDGET, Outcome.EQUITY_REFRESH, Outcome.PROMOTION_REVIEW)


@pytest.mark.parametrize(
    ("rating", "outcome"),
    [(3, Outcome.GROWTH_PLAN), (2, Outcome.NINETY_DAY_PLAN), (1, Outcome.PIP_PROPOSAL)],
)
def test_a_lower_rating_leads_to_one_plan(rating: int, outcome: Outcome) -> None:
    assert outcomes_of_rating(rating, recommended_for_promotion=True) == (outcome,)


def test_an_unknown_rating_or_development_choice_is_refused() -> None:
    with pytest.raises(Rejected) as refused:
        outcomes_of_rating(6, recommended_for_promotion=False)
    assert refused.value.code == "unknown_rating"
    with pytest.raises(Rejected) as refused:
        outcomes_of_rating(4, recommended_for_promotion=False, development=Outcome.EQUITY_REFRESH)
    assert refused.value.code == "not_a_development_choice"
    offered = outcomes_of_rating(
        4, recommended_for_promotion=False, development=Outcome.LEADERSHIP_OPPORTUNITY
    )
    assert offered[0] is Outcome.LEADERSHIP_OPPORTUNITY
