"""Requests in: PIPs written, approved, begun, acknowledged, checked and moved."""

from typing import Any
from uuid import UUID

from fastapi import Depends

from outcomes.domain.follow_ups import PIP, FollowUp
from outcomes.domain.rules.approval import ApprovalStep
from outcomes.domain.rules.pip import PipState, pip_approvals_missing
from outcomes.inbound.bodies import Check, PipApproval, PipDraft, PipMoved, Seen
from outcomes.inbound.http_plans import recorded, shown
from outcomes.usecases.move_pip import PipMove, acknowledge_pip, move_pip_on
from outcomes.usecases.prepare_pip import approve_pip, draft_pip, start_pip
from plumbline.runtime.clock import Now
from plumbline.runtime.http import Caller, ExpectedVersion, Tx, create_router, require_idempotency_key

router = create_router(tags=["pips"])
once = [Depends(require_idempotency_key)]


@router.post("/pips/{pip_id}/draft", dependencies=once)
async def post_draft(
    pip_id: UUID, body: PipDraft, tx: Tx, caller: Caller, now: Now, expected: ExpectedVersion
) -> dict[str, Any]:
    """The manager writes exit criteria and support; approvals name the version that this answers."""
    pip = await draft_pip(
        tx,
        pip_id,
        revision=body.revision,
        version=expected,
        exit_criteria=body.exit_criteria,
        support=body.support,
        who=caller.person_id,
        now=now,
    )
    return _proposed(pip)


@router.post("/pips/{pip_id}/approvals", dependencies=once)
async def post_approval(
    pip_id: UUID, body: PipApproval, tx: Tx, caller: Caller, now: Now, expected: ExpectedVersion
) -> dict[str, Any]:
    """Skip-level and HR partner approve the version that they read."""
    pip = await approve_pip(
        tx, pip_id, revision=body.revision, version=expected, read=body.version, who=caller.person_id, now=now
    )
    return _proposed(pip)


@router.post("/pips/{pip_id}/start", dependencies=once)
async def post_start(
    pip_id: UUID, body: Seen, tx: Tx, caller: Caller, now: Now, expected: ExpectedVersion
) -> dict[str, Any]:
    """The manager begins an approved PIP today."""
    return shown(
        await start_pip(tx, pip_id, revision=body.revision, version=expected, who=caller.person_id, now=now)
    )


@router.post("/pips/{pip_id}/acknowledgement", dependencies=once)
async def post_acknowledgement(
    pip_id: UUID, body: Seen, tx: Tx, caller: Caller, now: Now, expected: ExpectedVersion
) -> dict[str, Any]:
    """The employee acknowledges to have received it, which is not agreement."""
    pip = await acknowledge_pip(
        tx, pip_id, revision=body.revision, version=expected, who=caller.person_id, now=now
    )
    return {**shown(pip), "acknowledged_at": pip.acknowledged_at}


@router.post("/pips/{pip_id}/milestones", dependencies=once)
async def post_milestone(
    pip_id: UUID, body: Check, tx: Tx, caller: Caller, now: Now, expected: ExpectedVersion
) -> dict[str, Any]:
    """The manager records a weekly milestone."""
    return await recorded(tx, pip_id, body, component=PIP, expected=expected, who=caller.person_id, now=now)


@router.post("/pips/{pip_id}/moves", dependencies=once)
async def post_move(
    pip_id: UUID, body: PipMoved, tx: Tx, caller: Caller, now: Now, expected: ExpectedVersion
) -> dict[str, Any]:
    """HR extends, suspends, resumes (to active), withdraws, passes or fails it; a failed one goes to a panel."""
    move = PipMove(to=PipState(body.to), reason=body.reason, ends_on=body.ends_on, panel=body.panel)
    pip = await move_pip_on(
        tx, pip_id, move, revision=body.revision, version=expected, who=caller.person_id, now=now
    )
    return {**shown(pip), "suspended_on": pip.suspended_on, "panel": list(pip.panel)}


def _proposed(pip: FollowUp) -> dict[str, Any]:
    missing = pip_approvals_missing([ApprovalStep(step) for step in pip.approvals])
    return {**shown(pip), "approvals": dict(pip.approvals), "approvals_missing": sorted(missing)}
