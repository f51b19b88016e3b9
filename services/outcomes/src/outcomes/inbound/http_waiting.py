"""Requests in: who waits for what, and who goes on without pay."""

from typing import Any
from uuid import UUID

from fastapi import Depends

from outcomes.inbound.bodies import WithoutPay
from outcomes.outbound.waiting import list_held_pools, list_waiting
from outcomes.usecases.go_without_pay import go_without_pay
from outcomes.usecases.read_without_pay import read_without_pay
from plumbline.runtime.access import Action, Resource, State, may
from plumbline.runtime.clock import Now
from plumbline.runtime.directory import standing, standing_in_each
from plumbline.runtime.http import Caller, Tx, create_router, require, require_idempotency_key

router = create_router(tags=["outcomes"])


@router.get("/cycles/{cycle_id}/waiting")
async def get_waiting(cycle_id: UUID, tx: Tx, caller: Caller) -> dict[str, Any]:
    """The people whose outcomes wait, and the pools, and for what; of the divisions whose pools the caller may read."""
    held = await standing(tx, caller.person_id, None)
    require(held, action=Action.READ, resource=Resource.POOL, state=State.OPEN)
    rows, pools = await list_waiting(tx, cycle_id), await list_held_pools(tx, cycle_id)
    held_in = await standing_in_each(tx, caller.person_id, {row["division"] for row in (*rows, *pools)})
    readable = {
        division
        for division, held in held_in.items()
        if may(held, action=Action.READ, resource=Resource.POOL, state=State.OPEN)
    }
    return {
        "waiting": [row for row in rows if row["division"] in readable],
        "pools": [row for row in pools if row["division"] in readable],
    }


@router.get("/cycles/{cycle_id}/without-pay")
async def get_without_pay(cycle_id: UUID, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """Who was named without pay, by whom, why and when; of the divisions in which the caller may name people."""
    return {"people": await read_without_pay(tx, cycle_id, who=caller.person_id, now=now)}


@router.post("/cycles/{cycle_id}/without-pay", dependencies=[Depends(require_idempotency_key)])
async def post_without_pay(
    cycle_id: UUID, body: WithoutPay, tx: Tx, caller: Caller, now: Now
) -> dict[str, Any]:
    """Let people without a pay record go on without merit, by name and with a reason, all or none."""
    reasons = {each.person_id: each.reason for each in body.people}
    went_on = await go_without_pay(tx, cycle_id=cycle_id, reasons=reasons, who=caller.person_id, now=now)
    return {
        "named": went_on.named,
        "decided": went_on.decided,
        "pools_awarded": went_on.pools_awarded,
    }
