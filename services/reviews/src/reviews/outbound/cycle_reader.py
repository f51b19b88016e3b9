"""Loads a cycle, if asked under its row's lock."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reviews.domain.cycle import Cycle, Stage
from reviews.domain.rules.planning import CyclePlan, Phase, PlannedDivision, PlannedPhase
from reviews.domain.setup import Pool
from reviews.domain.templates import templates_of
from reviews.outbound.policies import read_policy
from reviews.outbound.records import Session, StoredCycle, to_planned
from reviews.outbound.tables import (
    cycle_changes,
    cycle_divisions,
    cycles,
    frozen_policies,
    phases,
    planned_sessions,
    pools,
)


async def list_cycle_ids(tx: AsyncConnection) -> tuple[UUID, ...]:
    """Every cycle, the newest period first."""
    query = sa.select(cycles.c.cycle_id).order_by(cycles.c.period_start.desc(), cycles.c.name)
    return tuple((await tx.execute(query)).scalars())


async def list_changes_after(tx: AsyncConnection, cycle_id: UUID, version: int) -> list[dict[str, object]]:
    """What happened to the cycle after a version; it names no participant."""
    query = (
        sa.select(cycle_changes)
        .where(cycle_changes.c.cycle_id == cycle_id, cycle_changes.c.version > version)
        .order_by(cycle_changes.c.version)
    )
    return [
        {
            "version": row["version"],
            "what": row["what"],
            "by": row["changed_by"],
            "at": row["changed_at"].isoformat(),
        }
        for row in (await tx.execute(query)).mappings()
    ]


async def is_released(tx: AsyncConnection, cycle_id: UUID) -> bool | None:
    """Whether the cycle's results are released; None when there is no such cycle."""
    query = sa.select(cycles.c.released_at.is_not(None)).where(cycles.c.cycle_id == cycle_id)
    return (await tx.execute(query)).scalar_one_or_none()


async def load_cycle(tx: AsyncConnection, cycle_id: UUID, *, lock: bool = False) -> StoredCycle | None:
    """The cycle, or None; with ``lock`` nobody else changes it until the transaction ends."""
    query = sa.select(cycles).where(cycles.c.cycle_id == cycle_id)
    row = (await tx.execute(query.with_for_update() if lock else query)).mappings().one_or_none()
    if row is None:
        return None
    sessions = await _load_sessions(tx, cycle_id)
    planned = await _rows(tx, sa.select(phases).where(phases.c.cycle_id == cycle_id))
    planned = sorted(planned, key=lambda each: each["opens_on"])
    divisions = await _rows(
        tx,
        sa.select(cycle_divisions)
        .where(cycle_divisions.c.cycle_id == cycle_id)
        .order_by(cycle_divisions.c.division),
    )
    frozen = await _rows(tx, sa.select(frozen_policies).where(frozen_policies.c.cycle_id == cycle_id))
    plan = _read_plan(row, divisions=divisions, planned=planned, sessions=sessions)
    return StoredCycle(
        cycle=_read_cycle(row, plan, planned=planned, frozen=frozen, sessions=sessions),
        version=row["version"],
        template_version=row["template_version"],
        merit=row["merit"],
        drafted_by=row["drafted_by"],
        pools=await _load_pools(tx, cycle_id),
        sessions=sessions,
        policies=tuple(read_policy(each) for each in frozen),
        released_at=row["released_at"],
    )


def _read_cycle(
    row: sa.RowMapping,
    plan: CyclePlan,
    *,
    planned: Sequence[sa.RowMapping],
    frozen: Sequence[sa.RowMapping],
    sessions: Sequence[Session],
) -> Cycle:
    forms = templates_of(row["template_version"]).form_versions()
    return Cycle(
        cycle_id=str(row["cycle_id"]),
        plan=replace(plan, template_versions=forms),
        stage=Stage(row["state"]),
        template_versions=dict(forms),
        policy_digests={each["division"]: each["digest"] for each in frozen},
        open_phase=_open_phase(planned),
        closed_phases=tuple(Phase(each["name"]) for each in planned if each["closed_at"] is not None),
        settled_sessions=frozenset(
            str(each.session_id)
            for each in sessions
            if each.finalized_revision is not None or each.excluded_reason is not None
        ),
    )


async def _rows(tx: AsyncConnection, query: sa.Select[Any]) -> list[sa.RowMapping]:
    return list((await tx.execute(query)).mappings())


async def _load_sessions(tx: AsyncConnection, cycle_id: UUID) -> tuple[Session, ...]:
    query = (
        sa.select(planned_sessions)
        .where(planned_sessions.c.cycle_id == cycle_id)
        .order_by(planned_sessions.c.division, planned_sessions.c.department)
    )
    return tuple(
        Session(
            session_id=row["session_id"],
            division=row["division"],
            department=row["department"],
            facilitator_id=row["facilitator_id"],
            people=row["people"],
            completed_at=row["completed_at"],
            finalized_revision=row["finalized_revision"],
            excluded_reason=row["excluded_reason"],
        )
        for row in await _rows(tx, query)
    )


async def _load_pools(tx: AsyncConnection, cycle_id: UUID) -> tuple[Pool, ...]:
    query = sa.select(pools).where(pools.c.cycle_id == cycle_id).order_by(pools.c.division, pools.c.currency)
    return tuple(
        Pool(
            pool_id=row["pool_id"],
            division=row["division"],
            currency=row["currency"],
            budget_amount=row["budget_amount"],
            budget_percent=row["budget_percent"],
            reserve=row["reserve"],
        )
        for row in await _rows(tx, query)
    )


def _read_plan(
    row: sa.RowMapping,
    *,
    divisions: Sequence[sa.RowMapping],
    planned: Sequence[sa.RowMapping],
    sessions: Sequence[Session],
) -> CyclePlan:
    return CyclePlan(
        name=row["name"],
        starts_on=row["period_start"],
        ends_on=row["period_end"],
        divisions=tuple(
            PlannedDivision(division_id=each["division"], time_zone=each["time_zone"]) for each in divisions
        ),
        phases=tuple(
            PlannedPhase(
                phase=Phase(each["name"]), opens_on=each["opens_on"], deadline_on=each["deadline_on"]
            )
            for each in planned
        ),
        sessions=to_planned(sessions),
        template_versions=(),
    )


def _open_phase(planned: Sequence[sa.RowMapping]) -> Phase | None:
    return next(
        (
            Phase(each["name"])
            for each in planned
            if each["opened_at"] is not None and each["closed_at"] is None
        ),
        None,
    )
