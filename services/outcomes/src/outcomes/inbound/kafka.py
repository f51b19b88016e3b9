"""Events in: what this service does with each contract that it consumes."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.outbound import arrivals
from outcomes.outbound.cases import open_cycles, release_complete, take_turn
from outcomes.usecases.decide_outcomes import decide_ready_cases, note_latency
from plumbline.contracts.calibration import RatingsFinalizedV1
from plumbline.contracts.cycle import CycleOpenedV1, ResultsReleasedV1, SessionExcludedV1
from plumbline.contracts.event import Event
from plumbline.contracts.feedback import ConcernChangedV1
from plumbline.contracts.people import LeaveStateV1, PayStateV1, PersonStateV1
from plumbline.contracts.policy import PolicyStateV1
from plumbline.contracts.reviews import ManagerAssessmentSubmittedV1
from plumbline.runtime.inbox import Handler, Refusal, Refused
from plumbline.runtime.message import Received
from plumbline.runtime.people_handler import apply_people


async def apply_person(tx: AsyncConnection, batch: Sequence[Received[PersonStateV1]]) -> None:
    """Keep the directory, then decide what waited for these people."""
    await take_turn(tx)
    await apply_people(tx, batch)
    await _decide_waiting(tx, batch)


async def apply_pay(tx: AsyncConnection, batch: Sequence[Received[PayStateV1]]) -> None:
    """Store pay, then decide what waited for it."""
    await take_turn(tx)
    await arrivals.store_pay(tx, batch)
    await _decide_waiting(tx, batch)


async def apply_policies(tx: AsyncConnection, batch: Sequence[Received[PolicyStateV1]]) -> None:
    """Store policies, then decide what waited for them."""
    await take_turn(tx)
    await arrivals.store_policies(tx, batch)
    await _decide_waiting(tx, batch)


async def apply_cycles(tx: AsyncConnection, batch: Sequence[Received[CycleOpenedV1]]) -> None:
    """Store what cycles froze, then decide what waited for them."""
    await take_turn(tx)
    for received in batch:
        await arrivals.store_cycle(tx, received.event)
    await _decide_waiting(tx, batch)


async def apply_releases(tx: AsyncConnection, batch: Sequence[Received[ResultsReleasedV1]]) -> None:
    """Note that employees may see their results from now on."""
    for received in batch:
        await arrivals.store_release(tx, received.event)


async def apply_exclusions(tx: AsyncConnection, batch: Sequence[Received[SessionExcludedV1]]) -> None:
    """Let pools go on without sessions that their cycle excluded by name."""
    await take_turn(tx)
    for received in batch:
        await arrivals.store_exclusion(tx, received.event)
    cycle_ids = sorted({received.event.cycle_id for received in batch})
    await decide_ready_cases(tx, cycle_ids, now=_time_of(batch))


async def apply_assessments(
    tx: AsyncConnection, batch: Sequence[Received[ManagerAssessmentSubmittedV1]]
) -> None:
    """Store promotion recommendations, then decide what waited for them."""
    await take_turn(tx)
    await arrivals.store_recommendations(tx, batch)
    await _decide_waiting(tx, batch)


async def apply_ratings(tx: AsyncConnection, batch: Sequence[Received[RatingsFinalizedV1]]) -> None:
    """Store finalized ratings and decide every session that they complete."""
    await take_turn(tx)
    await arrivals.store_ratings(tx, batch)
    revisions = sorted({(each.event.session_id, each.event.revision) for each in batch})
    wrong = await release_complete(tx, revisions)
    if wrong:
        refused = [each for each in batch if each.event.session_id in wrong]
        reason = "the digest over the chunks' ratings differs from the announced one"
        raise Refused([Refusal(received=each, reason=reason) for each in refused])
    now = _time_of(batch)
    await decide_ready_cases(tx, sorted({each.event.cycle_id for each in batch}), now=now)
    for received in batch:
        note_latency(received.time, datetime.now(UTC))


async def _decide_waiting(tx: AsyncConnection, batch: Sequence[Received[Event]]) -> None:
    await decide_ready_cases(tx, await open_cycles(tx), now=_time_of(batch))


def _time_of(batch: Sequence[Received[Event]]) -> datetime:
    """The newest event's time: deterministic, unlike the clock."""
    return max(
        (each.time for each in batch if each.time is not None), default=datetime.min.replace(tzinfo=UTC)
    )


# State first, so that in one batch the inputs stand before what needs them.
HANDLERS: tuple[Handler, ...] = (
    Handler(event=PersonStateV1, apply=apply_person),
    Handler(event=PayStateV1, apply=apply_pay),
    Handler(event=LeaveStateV1, apply=arrivals.store_leave),
    Handler(event=PolicyStateV1, apply=apply_policies),
    Handler(event=CycleOpenedV1, apply=apply_cycles),
    Handler(event=ResultsReleasedV1, apply=apply_releases),
    Handler(event=SessionExcludedV1, apply=apply_exclusions),
    Handler(event=ConcernChangedV1, apply=arrivals.store_concerns),
    Handler(event=ManagerAssessmentSubmittedV1, apply=apply_assessments),
    Handler(event=RatingsFinalizedV1, apply=apply_ratings),
)
