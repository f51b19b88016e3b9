"""Which outcomes a viewer may see, decided for many people at once, and the log of what was shown."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.usecases.rights import RESOURCES, state_of
from plumbline.runtime import audit
from plumbline.runtime.access import Action, Relation, Resource, may
from plumbline.runtime.directory import relations_to_many


async def only_visible(
    tx: AsyncConnection,
    rows: Sequence[dict[str, Any]],
    *,
    viewer: str,
    released: bool,
    now: datetime,
    component: str | None = None,
) -> list[dict[str, Any]]:
    """The rows that the viewer may read; what is shown of other people goes to the audit log."""
    related = await relations_to_many(tx, viewer, sorted({row["person_id"] for row in rows}))
    shown: list[dict[str, Any]] = []
    seen: set[tuple[str, Resource]] = set()
    for row in rows:
        resource = RESOURCES[component or row["component"]]
        started = row.get("starts_on") is not None
        state = state_of(resource, row["state"], released=released, started=started)
        held = related[row["person_id"]] | _on_panel(row, viewer)
        if may(held, action=Action.READ, resource=resource, state=state):
            shown.append(row)
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
