"""Reads from the directory who would take part in a cycle."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.directory import WORKING, directory
from reviews.domain.setup import Candidate, Department


async def find_candidates(tx: AsyncConnection, divisions: Collection[str]) -> tuple[Candidate, ...]:
    """The active people of these divisions, by id, in one statement."""
    manager = directory.alias("manager")
    query = (
        sa.select(
            directory.c.person_id,
            directory.c.manager_id,
            directory.c.division,
            directory.c.department,
            manager.c.status.label("manager_status"),
        )
        .join(manager, manager.c.person_id == directory.c.manager_id, isouter=True)
        .where(directory.c.division.in_(divisions), directory.c.status == "active")
        .order_by(directory.c.person_id)
    )
    return tuple(
        Candidate(
            person_id=row["person_id"],
            manager_id=row["manager_id"],
            manager_works_here=row["manager_status"] in WORKING,
            department=Department(division=row["division"], name=row["department"]),
        )
        for row in (await tx.execute(query)).mappings()
    )


async def find_unknown(tx: AsyncConnection, person_ids: Collection[str]) -> Sequence[str]:
    """Those of these people who do not work here, sorted."""
    query = sa.select(directory.c.person_id).where(
        directory.c.person_id.in_(person_ids), directory.c.status.in_(WORKING)
    )
    known = set((await tx.execute(query)).scalars())
    return sorted(set(person_ids) - known)
