"""Opens and closes phases, releases results and closes the cycle."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.outbox import Announcement, announce
from reviews.domain import decisions
from reviews.domain.cycle import Cycle, evolve
from reviews.domain.rules.planning import Phase
from reviews.outbound import announcements
from reviews.outbound.cycles import stamp_phase, update_stage
from reviews.outbound.records import StoredCycle
from reviews.usecases.load import load_for_change


async def open_phase(
    tx: AsyncConnection, cycle_id: UUID, phase: Phase, *, by: str, expected: int | None, now: datetime
) -> StoredCycle:
    """Open the next phase.

    Raises:
        Rejected: it is not next, another is open, or its day has not come.
    """
    stored = await load_for_change(tx, cycle_id, expected=expected)
    cycle = evolve(stored.cycle, decisions.open_phase(stored.cycle, phase, now=now))
    await stamp_phase(tx, cycle_id, phase, opened=True, now=now)
    return await _save(
        tx,
        stored,
        cycle,
        [announcements.phase_opened(stored, phase)],
        what=f"{phase.value} opened",
        by=by,
        now=now,
    )


async def close_phase(
    tx: AsyncConnection, cycle_id: UUID, phase: Phase, *, by: str, expected: int | None, now: datetime
) -> StoredCycle:
    """Close the open phase.

    Raises:
        Rejected: it is not open, or a session of the calibration is not settled.
    """
    stored = await load_for_change(tx, cycle_id, expected=expected)
    cycle = evolve(stored.cycle, decisions.close_phase(stored.cycle, phase, now=now))
    await stamp_phase(tx, cycle_id, phase, opened=False, now=now)
    return await _save(
        tx,
        stored,
        cycle,
        [announcements.phase_closed(stored, phase)],
        what=f"{phase.value} closed",
        by=by,
        now=now,
    )


async def release_results(
    tx: AsyncConnection, cycle_id: UUID, *, by: str, expected: int | None, now: datetime
) -> StoredCycle:
    """Let employees see their results.

    Raises:
        Rejected: a planned session is not settled, or the calibration is still open.
    """
    stored = await load_for_change(tx, cycle_id, expected=expected)
    cycle = evolve(stored.cycle, decisions.release_results(stored.cycle, now=now))
    return await _save(
        tx,
        stored,
        cycle,
        [announcements.results_released(stored, at=now)],
        what="results released",
        by=by,
        now=now,
    )


async def close_cycle(
    tx: AsyncConnection, cycle_id: UUID, *, by: str, expected: int | None, now: datetime
) -> StoredCycle:
    """Close the cycle.

    Raises:
        Rejected: its results were not released.
    """
    stored = await load_for_change(tx, cycle_id, expected=expected)
    cycle = evolve(stored.cycle, decisions.close_cycle(stored.cycle, now=now))
    return await _save(tx, stored, cycle, [announcements.cycle_closed(stored)], what="closed", by=by, now=now)


async def _save(
    tx: AsyncConnection,
    stored: StoredCycle,
    cycle: Cycle,
    events: Sequence[Announcement],
    *,
    what: str,
    by: str,
    now: datetime,
) -> StoredCycle:
    version = await update_stage(tx, stored, cycle.stage, what=what, by=by, now=now)
    await announce(tx, events, source=announcements.SOURCE, now=now)
    return replace(stored, cycle=cycle, version=version)
