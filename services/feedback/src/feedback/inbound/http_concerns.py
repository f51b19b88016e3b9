"""Requests about documented concerns."""

from typing import Any
from uuid import UUID

from feedback.domain.concern_steps import DocumentedConcern, Step, lacks
from feedback.domain.rules import is_contemporaneous, lint_feedback
from feedback.inbound.bodies import ConcernsBody, ResourceBody
from feedback.inbound.roles import reach_of
from feedback.inbound.views import describe_warnings
from feedback.outbound.concerns import list_concerns, lock_concern
from feedback.settings import SERVICE
from feedback.usecases.advance_concern import advance_concern
from feedback.usecases.document_concerns import ConcernDraft, document_concerns
from plumbline.runtime import audit
from plumbline.runtime.access import Action, Relation, Resource, State, may
from plumbline.runtime.clock import Now
from plumbline.runtime.directory import relations, relations_to_many
from plumbline.runtime.http import Caller, Tx, create_router, require
from plumbline.runtime.problems import forbidden

router = create_router(tags=["concerns"])

# A resource may be offered before and after the delivery, by whoever documents.
RIGHTS = {
    Step.DELIVER: (Action.WRITE, State.DRAFT),
    Step.ACKNOWLEDGE: (Action.ACKNOWLEDGE, State.SUBMITTED),
    Step.WITNESS_REFUSAL: (Action.APPROVE, State.SUBMITTED),
    Step.OFFER_RESOURCE: (Action.WRITE, State.DRAFT),
}


@router.post("/concerns")
async def document(body: ConcernsBody, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """Document concerns about one's reports; they count as recorded today, by the server's clock."""
    related = await relations_to_many(tx, caller.person_id, [each.person_id for each in body.concerns])
    for held in related.values():
        require(held, action=Action.WRITE, resource=Resource.DOCUMENTED_CONCERN, state=State.DRAFT)
    drafts = [
        ConcernDraft(
            cycle_id=each.cycle_id,
            person_id=each.person_id,
            gap=each.gap,
            text=each.text,
            occurred_on=each.occurred_on,
        )
        for each in body.concerns
    ]
    concerns = await document_concerns(tx, author=caller.person_id, drafts=drafts, now=now)
    await _log(tx, caller.person_id, Action.WRITE, concerns, "document", now)
    answer = [
        {**describe(each), "warnings": describe_warnings(lint_feedback(each.text))} for each in concerns
    ]
    return {"concerns": answer}


@router.post("/concerns/{concern_id}/deliver")
async def deliver(concern_id: UUID, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """Note that the concern was handed to the person, who may read it from now on."""
    return await _step(tx, concern_id, Step.DELIVER, caller.person_id, now)


@router.post("/concerns/{concern_id}/acknowledge")
async def acknowledge(concern_id: UUID, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """The person received it, which is not: agrees."""
    return await _step(tx, concern_id, Step.ACKNOWLEDGE, caller.person_id, now)


@router.post("/concerns/{concern_id}/witness-refusal")
async def witness_refusal(concern_id: UUID, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """HR saw that the person would not acknowledge it."""
    return await _step(tx, concern_id, Step.WITNESS_REFUSAL, caller.person_id, now)


@router.post("/concerns/{concern_id}/offer-resource")
async def offer_resource(
    concern_id: UUID, body: ResourceBody, tx: Tx, caller: Caller, now: Now
) -> dict[str, Any]:
    """Note what was offered to the person."""
    return await _step(tx, concern_id, Step.OFFER_RESOURCE, caller.person_id, now, resource=body.resource)


@router.get("/cycles/{cycle_id}/concerns")
async def show_all(cycle_id: UUID, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """The concerns of a cycle that the caller may read; the person reads them once they are delivered."""
    viewer = caller.person_id
    reach = await reach_of(
        tx,
        viewer,
        action=Action.READ,
        state=State.SUBMITTED,
        resource=Resource.DOCUMENTED_CONCERN,
        needed=False,
    )
    found = await list_concerns(
        tx, cycle_id, viewer=viewer, everywhere=reach.everywhere, divisions=reach.divisions
    )
    related = await relations_to_many(tx, viewer, sorted({each.person_id for each in found}))
    shown = [
        each
        for each in found
        if may(
            related[each.person_id],
            action=Action.READ,
            resource=Resource.DOCUMENTED_CONCERN,
            state=state_of(each),
        )
    ]
    others = [each for each in shown if each.person_id != viewer]
    await _log(tx, viewer, Action.READ, others, "concerns", now)
    return {"concerns": [describe(each) for each in shown]}


def state_of(concern: DocumentedConcern) -> State:
    """The state by which the access table knows a concern: the person sees it from the delivery on."""
    return State.DRAFT if concern.delivered_on is None else State.SUBMITTED


def describe(concern: DocumentedConcern) -> dict[str, Any]:
    """A concern, to somebody who may read it."""
    return {
        "concern_id": concern.concern_id,
        "cycle_id": concern.cycle_id,
        "person_id": concern.person_id,
        "author_id": concern.author_id,
        "gap": concern.gap,
        "text": concern.text,
        "occurred_on": concern.occurred_on,
        "recorded_on": concern.recorded_on,
        "delivered_on": concern.delivered_on,
        "acknowledged_on": concern.acknowledged_on,
        "refusal_witnessed_on": concern.refusal_witnessed_on,
        "resource_offered_on": concern.resource_offered_on,
        "resource": concern.resource,
        "contemporaneous": is_contemporaneous(
            occurred_on=concern.occurred_on, recorded_on=concern.recorded_on
        ),
        "lacks": list(lacks(concern)),
    }


async def _step(
    tx: Tx, concern_id: UUID, step: Step, caller: str, now: Now, resource: str | None = None
) -> dict[str, Any]:
    concern = await lock_concern(tx, concern_id)
    if concern is None:
        raise forbidden()
    action, state = RIGHTS[step]
    held = await relations(tx, caller, concern.person_id)
    require(held, action=action, resource=Resource.DOCUMENTED_CONCERN, state=state)
    # Before the delivery the person must not learn that there is a concern.
    if action is Action.ACKNOWLEDGE and state_of(concern) is State.DRAFT:
        raise forbidden()
    changed = await advance_concern(
        tx, concern, step, by=caller, leads=Relation.MANAGER in held, now=now, resource=resource
    )
    await _log(tx, caller, action, [changed], step.value, now)
    return describe(changed)


async def _log(
    tx: Tx,
    who: str,
    action: Action,
    concerns: list[DocumentedConcern] | tuple[DocumentedConcern, ...],
    purpose: str,
    now: Now,
) -> None:
    entries = [
        audit.AuditEntry(
            who=who,
            action=action,
            resource=Resource.DOCUMENTED_CONCERN,
            subject=each.person_id,
            purpose=purpose,
        )
        for each in concerns
    ]
    await audit.record(tx, entries, service=SERVICE.name, now=now)
