"""Who takes part in a cycle, and their reviews as they stand for one of the two assessments."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.database import raw
from reviews.domain.assessments import Assessment, Review
from reviews.domain.rules.planning import Phase
from reviews.domain.setup import Participant
from reviews.outbound.tables import (
    cycle_divisions,
    extensions,
    manager_assessments,
    participants,
    phases,
    self_assessments,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A participant with what is not about the review itself, readable whatever the division."""

    participant: Participant
    excluded: bool


async def insert_participants(tx: AsyncConnection, cycle_id: UUID, frozen: Sequence[Participant]) -> None:
    """Store all participants in one statement."""
    await (await raw(tx)).copy_records_to_table(
        "participants",
        records=[
            (cycle_id, each.person_id, each.review_id, each.session_id, each.division, each.manager_id)
            for each in frozen
        ],
        columns=("cycle_id", "person_id", "review_id", "session_id", "division", "manager_id"),
    )


async def find_participants(
    tx: AsyncConnection, cycle_id: UUID, person_ids: Collection[str]
) -> dict[str, Placed]:
    """Those of these people who take part, by id."""
    query = sa.select(participants).where(
        participants.c.cycle_id == cycle_id, participants.c.person_id.in_(person_ids)
    )
    return {row["person_id"]: _read(row) for row in (await tx.execute(query)).mappings()}


async def load_reviews(
    tx: AsyncConnection, cycle_id: UUID, person_ids: Collection[str], *, assessment: Assessment
) -> dict[str, Review]:
    """The reviews of these people for one assessment, by id, in one statement."""
    own = self_assessments if assessment is Assessment.SELF else manager_assessments
    written = own.alias("written")
    query = (
        sa.select(
            participants,
            cycle_divisions.c.time_zone,
            phases.c.deadline_on,
            phases.c.opened_at,
            phases.c.closed_at,
            extensions.c.deadline_on.label("extended_to"),
            written.c.submitted_at,
            sa.case((self_assessments.c.submitted_at.is_not(None), self_assessments.c.overall)).label(
                "self_overall"
            ),
        )
        .select_from(_with_calendar(assessment))
        .join(written, _same_person(written), isouter=True)
        .join(self_assessments, _same_person(self_assessments), isouter=True)
        .where(participants.c.cycle_id == cycle_id, participants.c.person_id.in_(person_ids))
    )
    return {row["person_id"]: _read_review(row) for row in (await tx.execute(query)).mappings()}


async def count_participants(tx: AsyncConnection, session_id: UUID) -> int:
    """How many people of a session take part and were not excluded."""
    query = sa.select(sa.func.count()).where(
        participants.c.session_id == session_id, participants.c.excluded_at.is_(None)
    )
    return (await tx.execute(query)).scalar_one()


async def exclude_participant(
    tx: AsyncConnection, cycle_id: UUID, person_id: str, *, reason: str, by: str, now: datetime
) -> None:
    """Take somebody out of the cycle by name."""
    await tx.execute(
        sa.update(participants)
        .where(participants.c.cycle_id == cycle_id, participants.c.person_id == person_id)
        .values(excluded_reason=reason, excluded_by=by, excluded_at=now)
    )


def _with_calendar(assessment: Assessment) -> sa.Join:
    """Participants with their division's zone, the review phase, and their extension if they have one."""
    return (
        sa.join(
            participants,
            cycle_divisions,
            sa.and_(
                cycle_divisions.c.cycle_id == participants.c.cycle_id,
                cycle_divisions.c.division == participants.c.division,
            ),
        )
        .join(
            phases,
            sa.and_(phases.c.cycle_id == participants.c.cycle_id, phases.c.name == Phase.REVIEW.value),
        )
        .join(
            extensions,
            sa.and_(_same_person(extensions), extensions.c.assessment == assessment.value),
            isouter=True,
        )
    )


def _same_person(table: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.cycle_id == participants.c.cycle_id, table.c.person_id == participants.c.person_id)


def _read(row: sa.RowMapping) -> Placed:
    participant = Participant(
        person_id=row["person_id"],
        review_id=row["review_id"],
        session_id=row["session_id"],
        division=row["division"],
        manager_id=row["manager_id"],
    )
    return Placed(participant=participant, excluded=row["excluded_at"] is not None)


def _read_review(row: sa.RowMapping) -> Review:
    return Review(
        review_id=row["review_id"],
        cycle_id=row["cycle_id"],
        person_id=row["person_id"],
        session_id=row["session_id"],
        division=row["division"],
        time_zone=row["time_zone"],
        deadline_on=row["extended_to"] or row["deadline_on"],
        phase_open=row["opened_at"] is not None and row["closed_at"] is None,
        extended=row["extended_to"] is not None,
        excluded=row["excluded_at"] is not None,
        submitted=row["submitted_at"] is not None,
        self_overall=row["self_overall"],
    )
