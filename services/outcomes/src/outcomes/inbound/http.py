"""Requests in: pools, awards and plans to read; attestations and exclusions to make."""

from typing import Any
from uuid import UUID

from outcomes.domain.rules.pip import pip_is_attested_by_another
from outcomes.inbound.bodies import Attestations, Exclusion
from outcomes.inbound.shown import shown_pool
from outcomes.inbound.visible import visible_awards, visible_outcomes
from outcomes.usecases import queries
from outcomes.usecases.attest_standing import attest_standing
from outcomes.usecases.exclude_session import exclude_session
from plumbline.runtime import audit
from plumbline.runtime.access import Action, Relation, Resource, State, may
from plumbline.runtime.clock import Now
from plumbline.runtime.directory import relations_to_many, standing, standing_in_each
from plumbline.runtime.http import Caller, Tx, create_router, require
from plumbline.runtime.problems import forbidden, not_found

router = create_router(tags=["outcomes"])


@router.get("/cycles/{cycle_id}/pools")
async def get_pools(cycle_id: UUID, tx: Tx, caller: Caller) -> dict[str, Any]:
    """The merit pools of a cycle: budget, guideline, floor and award to the cent."""
    pools = await queries.list_pools(tx, cycle_id)
    held = await standing_in_each(tx, caller.person_id, {pool["division"] for pool in pools})
    shown = [
        shown_pool(pool, held[pool["division"]])
        for pool in pools
        if may(held[pool["division"]], action=Action.READ, resource=Resource.POOL, state=State.OPEN)
    ]
    if pools and not shown:
        raise forbidden()
    return {"pools": shown}


@router.get("/cycles/{cycle_id}/awards")
async def get_awards(
    cycle_id: UUID, tx: Tx, caller: Caller, now: Now, person_id: str | None = None
) -> dict[str, Any]:
    """The merit awards that the caller may see, with the frozen inputs that they were computed from."""
    cycle = await _cycle(tx, cycle_id)
    shown = await visible_awards(
        tx,
        cycle_id,
        viewer=caller.person_id,
        released=cycle["released_on"] is not None,
        now=now,
        person_id=person_id,
    )
    return {"awards": shown}


@router.get("/cycles/{cycle_id}/outcomes")
async def get_outcomes(
    cycle_id: UUID,
    tx: Tx,
    caller: Caller,
    now: Now,
    person_id: str | None = None,
    component: str | None = None,
) -> dict[str, Any]:
    """Equity, promotion cases, assignments, plans and PIPs that the caller may see, each with its reasons.

    ``released``: this service knows that the results are released, so that plans may begin.
    """
    cycle = await _cycle(tx, cycle_id)
    released = cycle["released_on"] is not None
    shown = await visible_outcomes(
        tx,
        cycle_id,
        viewer=caller.person_id,
        released=released,
        now=now,
        person_id=person_id,
        component=component,
    )
    return {"released": released, "outcomes": shown}


@router.post("/cycles/{cycle_id}/attestations")
async def post_attestations(
    cycle_id: UUID, body: Attestations, tx: Tx, caller: Caller, now: Now
) -> dict[str, Any]:
    """HR attests that no accommodation, leave or complaint stands against a PIP of these people."""
    await _cycle(tx, cycle_id)
    related = await relations_to_many(tx, caller.person_id, body.person_ids)
    for held in related.values():
        require(held, action=Action.DECIDE, resource=Resource.PIP, state=State.DRAFT)
    for place, held in enumerate(related.values()):
        pip_is_attested_by_another(attester_is_manager=Relation.MANAGER in held, field=f"person_ids.{place}")
    await attest_standing(tx, cycle_id=cycle_id, person_ids=body.person_ids, by=caller.person_id, now=now)
    entries = [
        audit.AuditEntry(
            who=caller.person_id,
            action=Action.DECIDE,
            resource=Resource.PIP,
            subject=person,
            purpose="attestation",
        )
        for person in body.person_ids
    ]
    await audit.record(tx, entries, service="outcomes", now=now)
    return {"attested": len(body.person_ids)}


@router.post("/sessions/{session_id}/exclusion")
async def post_exclusion(
    session_id: UUID, body: Exclusion, tx: Tx, caller: Caller, now: Now
) -> dict[str, Any]:
    """Leave a planned session out of its pools by name, so that the others are not held up."""
    division = await queries.division_of_session(tx, session_id)
    if division is None:
        raise not_found("session")
    held = await standing(tx, caller.person_id, division)
    require(held, action=Action.DECIDE, resource=Resource.POOL, state=State.OPEN)
    if not await exclude_session(
        tx, session_id=session_id, person_id=caller.person_id, reason=body.reason, now=now
    ):
        raise not_found("session that is neither final nor excluded")
    entry = audit.AuditEntry(
        who=caller.person_id,
        action=Action.DECIDE,
        resource=Resource.POOL,
        subject=str(session_id),
        purpose="exclusion",
    )
    await audit.record(tx, [entry], service="outcomes", now=now)
    return {"excluded": str(session_id)}


async def _cycle(tx: Tx, cycle_id: UUID) -> dict[str, Any]:
    cycle = await queries.find_cycle(tx, cycle_id)
    if cycle is None:
        raise not_found("cycle")
    return cycle
