"""What keeps the manager's assessment independent of the self-assessment."""

from reviews.domain.errors import Rejected

DISCREPANT_FROM = 2
LOWEST_RATING = 1
HIGHEST_RATING = 5


def manager_may_read_self_assessment(*, own_draft_submitted: bool) -> bool:
    """Only after submitting an own draft. Source: domain rules, Reviews, "independence"."""
    return own_draft_submitted


def require_rating(field: str, rating: int) -> None:
    """A rating is a whole number from 1 to 5.

    Raises:
        Rejected: it is not.
    """
    if not LOWEST_RATING <= rating <= HIGHEST_RATING:
        raise Rejected(field=field, message=f"{rating} is no rating", fix="give a whole number from 1 to 5")


def is_discrepant(*, self_rating: int, manager_rating: int) -> bool:
    """Whether the two differ by 2 or more. Source: domain rules, Reviews, "discrepancy"."""
    return abs(self_rating - manager_rating) >= DISCREPANT_FROM


def may_enter_calibration(*, self_rating: int | None, manager_rating: int, evidence: str) -> bool:
    """A discrepancy has its evidence documented first; without a self-rating there is none to explain."""
    if self_rating is None or not is_discrepant(self_rating=self_rating, manager_rating=manager_rating):
        return True
    return bool(evidence.strip())
