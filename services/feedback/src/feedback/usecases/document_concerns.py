"""Document concerns about one's reports, dated by the server's clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from feedback.domain.concern_steps import DocumentedConcern, require_past
from feedback.outbound.concerns import announce_concerns, insert_concerns
from feedback.outbound.cycles import require_running_cycle
from feedback.usecases.known_people import require_known
from plumbline.runtime.directory import find_people


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernDraft:
    """What happened, when, and which gap it is about (a short code)."""

    cycle_id: UUID
    person_id: str
    gap: str
    text: str
    occurred_on: date


async def document_concerns(
    tx: AsyncConnection, *, author: str, drafts: Sequence[ConcernDraft], now: datetime
) -> tuple[DocumentedConcern, ...]:
    """Store and announce these concerns, all or none.

    Raises:
        Rejected: a cycle or person is not known, the cycle is over, or something has not happened yet.
    """
    for cycle_id in sorted({each.cycle_id for each in drafts}):
        await require_running_cycle(tx, cycle_id)
    people = await find_people(tx, {each.person_id for each in drafts})
    concerns: list[DocumentedConcern] = []
    for place, draft in enumerate(drafts):
        person = require_known(f"concerns.{place}.person_id", [draft.person_id], people)[0]
        require_past(draft.occurred_on, today=now.date(), field=f"concerns.{place}.occurred_on")
        concerns.append(
            DocumentedConcern(
                concern_id=uuid7(),
                cycle_id=draft.cycle_id,
                person_id=person.person_id,
                division=person.division,
                author_id=author,
                gap=draft.gap,
                text=draft.text,
                occurred_on=draft.occurred_on,
                recorded_on=now.date(),
            )
        )
    await insert_concerns(tx, concerns)
    await announce_concerns(tx, concerns, now=now)
    return tuple(concerns)
