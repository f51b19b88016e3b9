"""Requests in: the awards that wait for one's signature, and their signatures."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import Depends

from outcomes.domain.rules.approval import ApprovalStep
from outcomes.domain.rules.money import decimal_text
from outcomes.inbound.bodies import Approvals
from outcomes.outbound.signable import SignableAward
from outcomes.usecases import queries
from outcomes.usecases.sign_awards import Turn, awards_to_sign, sign_awards
from plumbline.runtime.clock import Now
from plumbline.runtime.http import Caller, Tx, create_router, require_idempotency_key
from plumbline.runtime.problems import not_found

router = create_router(tags=["outcomes"])


@router.get("/cycles/{cycle_id}/approvals")
async def get_approvals(cycle_id: UUID, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """The awards that wait for the caller's signature, each with the revision to name and the steps to sign.

    The chain itself is the right to read what one signs: the amounts, without what tells the rating.
    """
    await _released(tx, cycle_id)
    turns = await awards_to_sign(tx, cycle_id=cycle_id, person_id=caller.person_id, now=now)
    return {"awards": [_shown(each) for each in turns]}


@router.post("/cycles/{cycle_id}/approvals", dependencies=[Depends(require_idempotency_key)])
async def post_approvals(cycle_id: UUID, body: Approvals, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """Sign named awards in one's turn of the approval chain: manager, skip-level, HR partner, finance when over budget.

    The chain itself is the right to sign, so that an own award is nobody's to sign for oneself.
    """
    signed = await sign_awards(
        tx,
        cycle_id=cycle_id,
        person_id=caller.person_id,
        revisions={each.outcome_id: each.revision for each in body.awards},
        released=await _released(tx, cycle_id),
        now=now,
    )
    refused = {
        str(outcome_id): {"code": why.code, "fix": why.fix or why.reason}
        for outcome_id, why in signed.refused.items()
    }
    return {"signed": signed.signed, "approved": signed.approved, "refused": refused}


async def _released(tx: Tx, cycle_id: UUID) -> bool:
    cycle = await queries.find_cycle(tx, cycle_id)
    if cycle is None:
        raise not_found("cycle")
    return cycle["released_on"] is not None


def _shown(turn: Turn) -> dict[str, Any]:
    award, steps = turn
    amounts = {
        "award": award.award,
        "base_increase": award.base_increase,
        "lump_sum": award.lump_sum,
        "new_salary": award.new_salary,
    }
    return {
        "outcome_id": award.outcome_id,
        "revision": award.revision,
        "person_id": award.person_id,
        "division": award.division,
        "currency": award.currency,
        **{name: decimal_text(amount, award.currency) for name, amount in amounts.items()},
        "steps": [str(step) for step in steps],
        **_over_budget(award, steps),
    }


def _over_budget(award: SignableAward, steps: Sequence[ApprovalStep]) -> dict[str, str]:
    """To whom the step of finance is: by how much the correction left its pool over budget."""
    if award.excess is None or ApprovalStep.FINANCE not in steps:
        return {}
    return {"over_budget": decimal_text(award.excess, award.currency)}
