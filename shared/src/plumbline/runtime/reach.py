"""Whom somebody's relations reach, as a set that a query can be held to before it reads anybody's rows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.access import Relation
from plumbline.runtime.database import raw
from plumbline.runtime.directory import (
    PLACED,
    WORKING,
    Placement,
    held_roles,
    partner_divisions,
    read_placements,
    relate,
    relations_to_many,
)

# The viewer, and who reports to the viewer: a branch for each index, as OR would read everybody.
_NEAR = f"""
{PLACED} WHERE subject.person_id IN (
    SELECT $1
    UNION SELECT person_id FROM directory WHERE manager_id = $1
    UNION SELECT person_id FROM directory WHERE dotted_line_manager_id = $1
    UNION SELECT report.person_id
          FROM directory AS direct JOIN directory AS report ON report.manager_id = direct.person_id
          WHERE direct.manager_id = $1
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The people to whom somebody stands in one of some relations.

    They are everybody (``everywhere``), else whoever works in one of the ``divisions``, but not the viewer;
    and ``people``, among whom the viewer is when SELF is asked for. ``near`` are the records of the viewer and of
    those who report to the viewer, by id.
    """

    viewer_id: str
    everywhere: bool
    divisions: frozenset[str]
    people: frozenset[str]
    near: Mapping[str, Placement]

    def condition(self, person: str, *, first: int) -> tuple[str, tuple[object, ...]]:
        """An SQL condition that holds when the column ``person`` is one of them, with its parameters from ``$first`` on.

        Everywhere means ids without a record too, to which nobody has a relation. It only says what is worth
        reading; what of it may be seen is the access policy's to say.
        """
        if self.everywhere:
            own = self.viewer_id in self.people
            return ("true", ()) if own else (f"{person} <> ${first}::text", (self.viewer_id,))
        sets = f"SELECT unnest(${first}::text[])"
        if not self.divisions:
            return f"{person} IN ({sets})", (list(self.people),)
        sets += (
            f" UNION SELECT person_id FROM directory"
            f" WHERE division = ANY(${first + 1}::text[]) AND person_id <> ${first + 2}::text"
        )
        return f"{person} IN ({sets})", (list(self.people), list(self.divisions), self.viewer_id)


async def reach_of(tx: AsyncConnection, viewer_id: str, wanted: Collection[Relation]) -> Reach:
    """Whom the viewer reaches through the ``wanted`` relations, in one statement; nobody, who does not work here.

    NONE reaches everybody. FACILITATOR, PARTICIPANT, PANEL_MEMBER and AUTHOR reach nobody: the caller knows them.
    """
    near = read_placements(await (await raw(tx)).fetch(_NEAR, viewer_id))
    viewer = near.get(viewer_id)
    if viewer is None or viewer.status not in WORKING:
        return Reach(
            viewer_id=viewer_id, everywhere=False, divisions=frozenset(), people=frozenset(), near=near
        )
    roles = held_roles(viewer, None) - {Relation.HR_PARTNER}
    return Reach(
        viewer_id=viewer_id,
        everywhere=not (roles | {Relation.NONE}).isdisjoint(wanted),
        divisions=partner_divisions(viewer) if Relation.HR_PARTNER in wanted else frozenset(),
        people=frozenset(
            person_id
            for person_id, placement in near.items()
            if not relate(viewer, person_id, placement).isdisjoint(wanted)
        ),
        near=near,
    )


async def relations_within(
    tx: AsyncConnection, reach: Reach, subject_ids: Collection[str]
) -> dict[str, frozenset[Relation]]:
    """``relations_to_many`` of the reach's viewer; without a statement when all the subjects are near."""
    if not reach.near.keys() >= set(subject_ids):
        return await relations_to_many(tx, reach.viewer_id, subject_ids)
    viewer = reach.near.get(reach.viewer_id)
    return {each: relate(viewer, each, reach.near[each]) for each in subject_ids}
