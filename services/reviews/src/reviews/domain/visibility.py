"""In which state each part of a review is, from which its readers follow."""

from dataclasses import dataclass
from enum import StrEnum

from reviews.domain.rules.independence import is_discrepant, manager_may_read_self_assessment
from reviews.domain.rules.release import ReviewPart, employee_may_see


class PartState(StrEnum):
    """How far a part of a review has come."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    BOTH_SUBMITTED = "both_submitted"
    BEFORE_RELEASE = "before_release"
    AFTER_RELEASE = "after_release"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What has happened to a review; a manager's draft counts as the manager's own once it is complete."""

    self_submitted: bool
    manager_draft_complete: bool
    manager_submitted: bool
    shared: bool
    released: bool


def state_of_self_assessment(progress: Progress) -> PartState:
    """The manager reads the self-assessment only after an own draft."""
    if not progress.self_submitted:
        return PartState.DRAFT
    if manager_may_read_self_assessment(own_draft_submitted=progress.manager_draft_complete):
        return PartState.BOTH_SUBMITTED
    return PartState.SUBMITTED


def state_of_text(progress: Progress) -> PartState:
    """The written assessment may be shared before the calibration."""
    if not progress.manager_submitted:
        return PartState.DRAFT
    seen = employee_may_see(
        ReviewPart.WRITTEN_ASSESSMENT, shared_by_manager=progress.shared, result_released=progress.released
    )
    return PartState.AFTER_RELEASE if seen else PartState.SUBMITTED


def state_of_ratings(progress: Progress) -> PartState:
    """Proposed rating and promotion recommendation are the employee's to see after the release."""
    if not progress.manager_submitted:
        return PartState.DRAFT
    seen = employee_may_see(
        ReviewPart.PROPOSED_RATING, shared_by_manager=progress.shared, result_released=progress.released
    )
    return PartState.AFTER_RELEASE if seen else PartState.BEFORE_RELEASE


def state_of_final_rating(progress: Progress) -> PartState:
    """The calibrated rating is the employee's to see after the release."""
    return PartState.AFTER_RELEASE if progress.released else PartState.BEFORE_RELEASE


def undocumented_discrepancy(*, self_rating: int | None, manager_rating: int | None, evidence: str) -> bool:
    """Whether the two ratings differ by 2 or more and nobody has written why."""
    if self_rating is None or manager_rating is None or evidence.strip():
        return False
    return is_discrepant(self_rating=self_rating, manager_rating=manager_rating)
