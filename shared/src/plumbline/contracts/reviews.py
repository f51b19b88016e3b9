"""What reviews publishes of one person's review: ids and ratings, never text."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from plumbline.contracts.event import Event, Rating
from plumbline.contracts.topics import REVIEWS, Topic


class ReviewEvent(Event):
    """An event of one person's review in one cycle."""

    TOPIC: ClassVar[Topic] = REVIEWS
    KEY: ClassVar[str] = "review_id"

    review_id: UUID
    cycle_id: UUID
    person_id: str


class SelfAssessmentSubmittedV1(ReviewEvent):
    """The employee submitted the self-assessment."""

    TYPE: ClassVar[str] = "pm.reviews.self-assessment-submitted.v1"

    on_time: bool
    submitted_on: date


class ManagerAssessmentSubmittedV1(ReviewEvent):
    """The manager submitted an independent assessment with a proposed rating."""

    TYPE: ClassVar[str] = "pm.reviews.manager-assessment-submitted.v1"

    session_id: UUID
    manager_id: str
    proposed_rating: Rating
    promotion_recommended: bool = False
    promotion_target_level: str | None = None
    on_time: bool
    submitted_on: date


class ReviewAcknowledgedV1(ReviewEvent):
    """The employee acknowledged (not: agreed with) the released result."""

    TYPE: ClassVar[str] = "pm.reviews.acknowledged.v1"

    acknowledged_on: date
