"""Loads the cycle that a command is about."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.http import check_version
from plumbline.runtime.problems import not_found
from reviews.outbound.cycle_reader import list_changes_after, load_cycle
from reviews.outbound.records import StoredCycle


async def load_for_change(tx: AsyncConnection, cycle_id: UUID, *, expected: int | None) -> StoredCycle:
    """The cycle, locked until the transaction ends; 404 when there is none, 409 when it changed meanwhile."""
    stored = await load_cycle(tx, cycle_id, lock=True)
    if stored is None:
        raise not_found("cycle")
    if expected is not None and expected != stored.version:
        changed = await list_changes_after(tx, cycle_id, expected)
        check_version(expected=expected, current=stored.version, changed=changed)
    return stored


async def load_to_read(tx: AsyncConnection, cycle_id: UUID) -> StoredCycle:
    """The cycle as it stands; 404 when there is none."""
    stored = await load_cycle(tx, cycle_id)
    if stored is None:
        raise not_found("cycle")
    return stored
