"""Saves what happened to a cycle."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import AsyncConnection

from reviews.domain.cycle import Stage
from reviews.domain.policies import StoredPolicy
from reviews.domain.rules.planning import Phase
from reviews.outbound.records import Session, StoredCycle
from reviews.outbound.tables import (
    budget_changes,
    cycle_changes,
    cycle_divisions,
    cycles,
    frozen_policies,
    phases,
    planned_sessions,
    pools,
)


async def insert_cycle(tx: AsyncConnection, stored: StoredCycle, *, now: datetime) -> None:
    """Store a draft with its calendar, sessions and pools."""
    plan = stored.cycle.plan
    row = {
        "cycle_id": stored.cycle_id,
        "name": plan.name,
        "period_start": plan.starts_on,
        "period_end": plan.ends_on,
        "merit": stored.merit,
        "template_version": stored.template_version,
        "state": stored.cycle.stage.value,
        "version": stored.version,
        "drafted_by": stored.drafted_by,
        "drafted_at": now,
    }
    await tx.execute(sa.insert(cycles), row)
    await _note(tx, stored.cycle_id, stored.version, what="drafted", by=stored.drafted_by, now=now)
    await _insert_calendar(tx, stored)
    await replace_sessions(tx, stored.cycle_id, stored.sessions)
    if stored.pools:
        rows = [{"cycle_id": stored.cycle_id, **asdict(each)} for each in stored.pools]
        await tx.execute(sa.insert(pools), rows)


async def _insert_calendar(tx: AsyncConnection, stored: StoredCycle) -> None:
    plan = stored.cycle.plan
    divisions = [
        {"cycle_id": stored.cycle_id, "division": each.division_id, "time_zone": each.time_zone}
        for each in plan.divisions
    ]
    await tx.execute(sa.insert(cycle_divisions), divisions)
    planned = [
        {
            "cycle_id": stored.cycle_id,
            "name": each.phase.value,
            "opens_on": each.opens_on,
            "deadline_on": each.deadline_on,
        }
        for each in plan.phases
    ]
    await tx.execute(sa.insert(phases), planned)


async def replace_sessions(tx: AsyncConnection, cycle_id: UUID, sessions: Sequence[Session]) -> None:
    """Write a draft's sessions anew; nothing refers to them before the cycle opens."""
    await tx.execute(sa.delete(planned_sessions).where(planned_sessions.c.cycle_id == cycle_id))
    await tx.execute(
        sa.insert(planned_sessions),
        [
            {
                "session_id": each.session_id,
                "cycle_id": cycle_id,
                "division": each.division,
                "department": each.department,
                "facilitator_id": each.facilitator_id,
            }
            for each in sessions
        ],
    )


async def freeze_policies(tx: AsyncConnection, cycle_id: UUID, policies: Sequence[StoredPolicy]) -> None:
    """Record the policy versions that the cycle uses from now on."""
    rows = [
        {
            "cycle_id": cycle_id,
            "division": each.division,
            "version": each.version,
            "effective_from": each.effective_from,
            "digest": each.digest,
        }
        for each in policies
    ]
    await tx.execute(sa.insert(frozen_policies), rows)


async def update_stage(
    tx: AsyncConnection, stored: StoredCycle, stage: Stage, *, what: str, by: str, now: datetime
) -> int:
    """Save the stage that a command led to, and ``what`` it did; returns the new version."""
    stamps: dict[Stage, dict[str, object]] = {
        Stage.APPROVED: {"approved_by": by, "approved_at": now},
        Stage.RELEASED: {"released_by": by, "released_at": now},
        Stage.CLOSED: {"closed_at": now},
    }
    entered = stamps.get(stage, {}) if stage is not stored.cycle.stage else {}
    version = stored.version + 1
    await tx.execute(
        sa.update(cycles)
        .where(cycles.c.cycle_id == stored.cycle_id)
        .values({"state": stage.value, "version": version, **entered})
    )
    await _note(tx, stored.cycle_id, version, what=what, by=by, now=now)
    return version


async def _note(
    tx: AsyncConnection, cycle_id: UUID, version: int, *, what: str, by: str, now: datetime
) -> None:
    row = {"cycle_id": cycle_id, "version": version, "what": what, "changed_by": by, "changed_at": now}
    await tx.execute(sa.insert(cycle_changes), row)


async def stamp_phase(
    tx: AsyncConnection, cycle_id: UUID, phase: Phase, *, opened: bool, now: datetime
) -> None:
    """Save when a phase opened, or closed."""
    stamp = {"opened_at": now} if opened else {"closed_at": now}
    await tx.execute(
        sa.update(phases).where(phases.c.cycle_id == cycle_id, phases.c.name == phase.value).values(stamp)
    )


async def save_budget(
    tx: AsyncConnection, cycle_id: UUID, pool: Mapping[str, Any], *, reason: str, by: str, now: datetime
) -> None:
    """Keep a pool's new budget, and beside it who changed it and why."""
    row = {"cycle_id": cycle_id, **pool}
    insert = pg.insert(pools).values(row)
    budget = {name: insert.excluded[name] for name in ("budget_amount", "budget_percent", "reserve")}
    await tx.execute(insert.on_conflict_do_update(index_elements=[pools.c.pool_id], set_=budget))
    await tx.execute(
        sa.insert(budget_changes), {**row, "reason": reason, "changed_by": by, "changed_at": now}
    )


async def exclude_session(tx: AsyncConnection, session_id: UUID, *, reason: str) -> None:
    """Keep why a planned session is not held."""
    await tx.execute(
        sa.update(planned_sessions)
        .where(planned_sessions.c.session_id == session_id)
        .values(excluded_reason=reason)
    )
