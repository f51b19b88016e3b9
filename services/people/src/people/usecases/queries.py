"""Read-only views: people by id, and the accepted files."""

from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from people.domain.person import Person
from people.outbound.imports import ImportedFile, list_imports
from people.outbound.people import find_people, somebody_is_hr_admin
from plumbline.runtime.security import ALL_DIVISIONS, limit_to_divisions


async def people_by_id(tx: AsyncConnection, person_ids: Collection[str]) -> list[Person]:
    """Those of these people who are known; where somebody stands is everybody's to know, in every division."""
    await limit_to_divisions(tx, [ALL_DIVISIONS])
    return await find_people(tx, person_ids)


async def has_hr_admin(tx: AsyncConnection) -> bool:
    """Whether somebody who works here, in any division, may import by role."""
    await limit_to_divisions(tx, [ALL_DIVISIONS])
    return await somebody_is_hr_admin(tx)


async def accepted_files(tx: AsyncConnection, *, limit: int) -> Sequence[ImportedFile]:
    """The newest accepted files first."""
    return await list_imports(tx, limit=limit)
