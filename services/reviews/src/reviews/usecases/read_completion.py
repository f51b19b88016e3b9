"""Who is on time: the scorecards and departments that the viewer may see."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.access import Action, Resource, may
from plumbline.runtime.directory import relations_to_many, standing
from plumbline.runtime.http import require
from reviews.domain.rules.deadlines import Scorecard
from reviews.outbound.completion_reader import (
    DepartmentCompletion,
    count_by_department,
    count_by_manager,
)
from reviews.usecases.load import load_to_read


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """Departments of the divisions that the viewer is responsible for, and the managers visible to the viewer."""

    departments: tuple[DepartmentCompletion, ...]
    managers: tuple[Scorecard, ...]


async def read_completion(tx: AsyncConnection, cycle_id: UUID, *, viewer: str) -> Completion:
    """Coordinators and HR partners see their divisions whole; others themselves and the managers below them."""
    stored = await load_to_read(tx, cycle_id)
    whole = [
        division
        for division in stored.divisions
        if may(await standing(tx, viewer, division), action=Action.READ, resource=Resource.COMPLETION)
    ]
    managers = await count_by_manager(tx, cycle_id, divisions=whole or stored.divisions)
    if not whole:
        held = await relations_to_many(tx, viewer, [each.manager_id for each in managers])
        managers = tuple(
            each
            for each in managers
            if may(held[each.manager_id], action=Action.READ, resource=Resource.COMPLETION)
        )
        if not managers:
            require((), action=Action.READ, resource=Resource.COMPLETION)
    departments = await count_by_department(tx, cycle_id, divisions=whole) if whole else ()
    return Completion(departments=departments, managers=managers)
