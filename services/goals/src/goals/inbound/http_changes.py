"""Commands that change a locked key result in the middle of a cycle."""

from typing import Any
from uuid import UUID

from fastapi import Response

from goals.domain.editing import Edit
from goals.inbound.schemas import AdjustBody, ReplaceBody
from goals.inbound.translate import to_key_result, to_number
from goals.inbound.views import describe_change
from goals.usecases.approve_change import Changed, approve_change
from goals.usecases.change_key_result import adjust_key_result, replace_key_result
from plumbline.runtime.clock import Now
from plumbline.runtime.http import Caller, ExpectedVersion, Tx, create_router, etag

router = create_router(tags=["changes"])


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
    edit = Edit(
        title=body.title,
        target=to_number(body.target),
        strict=body.strict,
        artefact=body.artefact,
        due_on=body.due_on,
        due_week=body.due_week,
    )
    changed = await adjust_key_result(
        tx,
        key_result_id,
        edit,
        rationale=body.rationale,
        by=caller.person_id,
        expected=expected,
        now=now,
    )
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
    changed = await replace_key_result(
        tx,
        key_result_id,
        to_key_result(body.replacement),
        due_week=body.replacement.due_week,
        rationale=body.rationale,
        by=caller.person_id,
        expected=expected,
        now=now,
    )
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
    return {
        "objective_id": changed.objective_id,
        "version": changed.version,
        "approvals_missing": list(changed.missing),
        **describe_change(changed.change),
    }
