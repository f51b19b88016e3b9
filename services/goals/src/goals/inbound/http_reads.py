"""Requests that read objectives, their coverage, the mid-cycle picture and grades."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response

from goals.domain.goal import LevelName
from goals.inbound.views import (
    describe_goal,
    describe_history,
    describe_mid_cycle,
    describe_person,
    share_text,
)
from goals.usecases import queries
from goals.usecases.read_grades import read_grades
from plumbline.runtime.clock import Now
from plumbline.runtime.http import Caller, Tx, create_router, etag

router = create_router(tags=["reads"])
Limit = Annotated[int, Query(ge=1, le=5_000)]


@router.get("/cycles/{cycle_id}/objectives")
async def show_all(
    cycle_id: UUID,
    tx: Tx,
    caller: Caller,
    owner: str | None = None,
    after: UUID | None = None,
    limit: Limit = 500,
) -> dict[str, Any]:
    """The objectives that the caller may see; ``next`` goes into ``after`` for the next page."""
    goals, following = await queries.list_goals(
        tx, cycle_id, viewer=caller.person_id, owner=owner, after=after, limit=limit
    )
    return {"objectives": [describe_goal(goal) for goal in goals], "next": following}


@router.get("/objectives/{objective_id}")
async def show(objective_id: UUID, tx: Tx, caller: Caller, now: Now, response: Response) -> dict[str, Any]:
    """One objective with its history, as far as the caller may see it."""
    history = await queries.read_goal(tx, objective_id, viewer=caller.person_id, now=now)
    response.headers["ETag"] = etag(history.goal.version)
    return describe_history(history)


@router.get("/cycles/{cycle_id}/cascade")
async def cascade(cycle_id: UUID, tx: Tx, caller: Caller) -> dict[str, Any]:
    """How much of the cascade hangs together."""
    number, found = await queries.read_cascade(tx, cycle_id, viewer=caller.person_id)
    return {
        "objectives": number,
        "objectives_with_path": share_text(found.objectives_with_path),
        "company_key_results_with_child": share_text(found.company_key_results_with_child),
    }


@router.get("/cycles/{cycle_id}/mid-cycle")
async def mid_cycle(
    cycle_id: UUID, tx: Tx, caller: Caller, level: Annotated[list[LevelName] | None, Query()] = None
) -> dict[str, Any]:
    """Individual key results (or those of ``level``) by what became of them, counts and shares."""
    levels: list[LevelName] = level or ["individual"]
    counts = await queries.read_mid_cycle(tx, cycle_id, viewer=caller.person_id, levels=levels)
    return describe_mid_cycle(counts)


@router.get("/cycles/{cycle_id}/grades")
async def grades(
    cycle_id: UUID,
    tx: Tx,
    caller: Caller,
    now: Now,
    owner: str | None = None,
    after: str = "",
    limit: Limit = 500,
) -> dict[str, Any]:
    """Grades of those whose grades the caller may see; ``next`` goes into ``after`` for the next page."""
    people, following = await read_grades(
        tx, cycle_id, viewer=caller.person_id, owner=owner, after=after, limit=limit, now=now
    )
    return {"people": [describe_person(each) for each in people], "next": following}
