"""Requests about cycles."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import Response
from uuid_utils.compat import uuid7

from plumbline.contracts.cycle import PhaseName
from plumbline.runtime import audit
from plumbline.runtime.access import Action, Resource, State, may
from plumbline.runtime.clock import Now
from plumbline.runtime.directory import standing
from plumbline.runtime.http import Caller, ExpectedVersion, Tx, create_router, etag, require
from reviews.domain.cycle import Stage
from reviews.domain.rules.planning import CyclePlan, Phase, PlannedDivision, PlannedPhase, merit_runs
from reviews.domain.setup import Department, Pool, pool_id_of
from reviews.inbound.schemas import BudgetBody, CycleBody, PhaseAct, PoolBody, ReasonBody
from reviews.inbound.views import describe_completion, describe_cycle
from reviews.outbound.announcements import SOURCE
from reviews.outbound.cycle_reader import list_cycle_ids
from reviews.outbound.records import StoredCycle
from reviews.usecases import advance_cycle
from reviews.usecases.approve_cycle import approve_cycle
from reviews.usecases.change_budget import change_budget
from reviews.usecases.draft_cycle import CycleDraft, draft_cycle
from reviews.usecases.exclude_session import exclude_session
from reviews.usecases.load import load_to_read
from reviews.usecases.read_completion import read_completion

router = create_router(tags=["cycles"])
_RUN = {"open": advance_cycle.open_phase, "close": advance_cycle.close_phase}


@router.post("/cycles", status_code=HTTPStatus.CREATED)
async def draft(body: CycleBody, tx: Tx, caller: Caller, now: Now, response: Response) -> dict[str, Any]:
    """Plan a cycle as a draft."""
    await _require(tx, caller, Action.WRITE, State.DRAFT)
    stored = await draft_cycle(tx, to_draft(body, by=caller.person_id), by=caller.person_id, now=now)
    return await _answer(tx, caller, stored, now, response, "draft")


@router.post("/cycles/{cycle_id}/approve")
async def approve(
    cycle_id: UUID, tx: Tx, caller: Caller, now: Now, expected: ExpectedVersion, response: Response
) -> dict[str, Any]:
    """Freeze policies, sessions and participants, and open the cycle."""
    await _require(tx, caller, Action.APPROVE, State.DRAFT)
    stored = await approve_cycle(tx, cycle_id, by=caller.person_id, expected=expected, now=now)
    return await _answer(tx, caller, stored, now, response, "approve")


@router.post("/cycles/{cycle_id}/phases/{name}/{act}")
async def run_phase(
    cycle_id: UUID,
    name: PhaseName,
    act: PhaseAct,
    tx: Tx,
    caller: Caller,
    now: Now,
    expected: ExpectedVersion,
    response: Response,
) -> dict[str, Any]:
    """Open or close a phase."""
    await _require(tx, caller, Action.DECIDE, State.OPEN)
    run = _RUN[act]
    stored = await run(tx, cycle_id, Phase(name), by=caller.person_id, expected=expected, now=now)
    return await _answer(tx, caller, stored, now, response, f"{act} {name}")


@router.post("/cycles/{cycle_id}/sessions/{session_id}/exclude")
async def exclude(
    cycle_id: UUID,
    session_id: UUID,
    body: ReasonBody,
    tx: Tx,
    caller: Caller,
    now: Now,
    expected: ExpectedVersion,
    response: Response,
) -> dict[str, Any]:
    """Exclude a planned session by name, with a reason."""
    await _require(tx, caller, Action.DECIDE, State.OPEN)
    stored = await exclude_session(
        tx, cycle_id, session_id, reason=body.reason, by=caller.person_id, expected=expected, now=now
    )
    return await _answer(tx, caller, stored, now, response, "exclude session")


@router.post("/cycles/{cycle_id}/budgets")
async def budget(
    cycle_id: UUID,
    body: BudgetBody,
    tx: Tx,
    caller: Caller,
    now: Now,
    expected: ExpectedVersion,
    response: Response,
) -> dict[str, Any]:
    """Give a division's pool another budget, with a reason; it counts unless the pool was awarded before."""
    await _require(tx, caller, Action.DECIDE, State.OPEN)
    stored = await change_budget(
        tx,
        cycle_id,
        to_pool(body, cycle_id),
        reason=body.reason,
        by=caller.person_id,
        expected=expected,
        now=now,
    )
    return await _answer(tx, caller, stored, now, response, "change budget")


