"""Each assessment that somebody saves or submits becomes a fact, or is rejected with its field and fix."""

from datetime import datetime

from reviews.domain.assessments import (
    ManagerAnswers,
    ManagerAssessmentSaved,
    ManagerAssessmentSubmitted,
    Review,
    SelfAnswers,
    SelfAssessmentSaved,
    SelfAssessmentSubmitted,
)
from reviews.domain.errors import Rejected
from reviews.domain.rules.deadlines import is_on_time
from reviews.domain.rules.independence import may_enter_calibration, require_rating
from reviews.domain.templates import FormName, TemplateSet, unanswered

DISCREPANCY = "discrepancy_evidence"
TARGET_LEVEL = "promotion_target_level"


def decide_self_assessment(
    review: Review, answers: SelfAnswers, *, templates: TemplateSet, submit: bool, now: datetime
) -> SelfAssessmentSaved:
    """A draft may be incomplete; a submission answers every required field, once."""
    require_window(review, now=now)
    if answers.overall is not None:
        require_rating("overall", answers.overall)
    missing = unanswered(templates, FormName.SELF, answered=answers.answered())
    if not submit:
        return SelfAssessmentSaved(review=review, answers=answers, at=now)
    _require_answers(missing)
    return SelfAssessmentSubmitted(
        review=review, answers=answers, at=now, on_time=_is_on_time(review, now=now)
    )


def decide_manager_assessment(
    review: Review,
    answers: ManagerAnswers,
    *,
    author_id: str,
    templates: TemplateSet,
    submit: bool,
    now: datetime,
) -> ManagerAssessmentSaved:
    """A submission answers every required field, once; an unexplained discrepancy leaves it a draft.

    It stays a draft, and is not refused, because a refusal would tell the manager of the self-rating before
    an own draft exists. Source: domain rules, Reviews, "independence" and "discrepancy".
    """
    require_window(review, now=now)
    if answers.proposed_rating is not None:
        require_rating("proposed_rating", answers.proposed_rating)
    missing = _missing(answers, templates=templates)
    if submit:
        _require_answers(missing)
    rating = answers.proposed_rating
    if rating is not None and not may_enter_calibration(
        self_rating=review.self_overall, manager_rating=rating, evidence=answers.discrepancy_evidence
    ):
        missing = (*missing, DISCREPANCY)
    if not submit or missing or rating is None:
        return ManagerAssessmentSaved(
            review=review, answers=answers, author_id=author_id, at=now, missing=missing
        )
    return ManagerAssessmentSubmitted(
        review=review,
        answers=answers,
        author_id=author_id,
        at=now,
        proposed_rating=rating,
        on_time=_is_on_time(review, now=now),
    )


def require_window(review: Review, *, now: datetime) -> None:
    """Assessments are written while the review phase is open, or under an extension, until they are submitted."""
    if review.excluded:
        raise Rejected(
            field="person_id",
            message="this person was excluded from the cycle",
            fix="leave this person out",
            status="conflict",
        )
    if review.submitted:
        raise Rejected(
            field="person_id",
            message="this assessment was submitted already",
            fix="leave this person out",
            status="conflict",
        )
    if not review.phase_open and not (review.extended and _is_on_time(review, now=now)):
        raise Rejected(
            field="phase",
            message="the review phase is not open",
            fix="wait for it to open, or ask the HR partner for an extension",
            status="conflict",
        )


def _missing(answers: ManagerAnswers, *, templates: TemplateSet) -> tuple[str, ...]:
    answered = answers.answered()
    missing = unanswered(templates, FormName.MANAGER, answered=answered)
    if answers.promotion_recommended and TARGET_LEVEL not in answered:
        return (*missing, TARGET_LEVEL)
    return missing


def _require_answers(missing: tuple[str, ...]) -> None:
    if missing:
        raise Rejected(
            field=missing[0],
            message="this is needed before it can be submitted",
            fix=f"fill in {', '.join(missing)}, or save it as a draft",
        )


def _is_on_time(review: Review, *, now: datetime) -> bool:
    return is_on_time(submitted_at=now, deadline_on=review.deadline_on, time_zone=review.time_zone)


def require_excludable(review: Review, *, reason: str, others: int) -> None:
    """Somebody is excluded with a reason, before the manager's assessment is in, and never as the last one.

    Raises:
        Rejected: one of these does not hold.
    """
    require_text("reason", reason)
    if review.excluded or review.submitted:
        raise Rejected(
            field="person_id",
            message="this person was excluded already, or the assessment is in",
            fix="leave this person as is",
            status="conflict",
        )
    if others < 1:
        raise Rejected(
            field="person_id",
            message="nobody else is left in this department",
            fix="write the assessment, or plan the next cycle without the department",
            status="conflict",
        )


def require_text(field: str, text: str) -> None:
    """A text says something.

    Raises:
        Rejected: it is empty.
    """
    if not text.strip():
        raise Rejected(field=field, message="it is empty", fix="write a sentence")


def require_submitted(review: Review) -> None:
    """The assessment is in.

    Raises:
        Rejected: it is not.
    """
    if not review.submitted:
        raise Rejected(
            field="person_id",
            message="the assessment was not submitted yet",
            fix="submit it first",
            status="conflict",
        )


def require_released(*, released: bool, has_rating: bool) -> None:
    """Only a result that was released can be acknowledged.

    Raises:
        Rejected: the cycle's results are not released, or this person has none.
    """
    if not released or not has_rating:
        raise Rejected(
            field="state",
            message="there is no released result to acknowledge",
            fix="wait for the release",
            status="conflict",
        )
