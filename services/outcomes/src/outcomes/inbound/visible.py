"""Which outcomes a viewer may see, read and decided for many people at once, and the log of what was shown."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.inbound.shown import shown_award, shown_outcome
from outcomes.usecases import queries
from outcomes.usecases.rights import RESOURCES, readers_of, state_of
from plumbline.runtime import audit
from plumbline.runtime.access import Action, Relation, Resource, may
from plumbline.runtime.directory import relations_to_many
from plumbline.runtime.reach import reach_of, relations_within

_MERIT = "merit"


async def visible_awards(
    tx: AsyncConnection,
    cycle_id: UUID,
    *,
    viewer: str,
    released: bool,
    now: datetime,
    person_id: str | None = None,
) -> list[dict[str, Any]]:
    """The merit awards that the viewer may read, of one person or of all; only whom the viewer reaches is read."""
    if person_id is None:
        reach = await reach_of(tx, viewer, readers_of([_MERIT], released=released))
        rows = await queries.list_awards(tx, cycle_id, within=reach)
        related = await relations_within(tx, reach, people_of(rows))
    else:
        rows = await queries.list_awards(tx, cycle_id, person_id=person_id)
        related = await relations_to_many(tx, viewer, people_of(rows))
    return await only_visible(tx, rows, related, viewer=viewer, released=released, now=now, component=_MERIT)


async def visible_outcomes(
    tx: AsyncConnection,
    cycle_id: UUID,
    *,
    viewer: str,
    released: bool,
    now: datetime,
    person_id: str | None = None,
    component: str | None = None,
) -> list[dict[str, Any]]:
    """The other outcomes that the viewer may read, of one person or of all; only whom the viewer reaches is read."""
    if person_id is None:
        asked = RESOURCES.keys() if component is None else RESOURCES.keys() & {component}
        readers = readers_of(asked, released=released)
        reach = await reach_of(tx, viewer, readers)
        on_panel = Relation.PANEL_MEMBER in readers
        rows = await queries.list_outcomes(tx, cycle_id, component=component, within=reach, on_panel=on_panel)
        related = await relations_within(tx, reach, people_of(rows))
    else:
        rows = await queries.list_outcomes(tx, cycle_id, person_id=person_id, component=component)
        related = await relations_to_many(tx, viewer, people_of(rows))
    return await only_visible(tx, rows, related, viewer=viewer, released=released, now=now)


def people_of(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Whose these rows are, each person once."""
    return sorted({row["person_id"] for row in rows})


async def only_visible(
    tx: AsyncConnection,
    rows: Sequence[dict[str, Any]],
    related: Mapping[str, frozenset[Relation]],
    *,
    viewer: str,
    released: bool,
    now: datetime,
    component: str | None = None,
) -> list[dict[str, Any]]:
    """The rows that the viewer may read, without what tells a rating that the viewer may not; the log notes whose."""
    as_shown = shown_award if component == _MERIT else shown_outcome
    shown: list[dict[str, Any]] = []
    seen: set[tuple[str, Resource]] = set()
    for row in rows:
        resource = RESOURCES[component or row["component"]]
        started = row.get("starts_on") is not None
        state = state_of(resource, row["state"], released=released, started=started)
        held = related[row["person_id"]] | _on_panel(row, viewer)
        if may(held, action=Action.READ, resource=resource, state=state):
            shown.append(as_shown(row, held, released=released))
            seen.add((row["person_id"], resource))
    entries = [
        audit.AuditEntry(
            who=viewer, action=Action.READ, resource=resource, subject=person, purpose="outcomes"
        )
        for person, resource in sorted(seen)
        if person != viewer
    ]
    await audit.record(tx, entries, service="outcomes", now=now)
    return shown


def _on_panel(row: dict[str, Any], viewer: str) -> frozenset[Relation]:
    return frozenset({Relation.PANEL_MEMBER} if viewer in row.get("panel", ()) else ())
