"""What a rating leads to, beside pay."""

from enum import StrEnum

from outcomes.domain.errors import Rejected
from outcomes.domain.policy import TOP_RATINGS
from outcomes.domain.rules.promotion import promotion_case_opens


class Outcome(StrEnum):
    """A consequence of a final rating that a person receives or is offered."""

    STRETCH_ASSIGNMENT = "stretch_assignment"
    CONFERENCE_BUDGET = "conference_budget"
    LEADERSHIP_OPPORTUNITY = "leadership_opportunity"
    EQUITY_REFRESH = "equity_refresh"
    PROMOTION_REVIEW = "promotion_review"
    GROWTH_PLAN = "growth_plan"
    NINETY_DAY_PLAN = "ninety_day_plan"
    PIP_PROPOSAL = "pip_proposal"


DEVELOPMENT_CHOICES = (
    Outcome.STRETCH_ASSIGNMENT,
    Outcome.CONFERENCE_BUDGET,
    Outcome.LEADERSHIP_OPPORTUNITY,
)


def outcomes_of_rating(
    rating: int, *, recommended_for_promotion: bool, development: Outcome = Outcome.STRETCH_ASSIGNMENT
) -> tuple[Outcome, ...]:
    """4–5: one development choice, equity, a promotion review if recommended. 3: a growth plan. 2: a 90-day
    plan. 1: a PIP is proposed, subject to its gate.

    Raises:
        Rejected: ``unknown_rating``, or ``not_a_development_choice``.
    """
    if development not in DEVELOPMENT_CHOICES:
        raise Rejected(
            "not_a_development_choice", "a stretch assignment, conference budget or leadership opportunity"
        )
    if rating in TOP_RATINGS:
        opens = promotion_case_opens(rating=rating, recommended=recommended_for_promotion)
        return (development, Outcome.EQUITY_REFRESH, *((Outcome.PROMOTION_REVIEW,) if opens else ()))
    by_rating = {3: Outcome.GROWTH_PLAN, 2: Outcome.NINETY_DAY_PLAN, 1: Outcome.PIP_PROPOSAL}
    if rating not in by_rating:
        raise Rejected("unknown_rating", "a rating from 1 to 5")
    return (by_rating[rating],)
