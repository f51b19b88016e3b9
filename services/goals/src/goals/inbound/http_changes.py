"""Commands that change locked key results in the middle of a cycle; a list is done as a whole or not at all."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import Response

from goals.domain.editing import Edit
from goals.inbound.schemas import AdjustBody, ApprovalsBody, ChangesBody, ReplaceBody
from goals.inbound.translate import to_edit, to_key_result, to_proposal
from goals.inbound.views import describe_change
from goals.usecases.approve_changes import Changed, approve_change, approve_changes
from goals.usecases.change_key_results import Proposal, propose_change, propose_changes
from plumbline.runtime.clock import Now
from plumbline.runtime.http import Caller, ExpectedVersion, Tx, create_router, etag

router = create_router(tags=["changes"])


@router.post("/changes")
async def propose(body: ChangesBody, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """Propose changes of many key results; the other sides approve."""
    proposals = [to_proposal(each) for each in body.changes]
    return _answer_all(await propose_changes(tx, proposals, by=caller.person_id, now=now))


@router.post("/changes/approve")
async def approve_all(body: ApprovalsBody, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """Approve many changes; each last approval applies its change."""
    named = [(each.objective_id, each.adjustment_id) for each in body.approvals]
    return _answer_all(await approve_changes(tx, named, by=caller.person_id, now=now))


@router.post("/key-results/{key_result_id}/adjust")
async def adjust(
    key_result_id: UUID,
    body: AdjustBody,
    tx: Tx,
    caller: Caller,
    now: Now,
    expected: ExpectedVersion,
    response: Response,
) -> dict[str, Any]:
    """Propose another scope or due date; the other side approves."""
    proposal = Proposal(key_result_id=key_result_id, rationale=body.rationale, edit=to_edit(body))
    changed = await propose_change(tx, proposal, by=caller.person_id, expected=expected, now=now)
    return _answer(changed, response)


@router.post("/key-results/{key_result_id}/replace")
async def replace(
    key_result_id: UUID,
    body: ReplaceBody,
    tx: Tx,
    caller: Caller,
    now: Now,
    expected: ExpectedVersion,
    response: Response,
) -> dict[str, Any]:
    """Propose another key result in its place; the skip-level approves too, or the HR partner."""
    proposal = Proposal(
        key_result_id=key_result_id,
        rationale=body.rationale,
        edit=Edit(due_week=body.replacement.due_week),
        replacement=to_key_result(body.replacement),
    )
    changed = await propose_change(tx, proposal, by=caller.person_id, expected=expected, now=now)
    return _answer(changed, response)


@router.post("/objectives/{objective_id}/adjustments/{adjustment_id}/approve")
async def approve(
    objective_id: UUID,
    adjustment_id: UUID,
    tx: Tx,
    caller: Caller,
    now: Now,
    expected: ExpectedVersion,
    response: Response,
) -> dict[str, Any]:
    """Approve an adjustment or a replacement; the last approval applies it."""
    changed = await approve_change(
        tx, objective_id, adjustment_id, by=caller.person_id, expected=expected, now=now
    )
    return _answer(changed, response)


def _answer(changed: Changed, response: Response) -> dict[str, Any]:
    response.headers["ETag"] = etag(changed.version)
    return {**_state(changed), **describe_change(changed.change)}


def _answer_all(changes: Sequence[Changed]) -> dict[str, Any]:
    """In the order of the request; what the changes say is read with the objectives."""
    return {
        "changes": [
            {
                **_state(each),
                "adjustment_id": str(each.change.adjustment_id),
                "key_result_id": str(each.change.key_result_id),
                "applied_at": each.change.applied_at,
            }
            for each in changes
        ]
    }


def _state(changed: Changed) -> dict[str, Any]:
    return {
        "objective_id": changed.objective_id,
        "version": changed.version,
        "approvals_missing": list(changed.missing),
    }
