"""What feedback publishes: that something happened and when; never a body, never an author."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from plumbline.contracts.event import DecimalText, Event
from plumbline.contracts.topics import FEEDBACK, Topic


class FeedbackEvent(Event):
    """An event of the feedback service."""

    TOPIC: ClassVar[Topic] = FEEDBACK


class FeedbackGivenV1(FeedbackEvent):
    """Somebody gave continuous feedback about ``person_id``; it says neither who nor what."""

    TYPE: ClassVar[str] = "pm.feedback.given.v1"
    KEY: ClassVar[str] = "feedback_id"

    feedback_id: UUID
    person_id: str
    occurred_on: date


class RoundPublishedV1(FeedbackEvent):
    """A 360 round closed and what may be shown was computed, once; a peer's answer has no event."""

    TYPE: ClassVar[str] = "pm.feedback.round-published.v1"
    KEY: ClassVar[str] = "round_id"

    round_id: UUID
    cycle_id: UUID
    person_id: str
    state: Literal["shown", "suppressed"]
    published_on: date


class ConcernChangedV1(FeedbackEvent):
    """A documented concern as it now stands; ``gap`` is a short code, never free text.

    ``recorded_on`` is the server's day. The dates show whether it was contemporaneous and delivered.
    """

    TYPE: ClassVar[str] = "pm.feedback.concern-changed.v1"
    KEY: ClassVar[str] = "concern_id"

    concern_id: UUID
    cycle_id: UUID
    person_id: str
    gap: str
    occurred_on: date
    recorded_on: date
    delivered_on: date | None = None
    acknowledged_on: date | None = None
    refusal_witnessed_on: date | None = None
    resource_offered_on: date | None = None


class SurveyPublishedV1(FeedbackEvent):
    """An anonymous survey closed; the mean is shown as a band of half a point, or suppressed."""

    TYPE: ClassVar[str] = "pm.feedback.survey-published.v1"
    KEY: ClassVar[str] = "survey_id"

    survey_id: UUID
    cycle_id: UUID
    subject: Literal["fairness", "manager_satisfaction"]
    state: Literal["shown", "suppressed"]
    band_low: DecimalText | None = None
    band_high: DecimalText | None = None
