"""Keeps what goals need to know of a cycle: its period, its divisions and its phases."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from goals.domain.goal import Cycle
from goals.outbound.tables import cycle_phases, cycles
from plumbline.contracts.cycle import CycleClosedV1, CycleOpenedV1, PhaseClosedV1, PhaseOpenedV1
from plumbline.runtime.database import raw
from plumbline.runtime.message import Received

_SEPARATOR = "\x1f"  # unnest would flatten an array of arrays, so divisions travel as one text a cycle
_OPEN = f"""
INSERT INTO cycles (cycle_id, name, period_start, period_end, divisions)
SELECT id, name, starts, ends, string_to_array(divisions, '{_SEPARATOR}')
FROM unnest($1::uuid[], $2::text[], $3::date[], $4::date[], $5::text[]) AS t (id, name, starts, ends, divisions)
ON CONFLICT (cycle_id) DO NOTHING
"""
_CLOSE = """
UPDATE cycles AS c SET closed_at = t.at
FROM unnest($1::uuid[], $2::timestamptz[]) AS t (id, at) WHERE c.cycle_id = t.id
"""
_PHASE = """
INSERT INTO cycle_phases (cycle_id, phase, {column})
SELECT DISTINCT ON (id, phase) id, phase, at
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS t (id, phase, at) ORDER BY id, phase, at DESC
ON CONFLICT (cycle_id, phase) DO UPDATE SET {column} = excluded.{column}
"""


async def store_cycles(tx: AsyncConnection, batch: Sequence[Received[CycleOpenedV1]]) -> None:
    """Keep the cycles that opened."""
    events = [each.event for each in batch]
    await (await raw(tx)).execute(
        _OPEN,
        [each.cycle_id for each in events],
        [each.name for each in events],
        [each.period_start for each in events],
        [each.period_end for each in events],
        [_SEPARATOR.join(each.divisions) for each in events],
    )


async def store_opened_phases(tx: AsyncConnection, batch: Sequence[Received[PhaseOpenedV1]]) -> None:
    """Keep when phases opened."""
    await _store_phases(tx, batch, column="opened_at")


async def store_closed_phases(tx: AsyncConnection, batch: Sequence[Received[PhaseClosedV1]]) -> None:
    """Keep when phases closed."""
    await _store_phases(tx, batch, column="closed_at")


async def store_closed_cycles(tx: AsyncConnection, batch: Sequence[Received[CycleClosedV1]]) -> None:
    """Keep when cycles closed; from then on their goals no longer change."""
    await (await raw(tx)).execute(
        _CLOSE, [each.event.cycle_id for each in batch], [each.time for each in batch]
    )


async def _store_phases(
    tx: AsyncConnection, batch: Sequence[Received[PhaseOpenedV1] | Received[PhaseClosedV1]], *, column: str
) -> None:
    await (await raw(tx)).execute(
        _PHASE.format(column=column),
        [each.event.cycle_id for each in batch],
        [each.event.phase for each in batch],
        [each.time for each in batch],
    )


async def find_cycles(tx: AsyncConnection, cycle_ids: Sequence[UUID]) -> dict[UUID, Cycle]:
    """Those of these cycles that arrived here."""
    query = (
        sa.select(
            cycles,
            sa.func.array_remove(sa.func.array_agg(cycle_phases.c.phase), None).label("closed_phases"),
        )
        .join(
            cycle_phases,
            (cycle_phases.c.cycle_id == cycles.c.cycle_id) & cycle_phases.c.closed_at.is_not(None),
            isouter=True,
        )
        .where(cycles.c.cycle_id.in_(cycle_ids))
        .group_by(cycles.c.cycle_id)
    )
    return {
        row["cycle_id"]: Cycle(
            cycle_id=row["cycle_id"],
            name=row["name"],
            starts_on=row["period_start"],
            ends_on=row["period_end"],
            divisions=tuple(row["divisions"]),
            closed=row["closed_at"] is not None,
            closed_phases=frozenset(row["closed_phases"]),
        )
        for row in (await tx.execute(query)).mappings()
    }
