"""Read one round as far as the viewer may see it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from feedback.domain.rules.forms import Response
from feedback.domain.sealing import seal_respondent
from feedback.outbound.answers import find_answer
from feedback.outbound.publications import find_result
from feedback.outbound.rounds import Round, load_rounds
from feedback.usecases.queries import count_given
from plumbline.runtime.access import Action, Relation, Resource, State, may
from plumbline.runtime.directory import relations
from plumbline.runtime.security import limit_to_divisions


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundView:
    """A round; what the viewer may not see is None."""

    round: Round
    responses: int | None
    shows_raters: bool
    result: dict[str, Any] | None
    own_answer: Response | None


async def read_round(tx: AsyncConnection, *, round_id: UUID, viewer: str, secret: bytes) -> RoundView | None:
    """The round, or None when there is none that the viewer may see."""
    found = (await load_rounds(tx, [round_id])).get(round_id)
    if found is None:
        return None
    as_rater = [Relation.AUTHOR] if viewer in found.raters else []
    held = await relations(tx, viewer, found.person_id, in_context=as_rater)
    state = State.CLOSED if found.state == "published" else State.OPEN
    if not may(held, action=Action.READ, resource=Resource.FEEDBACK_ROUND, state=state):
        return None
    # A rater may belong to another division than the person; the policy just said yes.
    await limit_to_divisions(tx, [found.division])
    reads_result = may(held, action=Action.READ, resource=Resource.PEER_ANSWERS, state=state)
    reads_own = may(held, action=Action.READ, resource=Resource.PEER_ANSWER, state=state)
    return RoundView(
        round=found,
        responses=found.responses if state is State.CLOSED else await count_given(tx, round_id),
        shows_raters=may(held, action=Action.READ, resource=Resource.RATER_LIST, state=state),
        result=await find_result(tx, round_id) if reads_result else None,
        own_answer=await find_own(tx, found, viewer, secret) if reads_own else None,
    )


async def find_own(tx: AsyncConnection, about: Round, viewer: str, secret: bytes) -> Response | None:
    """The viewer's own form, which only the secret leads to."""
    sealed = seal_respondent(secret, subject=about.person_id, respondent=viewer)
    return await find_answer(tx, about.round_id, sealed) or await find_answer(tx, about.round_id, viewer)
