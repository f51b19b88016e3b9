"""Events in: what this service does with each contract that it consumes."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from calibration.outbound import arrivals
from calibration.usecases import open_sessions
from plumbline.contracts.cycle import CycleOpenedV1, DepartmentReviewsCompletedV1, ResultsReleasedV1
from plumbline.contracts.event import Event
from plumbline.contracts.feedback import ConcernChangedV1, FeedbackGivenV1
from plumbline.contracts.goals import CheckInRecordedV1, KeyResultChangedV1, ObjectiveGradedV1
from plumbline.contracts.people import DemographicsStateV1
from plumbline.contracts.policy import PolicyStateV1
from plumbline.contracts.reviews import ManagerAssessmentSubmittedV1
from plumbline.runtime.inbox import Handler
from plumbline.runtime.message import Received
from plumbline.runtime.people_handler import PEOPLE_HANDLER


async def apply_cycles(tx: AsyncConnection, batch: Sequence[Received[CycleOpenedV1]]) -> None:
    """Store what cycles froze and plan."""
    for received in batch:
        await arrivals.store_cycle(tx, received.event)


async def apply_completions(
    tx: AsyncConnection, batch: Sequence[Received[DepartmentReviewsCompletedV1]]
) -> None:
    """Open the sessions of complete departments whose proposals are here."""
    await open_sessions.take_completions(tx, batch, now=_time_of(batch))


async def apply_proposals(
    tx: AsyncConnection, batch: Sequence[Received[ManagerAssessmentSubmittedV1]]
) -> None:
    """Take proposed ratings and open the sessions that they complete."""
    await open_sessions.take_proposals(tx, batch, now=_time_of(batch))


async def apply_check_ins(tx: AsyncConnection, batch: Sequence[Received[CheckInRecordedV1]]) -> None:
    """A check-in is evidence of its day."""
    events = [each.event for each in batch]
    dated = [(f"check-in/{each.check_in_id}", each.person_id, each.occurred_on) for each in events]
    await arrivals.store_evidence(tx, dated)


async def apply_key_results(tx: AsyncConnection, batch: Sequence[Received[KeyResultChangedV1]]) -> None:
    """An agreed change of a key result is evidence of its day; each change counts, so its place is its name."""
    dated = [
        (f"key-result/{each.aggregate}/{each.sequence}", each.event.person_id, each.event.occurred_on)
        for each in batch
    ]
    await arrivals.store_evidence(tx, dated)


async def apply_feedback(tx: AsyncConnection, batch: Sequence[Received[FeedbackGivenV1]]) -> None:
    """Continuous feedback is evidence of its day."""
    events = [each.event for each in batch]
    dated = [(f"feedback/{each.feedback_id}", each.person_id, each.occurred_on) for each in events]
    await arrivals.store_evidence(tx, dated)


async def apply_concerns(tx: AsyncConnection, batch: Sequence[Received[ConcernChangedV1]]) -> None:
    """A documented concern is evidence of the day on which it happened, however often its delivery changes."""
    events = [each.event for each in batch]
    dated = [(f"concern/{each.concern_id}", each.person_id, each.occurred_on) for each in events]
    await arrivals.store_evidence(tx, dated)


def _time_of(batch: Sequence[Received[Event]]) -> datetime:
    """The newest event's time: deterministic, unlike the clock."""
    return max(
        (each.time for each in batch if each.time is not None), default=datetime(1970, 1, 1, tzinfo=UTC)
    )


# State first, so that in one batch the inputs stand before what needs them.
HANDLERS: tuple[Handler, ...] = (
    PEOPLE_HANDLER,
    Handler(event=DemographicsStateV1, apply=arrivals.store_demographics),
    Handler(event=PolicyStateV1, apply=arrivals.store_policies),
    Handler(event=CycleOpenedV1, apply=apply_cycles),
    Handler(event=DepartmentReviewsCompletedV1, apply=apply_completions),
    Handler(event=ResultsReleasedV1, apply=arrivals.store_releases),
    Handler(event=CheckInRecordedV1, apply=apply_check_ins),
    Handler(event=KeyResultChangedV1, apply=apply_key_results),
    Handler(event=ObjectiveGradedV1, apply=arrivals.store_attainment),
    Handler(event=FeedbackGivenV1, apply=apply_feedback),
    Handler(event=ConcernChangedV1, apply=apply_concerns),
    Handler(event=ManagerAssessmentSubmittedV1, apply=apply_proposals),
)
