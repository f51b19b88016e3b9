"""Opens a session once its department is complete and all of its proposals are in, whichever comes last."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from calibration.outbound import arrivals
from calibration.outbound.announcements import SOURCE, session_opened
from calibration.outbound.openings import find_complete, save_opened
from plumbline.contracts.cycle import DepartmentReviewsCompletedV1, proposals_digest
from plumbline.contracts.reviews import ManagerAssessmentSubmittedV1
from plumbline.runtime.inbox import Refusal, Refused
from plumbline.runtime.message import Received
from plumbline.runtime.outbox import announce

DIGEST_DIFFERS = "the proposed ratings do not add up to the department's digest"
OPEN_ALREADY = "the session is open already; its proposals no longer change"


async def take_proposals(
    tx: AsyncConnection, batch: Sequence[Received[ManagerAssessmentSubmittedV1]], *, now: datetime
) -> None:
    """Store proposed ratings and open the sessions that they complete.

    Raises:
        Refused: the session is open already, or its proposals do not add up to the digest.
    """
    states = await arrivals.lock_sessions(tx, {each.event.session_id: each.event.cycle_id for each in batch})
    late = [each for each in batch if states[each.event.session_id] != "awaiting_inputs"]
    if late:
        raise Refused([Refusal(received=each, reason=OPEN_ALREADY) for each in late])
    await arrivals.store_proposals(tx, batch)
    _refuse(batch, await open_complete(tx, states, now=now))


async def take_completions(
    tx: AsyncConnection, batch: Sequence[Received[DepartmentReviewsCompletedV1]], *, now: datetime
) -> None:
    """Store what departments are complete with and open those whose proposals are here already.

    Raises:
        Refused: a session's proposals do not add up to the digest.
    """
    states = await arrivals.lock_sessions(tx, {each.event.session_id: each.event.cycle_id for each in batch})
    await arrivals.store_completions(tx, batch)
    _refuse(batch, await open_complete(tx, states, now=now))


async def open_complete(
    tx: AsyncConnection, session_ids: Collection[UUID], *, now: datetime
) -> frozenset[UUID]:
    """Open those of these locked sessions that have everything; answers those whose digest differs."""
    complete = await find_complete(tx, session_ids)
    agreeing = [each for each in complete if proposals_digest(list(each.proposals)) == each.digest]
    if agreeing:
        await save_opened(tx, [each.session_id for each in agreeing], at=now)
        await announce(tx, [session_opened(each) for each in agreeing], source=SOURCE, now=now)
    return frozenset(each.session_id for each in complete) - {each.session_id for each in agreeing}


def _refuse(
    batch: Sequence[Received[ManagerAssessmentSubmittedV1] | Received[DepartmentReviewsCompletedV1]],
    wrong: frozenset[UUID],
) -> None:
    refused = [each for each in batch if each.event.session_id in wrong]
    if refused:
        raise Refused([Refusal(received=each, reason=DIGEST_DIFFERS) for each in refused])
