"""Events in: what this service does with each contract that it consumes."""

from collections.abc import Sequence
from datetime import UTC, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from outcomes.domain.rules.usable import FIRST_DAY, LAST_DAY
from outcomes.outbound import arrivals
from outcomes.outbound.budgets import change_budget
from outcomes.outbound.releases import release_complete
from outcomes.outbound.turns import take_turn_to_complete, take_turn_to_decide
from outcomes.usecases.decide_outcomes import decide_ready_cases
from plumbline.contracts.calibration import RatingsFinalizedV1
from plumbline.contracts.cycle import (
    BudgetChangedV1,
    CycleOpenedV1,
    ResultsReleasedV1,
    SessionExcludedV1,
)
from plumbline.contracts.feedback import ConcernChangedV1
from plumbline.contracts.people import LeaveStateV1, PayStateV1, PersonStateV1
from plumbline.contracts.policy import PolicyStateV1
from plumbline.contracts.reviews import ManagerAssessmentSubmittedV1
from plumbline.runtime.inbox import Handler, Refusal, Refused
from plumbline.runtime.message import Received
from plumbline.runtime.parts import Parts
from plumbline.runtime.people_handler import apply_people

log = structlog.get_logger("plumbline.outcomes")


async def apply_cycles(tx: AsyncConnection, batch: Sequence[Received[CycleOpenedV1]]) -> None:
    """Store what cycles froze."""
    for received in batch:
        await arrivals.store_cycle(tx, received.event)


async def apply_releases(tx: AsyncConnection, batch: Sequence[Received[ResultsReleasedV1]]) -> None:
    """Note that employees may see their results from now on."""
    for received in batch:
        await arrivals.store_release(tx, received.event)


async def apply_exclusions(tx: AsyncConnection, batch: Sequence[Received[SessionExcludedV1]]) -> None:
    """Let pools go on without sessions that their cycle excluded by name."""
    for received in batch:
        await arrivals.store_exclusion(tx, received.event)


async def apply_budgets(tx: AsyncConnection, batch: Sequence[Received[BudgetChangedV1]]) -> None:
    """Give pools other budgets; nobody may be awarding one of them meanwhile."""
    await take_turn_to_decide(tx)
    for received in batch:
        if not await change_budget(tx, received.event):
            log.warning("budget too late", pool_id=str(received.event.pool_id), cycle_id=received.aggregate)


async def apply_ratings(tx: AsyncConnection, batch: Sequence[Received[RatingsFinalizedV1]]) -> None:
    """Store finalized ratings; a session's are released when all of its chunks are here and agree."""
    out_of_time = [each for each in batch if not FIRST_DAY <= each.event.finalized_on <= LAST_DAY]
    if out_of_time:
        reason = "finalized_on is a day from which no plan can be reckoned"
        raise Refused([Refusal(received=each, reason=reason) for each in out_of_time])
    await take_turn_to_complete(tx)
    await arrivals.store_ratings(tx, batch)
    revisions = sorted({(each.event.session_id, each.event.revision) for each in batch})
    wrong = await release_complete(tx, revisions, sorted({each.event.cycle_id for each in batch}))
    if wrong:
        refused = [each for each in batch if each.event.session_id in wrong]
        reason = "the digest over the chunks' ratings differs from the announced one"
        raise Refused([Refusal(received=each, reason=reason) for each in refused])


async def decide(engine: AsyncEngine, newest: datetime | None) -> None:
    """Decide what is complete now; outcomes carry the time of the newest event that led to them."""
    async with engine.begin() as tx:
        await decide_ready_cases(tx, lambda: Parts(engine), now=newest or datetime.now(UTC))


# State first, so that in one batch the inputs stand before what needs them.
HANDLERS: tuple[Handler, ...] = (
    Handler(event=PersonStateV1, apply=apply_people, then=decide),
    Handler(event=PayStateV1, apply=arrivals.store_pay, then=decide),
    Handler(event=LeaveStateV1, apply=arrivals.store_leave),
    Handler(event=PolicyStateV1, apply=arrivals.store_policies, then=decide),
    Handler(event=CycleOpenedV1, apply=apply_cycles, then=decide),
    Handler(event=ResultsReleasedV1, apply=apply_releases),
    Handler(event=SessionExcludedV1, apply=apply_exclusions, then=decide),
    Handler(event=BudgetChangedV1, apply=apply_budgets, then=decide),
    Handler(event=ConcernChangedV1, apply=arrivals.store_concerns),
    Handler(event=ManagerAssessmentSubmittedV1, apply=arrivals.store_recommendations, then=decide),
    Handler(event=RatingsFinalizedV1, apply=apply_ratings, then=decide),
)
