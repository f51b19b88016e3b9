"""The row that a department's last managers contend for, and what is counted under its lock."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reviews.outbound.records import Session
from reviews.outbound.tables import manager_assessments, participants, planned_sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A department whose assessments are all in: its number of people and the proposals' digest."""

    session: Session
    people: int
    digest: str


async def lock_sessions(tx: AsyncConnection, session_ids: Collection[UUID]) -> None:
    """Let one transaction at a time decide whether these departments are complete, always in the same order."""
    query = (
        sa.select(planned_sessions.c.session_id)
        .where(planned_sessions.c.session_id.in_(session_ids))
        .order_by(planned_sessions.c.session_id)
        .with_for_update()
    )
    await tx.execute(query)


async def find_incomplete_and_ready(
    tx: AsyncConnection, session_ids: Collection[UUID]
) -> tuple[Session, ...]:
    """Those of the locked sessions that nobody completed yet although no assessment is missing."""
    missing = (
        sa.select(participants.c.person_id)
        .join(
            manager_assessments,
            sa.and_(
                manager_assessments.c.cycle_id == participants.c.cycle_id,
                manager_assessments.c.person_id == participants.c.person_id,
                manager_assessments.c.submitted_at.is_not(None),
            ),
            isouter=True,
        )
        .where(
            participants.c.session_id == planned_sessions.c.session_id,
            participants.c.excluded_at.is_(None),
            manager_assessments.c.person_id.is_(None),
        )
    )
    query = (
        sa.select(planned_sessions)
        .where(
            planned_sessions.c.session_id.in_(session_ids),
            planned_sessions.c.completed_at.is_(None),
            ~sa.exists(missing.correlate(planned_sessions)),
        )
        .order_by(planned_sessions.c.session_id)
    )
    return tuple(
        Session(
            session_id=row["session_id"],
            division=row["division"],
            department=row["department"],
            facilitator_id=row["facilitator_id"],
        )
        for row in (await tx.execute(query)).mappings()
    )


async def list_proposals(
    tx: AsyncConnection, session_ids: Collection[UUID]
) -> dict[UUID, list[tuple[str, str]]]:
    """The submitted (person, rating) of everyone in these sessions who was not excluded."""
    query = (
        sa.select(
            manager_assessments.c.session_id,
            manager_assessments.c.person_id,
            manager_assessments.c.proposed_rating,
        )
        .join(
            participants,
            sa.and_(
                participants.c.cycle_id == manager_assessments.c.cycle_id,
                participants.c.person_id == manager_assessments.c.person_id,
            ),
        )
        .where(
            manager_assessments.c.session_id.in_(session_ids),
            manager_assessments.c.submitted_at.is_not(None),
            participants.c.excluded_at.is_(None),
        )
    )
    proposals: dict[UUID, list[tuple[str, str]]] = {session_id: [] for session_id in session_ids}
    for row in (await tx.execute(query)).mappings():
        proposals[row["session_id"]].append((row["person_id"], str(row["proposed_rating"])))
    return proposals


async def mark_completed(tx: AsyncConnection, completed: Sequence[Completed], *, now: datetime) -> None:
    """Keep what was announced of these departments."""
    table = planned_sessions
    values = sa.values(
        sa.column("session_id", sa.Uuid),
        sa.column("people", sa.Integer),
        sa.column("digest", sa.Text),
        name="done",
    ).data([(each.session.session_id, each.people, each.digest) for each in completed])
    await tx.execute(
        sa.update(table)
        .where(table.c.session_id == values.c.session_id)
        .values(completed_at=now, people=values.c.people, digest=values.c.digest)
    )
