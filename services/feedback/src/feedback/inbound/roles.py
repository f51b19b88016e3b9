"""How far somebody's roles reach in what belongs to a cycle."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.access import Action, Resource, State, may
from plumbline.runtime.directory import WORKING, find_person, held_roles, partner_divisions
from plumbline.runtime.problems import forbidden


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Every division, or these."""

    everywhere: bool
    divisions: frozenset[str]


async def reach_of(
    tx: AsyncConnection,
    viewer: str,
    *,
    action: Action,
    state: State,
    resource: Resource = Resource.FEEDBACK_ROUND,
    needed: bool = True,
) -> Reach:
    """The divisions in which the viewer's roles allow this; 403 when nowhere, unless it is not ``needed``."""
    nowhere = Reach(everywhere=False, divisions=frozenset())
    found = await find_person(tx, viewer)
    if found is not None and found.status in WORKING:
        # An empty division is nobody's, so that only roles that hold everywhere count.
        if may(held_roles(found, ""), action=action, resource=resource, state=state):
            return Reach(everywhere=True, divisions=frozenset())
        allowed = frozenset(
            division
            for division in partner_divisions(found)
            if may(held_roles(found, division), action=action, resource=resource, state=state)
        )
        nowhere = Reach(everywhere=False, divisions=allowed)
    if needed and not nowhere.divisions:
        raise forbidden()
    return nowhere
