"""Requests in: what managers make of the assignments that ratings offer."""

from typing import Any
from uuid import UUID

from outcomes.inbound.bodies import Assignments
from outcomes.usecases import queries
from outcomes.usecases.write_assignments import write_assignments
from plumbline.runtime import audit
from plumbline.runtime.access import Action, Resource, State
from plumbline.runtime.clock import Now
from plumbline.runtime.directory import relations_to_many
from plumbline.runtime.http import Caller, Tx, create_router, require
from plumbline.runtime.problems import not_found

router = create_router(tags=["outcomes"])


@router.post("/cycles/{cycle_id}/assignments")
async def post_assignments(
    cycle_id: UUID, body: Assignments, tx: Tx, caller: Caller, now: Now
) -> dict[str, Any]:
    """Write what the reports' assignments are about, all or none; before the release they are still drafts."""
    if await queries.find_cycle(tx, cycle_id) is None:
        raise not_found("cycle")
    texts = {each.person_id: each.text for each in body.assignments}
    for held in (await relations_to_many(tx, caller.person_id, list(texts))).values():
        require(held, action=Action.WRITE, resource=Resource.DEVELOPMENT_PLAN, state=State.DRAFT)
    written = await write_assignments(tx, cycle_id=cycle_id, texts=texts, by=caller.person_id, now=now)
    if written != frozenset(texts):
        raise not_found("assignment")
    entries = [
        audit.AuditEntry(
            who=caller.person_id,
            action=Action.WRITE,
            resource=Resource.DEVELOPMENT_PLAN,
            subject=person,
            purpose="assignment",
        )
        for person in sorted(written)
    ]
    await audit.record(tx, entries, service="outcomes", now=now)
    return {"written": len(written)}
