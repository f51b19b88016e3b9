"""Which outcomes a viewer may see, decided for many people at once, and the log of what was shown."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime import audit
from plumbline.runtime.access import Action, Resource, State, may
from plumbline.runtime.directory import relations_to_many

RESOURCES = {
    "merit": Resource.AWARD,
    "equity": Resource.AWARD,
    "promotion_case": Resource.PROMOTION_CASE,
    "assignment": Resource.DEVELOPMENT_PLAN,
    "development_plan": Resource.DEVELOPMENT_PLAN,
    "pip": Resource.PIP,
}
_BY_RELEASE = frozenset({Resource.AWARD, Resource.PROMOTION_CASE})


def state_of(resource: Resource, outcome_state: str, *, released: bool) -> State:
    """The access state of an outcome: by the release for pay and promotion, by its own life for plans."""
    if resource in _BY_RELEASE:
        return State.AFTER_RELEASE if released else State.BEFORE_RELEASE
    drafts = ("draft", "proposed", "refused")
    return State.DRAFT if outcome_state in drafts or not released else State.OPEN


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
        state = state_of(resource, row["state"], released=released)
        if may(related[row["person_id"]], action=Action.READ, resource=resource, state=state):
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
