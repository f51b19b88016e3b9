"""Commands on objectives; every list is done as a whole or not at all."""

from dataclasses import asdict
from fractions import Fraction
from http import HTTPStatus
from typing import Any
from uuid import UUID

from goals.inbound.schemas import AgreeBody, CheckInsBody, IdsBody, ObjectivesBody, ResultsBody
from goals.inbound.translate import to_goals, to_talk
from goals.inbound.views import describe_graded
from goals.usecases import advance_objectives
from goals.usecases.draft_objectives import draft_objectives
from goals.usecases.grade_objectives import grade_objectives
from goals.usecases.record_check_ins import record_check_ins
from goals.usecases.record_results import Result, record_results
from plumbline.runtime.clock import Now
from plumbline.runtime.http import Caller, Tx, create_router

router = create_router(tags=["objectives"])


@router.post("/cycles/{cycle_id}/objectives", status_code=HTTPStatus.CREATED)
async def draft(cycle_id: UUID, body: ObjectivesBody, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """Keep drafts; 422 names the field and fix of every mechanical error, warnings come with the answer."""
    goals, weeks = to_goals(cycle_id, body.objectives)
    kept = await draft_objectives(tx, cycle_id, goals, due_weeks=weeks, by=caller.person_id, now=now)
    return {
        "objectives": [
            {
                "objective_id": goal.objective_id,
                "owner_id": goal.owner_id,
                "stage": goal.objective.stage,
                "version": goal.version,
                "key_result_ids": [each.key_result_id for each in goal.key_results],
            }
            for goal in kept.goals
        ],
        "warnings": [asdict(each) for each in kept.warnings],
    }


@router.post("/objectives/propose")
async def propose(body: IdsBody, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """The owner proposes, and so agrees."""
    await advance_objectives.propose_objectives(tx, body.objective_ids, by=caller.person_id, now=now)
    return {"stage": "proposed", "objectives": len(body.objective_ids)}


@router.post("/objectives/agree")
async def agree(body: AgreeBody, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """The manager agrees to what the owners proposed."""
    await advance_objectives.agree_on_objectives(
        tx, body.objective_ids, by=caller.person_id, smart_confirmed=body.smart_confirmed, now=now
    )
    return {"stage": "agreed", "objectives": len(body.objective_ids)}


@router.post("/objectives/lock")
async def lock(body: IdsBody, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """Coordinator, HR partner or manager lock what both sides agreed on."""
    await advance_objectives.lock_objectives(tx, body.objective_ids, by=caller.person_id, now=now)
    return {"stage": "locked", "objectives": len(body.objective_ids)}


@router.post("/check-ins", status_code=HTTPStatus.CREATED)
async def check_in(body: CheckInsBody, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """Record check-ins; the answer names the key results at risk that still need an intervention plan."""
    talks = [to_talk(each) for each in body.people]
    needed = await record_check_ins(tx, body.cycle_id, talks, by=caller.person_id, now=now)
    return {"people": len(talks), "intervention_plan_needed": list(needed)}


@router.post("/results")
async def results(body: ResultsBody, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """Record actuals and own grades."""
    found = [
        Result(
            key_result_id=each.key_result_id,
            actual=Fraction(each.actual),
            done_on=each.done_date,
            own=each.own_grade,
        )
        for each in body.results
    ]
    await record_results(tx, found, by=caller.person_id, now=now)
    return {"results": len(found)}


@router.post("/objectives/grade")
async def grade(body: IdsBody, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """Grade objectives from their results."""
    graded = await grade_objectives(tx, body.objective_ids, by=caller.person_id, now=now)
    return {"objectives": [describe_graded(each) for each in graded]}
