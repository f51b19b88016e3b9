"""Keeps what this service needs to know of cycles."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from feedback.domain.errors import Rejected
from feedback.outbound.tables import cycle
from plumbline.contracts.cycle import CycleClosedV1, CycleOpenedV1, PhaseClosedV1, PhaseOpenedV1
from plumbline.runtime.database import raw
from plumbline.runtime.message import Received

# Each event writes its own columns, so that it does not matter which of a cycle's events comes first.
_OPENED = """
INSERT INTO cycle (cycle_id, divisions, opened)
SELECT cycle_id, string_to_array(divisions, E'\\x1f'), true
FROM unnest($1::uuid[], $2::text[]) AS n (cycle_id, divisions)
ON CONFLICT (cycle_id) DO UPDATE SET divisions = excluded.divisions, opened = true
"""
_REVIEW = """
INSERT INTO cycle (cycle_id, review_closed) SELECT * FROM unnest($1::uuid[], $2::bool[])
ON CONFLICT (cycle_id) DO UPDATE SET review_closed = excluded.review_closed
"""
_CLOSED = """
INSERT INTO cycle (cycle_id, closed) SELECT unnest($1::uuid[]), true
ON CONFLICT (cycle_id) DO UPDATE SET closed = true
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCycle:
    """A cycle that the coordinator opened."""

    cycle_id: UUID
    divisions: tuple[str, ...]
    review_closed: bool
    closed: bool


async def store_opened(tx: AsyncConnection, batch: Sequence[Received[CycleOpenedV1]]) -> None:
    """Cycles opened."""
    found = {each.event.cycle_id: "\x1f".join(each.event.divisions) for each in batch}
    await (await raw(tx)).execute(_OPENED, list(found), list(found.values()))


async def store_phase_opened(tx: AsyncConnection, batch: Sequence[Received[PhaseOpenedV1]]) -> None:
    """Review phases began (again): answers are taken."""
    await _store_review(tx, [each.event.cycle_id for each in batch if each.event.phase == "review"], False)


async def store_phase_closed(tx: AsyncConnection, batch: Sequence[Received[PhaseClosedV1]]) -> None:
    """Review phases ended: no answer is taken any more."""
    await _store_review(tx, [each.event.cycle_id for each in batch if each.event.phase == "review"], True)


async def store_closed(tx: AsyncConnection, batch: Sequence[Received[CycleClosedV1]]) -> None:
    """Cycles ended."""
    await (await raw(tx)).execute(_CLOSED, sorted({each.event.cycle_id for each in batch}))


async def _store_review(tx: AsyncConnection, cycle_ids: Sequence[UUID], closed: bool) -> None:
    unique = sorted(set(cycle_ids))
    await (await raw(tx)).execute(_REVIEW, unique, [closed] * len(unique))


async def find_cycle(tx: AsyncConnection, cycle_id: UUID) -> KnownCycle | None:
    """The cycle, or None until it was opened and this service has heard of it."""
    query = sa.select(cycle).where(cycle.c.cycle_id == cycle_id, cycle.c.opened)
    row = (await tx.execute(query)).mappings().one_or_none()
    if row is None:
        return None
    return KnownCycle(
        cycle_id=cycle_id,
        divisions=tuple(row["divisions"]),
        review_closed=row["review_closed"],
        closed=row["closed"],
    )


async def require_cycle(tx: AsyncConnection, cycle_id: UUID) -> KnownCycle:
    """The cycle.

    Raises:
        Rejected: it was not opened, or this service has not heard of it yet.
    """
    found = await find_cycle(tx, cycle_id)
    if found is None:
        raise Rejected(
            field="cycle_id",
            message="no open cycle has this id",
            fix="open it first, or try again shortly",
            status="not_found",
        )
    return found


async def require_running_cycle(tx: AsyncConnection, cycle_id: UUID) -> KnownCycle:
    """The cycle, while it is not over.

    Raises:
        Rejected: it is over, or not known.
    """
    found = await require_cycle(tx, cycle_id)
    if found.closed:
        raise Rejected(
            field="cycle_id", message="the cycle is over", fix="use the next cycle", status="conflict"
        )
    return found
