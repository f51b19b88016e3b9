"""Requests in: what levels ask for, the evidence of promotion cases, and their decisions."""

from typing import Any
from uuid import UUID

from fastapi import Depends

from outcomes.domain.follow_ups import FollowUp
from outcomes.domain.rules.promotion import PromotionState
from outcomes.inbound.bodies import CaseDecisions, CasesEvidence, Criteria
from outcomes.usecases.decide_promotions import PromotionDecision, decide_promotions
from outcomes.usecases.give_evidence import Evidence, give_evidence
from outcomes.usecases.set_promotion_criteria import list_promotion_criteria, set_promotion_criteria
from plumbline.runtime.clock import Now
from plumbline.runtime.http import Caller, ExpectedVersion, Tx, create_router, require_idempotency_key

router = create_router(tags=["promotions"])
once = [Depends(require_idempotency_key)]


@router.get("/promotion-criteria")
async def get_criteria(division: str, tx: Tx, caller: Caller) -> dict[str, Any]:
    """What each level of a division asks for, in the version in force."""
    found = await list_promotion_criteria(tx, division=division, who=caller.person_id)
    levels = [
        {"level": each.level, "version": each.version, "criteria": dict(each.criteria)} for each in found
    ]
    return {"division": division, "levels": levels}


@router.post("/promotion-criteria", dependencies=once)
async def post_criteria(
    body: Criteria, tx: Tx, caller: Caller, now: Now, expected: ExpectedVersion
) -> dict[str, Any]:
    """Set what a level asks for; a new version, which cases decided before do not see."""
    version = await set_promotion_criteria(
        tx,
        division=body.division,
        level=body.level,
        criteria=body.criteria,
        seen=expected,
        who=caller.person_id,
        now=now,
    )
    return {"division": body.division, "level": body.level, "version": version}


@router.post("/promotion-cases/evidence", dependencies=once)
async def post_evidence(body: CasesEvidence, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """Give the evidence of one's reports' cases: ids and links under each criterion, and the role that one prepares for."""
    given = [
        Evidence(
            outcome_id=each.outcome_id,
            revision=each.revision,
            version=each.version,
            evidence={name: tuple(ids) for name, ids in each.evidence.items()},
            target_level=each.target_level,
            prepares_for=each.prepares_for,
        )
        for each in body.cases
    ]
    changed = await give_evidence(tx, given, who=caller.person_id, now=now)
    return {"cases": [_shown(each) for each in changed]}


@router.post("/promotion-cases/decisions", dependencies=once)
async def post_decisions(body: CaseDecisions, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """Approve, decline or defer cases, with reasons; the skip-level or the HR partner."""
    decisions = [
        PromotionDecision(
            outcome_id=each.outcome_id,
            revision=each.revision,
            version=each.version,
            decision=PromotionState(each.decision),
            reasons=each.reasons,
            effective_from=each.effective_from,
        )
        for each in body.decisions
    ]
    changed = await decide_promotions(tx, decisions, who=caller.person_id, now=now)
    return {"cases": [_shown(each) for each in changed]}


def _shown(case: FollowUp) -> dict[str, str | int | UUID | None]:
    effective_from = case.content.get("effective_from")
    return {
        "outcome_id": case.outcome_id,
        "person_id": case.person_id,
        "state": case.state,
        "version": case.version,
        "criteria_version": int(str(case.content["criteria_version"])),
        "effective_from": None if effective_from is None else str(effective_from),
    }
