"""Requests about continuous feedback."""

from dataclasses import asdict
from typing import Any

from feedback.domain.rules import lint_feedback
from feedback.inbound.bodies import NotesBody
from feedback.inbound.views import describe_warnings
from feedback.outbound.notes import find_notes
from feedback.settings import SERVICE
from feedback.usecases.give_notes import NoteDraft, give_notes
from plumbline.runtime import audit
from plumbline.runtime.access import Action, Relation, Resource, may
from plumbline.runtime.clock import Now
from plumbline.runtime.directory import find_person, relations, relations_to_many
from plumbline.runtime.http import Caller, Tx, create_router, require
from plumbline.runtime.security import limit_to_divisions

router = create_router(tags=["notes"])


@router.post("/notes")
async def give(body: NotesBody, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """Give feedback about others; it is not anonymous, and the answer says so."""
    related = await relations_to_many(tx, caller.person_id, [each.person_id for each in body.notes])
    for held in related.values():
        require(held, action=Action.WRITE, resource=Resource.FEEDBACK_NOTE)
    drafts = [
        NoteDraft(person_id=each.person_id, text=each.text, occurred_on=each.occurred_on)
        for each in body.notes
    ]
    notes = await give_notes(tx, author=caller.person_id, drafts=drafts, now=now)
    entries = [
        audit.AuditEntry(
            who=caller.person_id,
            action=Action.WRITE,
            resource=Resource.FEEDBACK_NOTE,
            subject=each.person_id,
            purpose="give",
        )
        for each in notes
    ]
    await audit.record(tx, entries, service=SERVICE.name, now=now)
    return {
        "notes": [
            {
                "feedback_id": each.feedback_id,
                "person_id": each.person_id,
                "anonymous": False,
                "warnings": describe_warnings(lint_feedback(each.text)),
            }
            for each in notes
        ]
    }


@router.get("/people/{person_id}/notes")
async def show(person_id: str, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """The notes about a person: all for the person and the manager, their own for others."""
    viewer = caller.person_id
    held = await relations(tx, viewer, person_id)
    sees_all = may(held, action=Action.READ, resource=Resource.FEEDBACK_NOTE)
    as_author = held | {Relation.AUTHOR} if held else held
    require(as_author, action=Action.READ, resource=Resource.FEEDBACK_NOTE)
    person = await find_person(tx, person_id)
    await limit_to_divisions(tx, [person.division] if person else [])
    notes = await find_notes(tx, person_id, author=None if sees_all else viewer)
    if notes and viewer != person_id:
        entry = audit.AuditEntry(
            who=viewer,
            action=Action.READ,
            resource=Resource.FEEDBACK_NOTE,
            subject=person_id,
            purpose="notes",
        )
        await audit.record(tx, [entry], service=SERVICE.name, now=now)
    return {"notes": [asdict(each) for each in notes]}
