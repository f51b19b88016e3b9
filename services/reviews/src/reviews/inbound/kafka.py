"""Events in: what this service does with each contract that it consumes."""

from plumbline.contracts.calibration import RatingsFinalizedV1, SessionFinalizedV1
from plumbline.contracts.feedback import RoundPublishedV1
from plumbline.contracts.goals import ObjectiveGradedV1
from plumbline.runtime.inbox import Handler
from plumbline.runtime.people_handler import PEOPLE_HANDLER
from reviews.usecases.record_evidence import record_graded_goals, record_published_rounds
from reviews.usecases.record_final_ratings import record_final_ratings, record_finalized_sessions

HANDLERS: tuple[Handler, ...] = (
    PEOPLE_HANDLER,
    Handler(event=ObjectiveGradedV1, apply=record_graded_goals),
    Handler(event=RoundPublishedV1, apply=record_published_rounds),
    Handler(event=RatingsFinalizedV1, apply=record_final_ratings),
    Handler(event=SessionFinalizedV1, apply=record_finalized_sessions),
)