@router.post("/cycles/{cycle_id}/release")
async def release(
    cycle_id: UUID, tx: Tx, caller: Caller, now: Now, expected: ExpectedVersion, response: Response
) -> dict[str, Any]:
    """Let employees see their results; 409 while a planned session is not final."""
    await _require(tx, caller, Action.DECIDE, State.OPEN)
    stored = await advance_cycle.release_results(
        tx, cycle_id, by=caller.person_id, expected=expected, now=now
    )
    return await _answer(tx, caller, stored, now, response, "release")


@router.post("/cycles/{cycle_id}/close")
async def close(
    cycle_id: UUID, tx: Tx, caller: Caller, now: Now, expected: ExpectedVersion, response: Response
) -> dict[str, Any]:
    """Close the cycle."""
    await _require(tx, caller, Action.DECIDE, State.OPEN)
    stored = await advance_cycle.close_cycle(tx, cycle_id, by=caller.person_id, expected=expected, now=now)
    return await _answer(tx, caller, stored, now, response, "close")


@router.get("/cycles")
async def show_all(tx: Tx, caller: Caller) -> dict[str, Any]:
    """Every cycle that the caller may see, the newest period first."""
    held = await standing(tx, caller.person_id, None)
    require(held, action=Action.READ, resource=Resource.CYCLE, state=State.OPEN)
    found = [await load_to_read(tx, cycle_id) for cycle_id in await list_cycle_ids(tx)]
    visible = [
        each
        for each in found
        if may(held, action=Action.READ, resource=Resource.CYCLE, state=cycle_state(each))
    ]
    return {"cycles": [describe_cycle(each) for each in visible]}


@router.get("/cycles/{cycle_id}")
async def show(cycle_id: UUID, tx: Tx, caller: Caller, response: Response) -> dict[str, Any]:
    """One cycle with its calendar, sessions, pools and frozen policies."""
    stored = await load_to_read(tx, cycle_id)
    await _require(tx, caller, Action.READ, cycle_state(stored))
    response.headers["ETag"] = etag(stored.version)
    return describe_cycle(stored)


@router.get("/cycles/{cycle_id}/completion")
async def completion(cycle_id: UUID, tx: Tx, caller: Caller) -> dict[str, Any]:
    """The scorecard of each manager, and each department's completion."""
    return describe_completion(await read_completion(tx, cycle_id, viewer=caller.person_id))


def cycle_state(stored: StoredCycle) -> State:
    """The state by which the access table knows a cycle."""
    known = {Stage.DRAFT: State.DRAFT, Stage.CLOSED: State.CLOSED}
    return known.get(stored.cycle.stage, State.OPEN)


def to_draft(body: CycleBody, *, by: str) -> CycleDraft:
    """The request as a plan."""
    cycle_id = body.cycle_id or uuid7()
    plan = CyclePlan(
        name=body.name,
        starts_on=body.period_start,
        ends_on=body.period_end,
        divisions=tuple(
            PlannedDivision(division_id=each.division, time_zone=each.time_zone) for each in body.divisions
        ),
        phases=tuple(
            PlannedPhase(phase=Phase(each.name), opens_on=each.opens_on, deadline_on=each.deadline_on)
            for each in body.phases
        ),
        sessions=(),
        template_versions=(),
    )
    return CycleDraft(
        cycle_id=cycle_id,
        plan=plan,
        template_version=body.template_version,
        merit=merit_runs(body.merit, ends_on=body.period_end),
        pools=tuple(to_pool(each, cycle_id) for each in body.pools),
        facilitators={
            Department(division=each.division, name=each.department): each.facilitator_id
            for each in body.sessions
        },
        default_facilitator=body.default_facilitator_id or by,
    )


def to_pool(body: PoolBody, cycle_id: UUID) -> Pool:
    """The budget of a division and currency."""
    return Pool(
        pool_id=pool_id_of(cycle_id, division=body.division, currency=body.currency),
        division=body.division,
        currency=body.currency,
        budget_amount=body.budget_amount,
        budget_percent=body.budget_percent,
        reserve=body.reserve,
    )


async def _require(tx: Tx, caller: Caller, action: Action, state: State) -> None:
    held = await standing(tx, caller.person_id, None)
    require(held, action=action, resource=Resource.CYCLE, state=state)


async def _answer(
    tx: Tx, caller: Caller, stored: StoredCycle, now: Now, response: Response, purpose: str
) -> dict[str, Any]:
    entry = audit.AuditEntry(
        who=caller.person_id,
        action=Action.DECIDE,
        resource=Resource.CYCLE,
        subject=str(stored.cycle_id),
        purpose=purpose,
    )
    await audit.record(tx, [entry], service=SOURCE, now=now)
    response.headers["ETag"] = etag(stored.version)
    return describe_cycle(stored)
