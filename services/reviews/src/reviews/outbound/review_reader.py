"""Reads one review with all of its parts; who may see which part is decided elsewhere."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reviews.outbound.tables import (
    acknowledgements,
    evidence,
    final_ratings,
    manager_assessments,
    participants,
    planned_sessions,
    self_assessments,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A graded goal or a published round, as a link to the event that announced it."""

    kind: str
    aggregate: str
    event_id: str
    occurred_on: date
    score: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FullReview:
    """Everything that is stored of one review; ``own`` and ``manager`` are rows of their tables or None."""

    own: sa.RowMapping | None
    manager: sa.RowMapping | None
    final_rating: int | None
    revision: int | None
    acknowledged_at: datetime | None
    evidence: tuple[Evidence, ...]


async def read_full_review(tx: AsyncConnection, cycle_id: UUID, person_id: str) -> FullReview:
    """All parts of the review, in five statements."""
    rating = await _one(tx, final_ratings, cycle_id, person_id)
    acknowledged = await _one(tx, acknowledgements, cycle_id, person_id)
    return FullReview(
        own=await _one(tx, self_assessments, cycle_id, person_id),
        manager=await _one(tx, manager_assessments, cycle_id, person_id),
        final_rating=None if rating is None else rating["rating"],
        revision=None if rating is None else rating["revision"],
        acknowledged_at=None if acknowledged is None else acknowledged["acknowledged_at"],
        evidence=await _evidence(tx, cycle_id, person_id),
    )


async def has_final_rating(tx: AsyncConnection, cycle_id: UUID, person_id: str) -> bool:
    """Whether calibration has finalized this person's rating."""
    return await _one(tx, final_ratings, cycle_id, person_id) is not None


async def is_in_the_room(tx: AsyncConnection, session_id: UUID, *, viewer: str) -> tuple[bool, bool]:
    """Whether the viewer facilitates the session, and whether the viewer takes part in it as a manager.

    Managers take part once all of the department's assessments are in, and no sooner.
    """
    manages = sa.exists().where(
        participants.c.session_id == planned_sessions.c.session_id, participants.c.manager_id == viewer
    )
    query = sa.select(
        planned_sessions.c.facilitator_id == viewer,
        sa.and_(planned_sessions.c.completed_at.is_not(None), manages),
    ).where(planned_sessions.c.session_id == session_id)
    row = (await tx.execute(query)).one()
    return bool(row[0]), bool(row[1])


async def _one(tx: AsyncConnection, table: sa.Table, cycle_id: UUID, person_id: str) -> sa.RowMapping | None:
    query: sa.Select[Any] = sa.select(table).where(
        table.c.cycle_id == cycle_id, table.c.person_id == person_id
    )
    return (await tx.execute(query)).mappings().one_or_none()


async def _evidence(tx: AsyncConnection, cycle_id: UUID, person_id: str) -> tuple[Evidence, ...]:
    query = (
        sa.select(evidence)
        .where(evidence.c.cycle_id == cycle_id, evidence.c.person_id == person_id)
        .order_by(evidence.c.occurred_on, evidence.c.kind, evidence.c.aggregate)
    )
    return tuple(
        Evidence(
            kind=row["kind"],
            aggregate=row["aggregate"],
            event_id=row["event_id"],
            occurred_on=row["occurred_on"],
            score=row["score"],
        )
        for row in (await tx.execute(query)).mappings()
    )
