"""Counts who has written what, and in time, per manager and per department."""

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reviews.domain.rules.deadlines import Scorecard
from reviews.outbound.tables import manager_assessments, participants, planned_sessions, self_assessments


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentCompletion:
    """A department's people and how many of their assessments are in, and in on time."""

    session_id: UUID
    division: str
    department: str
    people: int
    self_submitted: int
    self_on_time: int
    manager_submitted: int
    manager_on_time: int
    completed: bool
    finalized: bool


async def count_by_manager(
    tx: AsyncConnection, cycle_id: UUID, *, divisions: Collection[str]
) -> tuple[Scorecard, ...]:
    """One scorecard a manager: who submitted the assessment, or owed it when the cycle opened."""
    manager = sa.case(
        (manager_assessments.c.submitted_at.is_not(None), manager_assessments.c.author_id),
        else_=participants.c.manager_id,
    ).label("manager")
    query = (
        sa.select(
            manager,
            sa.func.count().filter(manager_assessments.c.on_time.is_(True)).label("on_time"),
            sa.func.count().filter(manager_assessments.c.on_time.is_(False)).label("late"),
            sa.func.count().label("owed"),
        )
        .select_from(_joined())
        .where(
            participants.c.cycle_id == cycle_id,
            participants.c.excluded_at.is_(None),
            participants.c.division.in_(divisions),
        )
        .group_by(manager)
        .order_by(manager)
    )
    return tuple(
        Scorecard(
            manager_id=row["manager"],
            on_time=row["on_time"],
            late=row["late"],
            missing=row["owed"] - row["on_time"] - row["late"],
            share_on_time=Fraction(row["on_time"], row["owed"]),
        )
        for row in (await tx.execute(query)).mappings()
    )


async def count_by_department(
    tx: AsyncConnection, cycle_id: UUID, *, divisions: Collection[str]
) -> tuple[DepartmentCompletion, ...]:
    """One line a department of these divisions."""

    def counted(condition: sa.ColumnElement[bool], name: str) -> sa.Label[Any]:
        return sa.func.count().filter(condition).label(name)

    query = (
        sa.select(
            planned_sessions,
            sa.func.count().label("members"),
            counted(self_assessments.c.submitted_at.is_not(None), "self_submitted"),
            counted(self_assessments.c.on_time.is_(True), "self_on_time"),
            counted(manager_assessments.c.submitted_at.is_not(None), "manager_submitted"),
            counted(manager_assessments.c.on_time.is_(True), "manager_on_time"),
        )
        .select_from(_joined())
        .join(planned_sessions, planned_sessions.c.session_id == participants.c.session_id)
        .where(
            participants.c.cycle_id == cycle_id,
            participants.c.excluded_at.is_(None),
            participants.c.division.in_(divisions),
        )
        .group_by(planned_sessions.c.session_id)
        .order_by(planned_sessions.c.division, planned_sessions.c.department)
    )
    return tuple(_read_department(row) for row in (await tx.execute(query)).mappings())


def _read_department(row: sa.RowMapping) -> DepartmentCompletion:
    return DepartmentCompletion(
        session_id=row["session_id"],
        division=row["division"],
        department=row["department"],
        people=row["members"],
        self_submitted=row["self_submitted"],
        self_on_time=row["self_on_time"],
        manager_submitted=row["manager_submitted"],
        manager_on_time=row["manager_on_time"],
        completed=row["completed_at"] is not None,
        finalized=row["finalized_revision"] is not None,
    )


def _joined() -> sa.Join:
    join: sa.Join = sa.join(
        participants, manager_assessments, _same_person(manager_assessments), isouter=True
    )
    return join.join(self_assessments, _same_person(self_assessments), isouter=True)


def _same_person(table: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.cycle_id == participants.c.cycle_id, table.c.person_id == participants.c.person_id)
