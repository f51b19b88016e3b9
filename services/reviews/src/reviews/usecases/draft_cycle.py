"""Plans a cycle as a draft that a coordinator can approve."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from reviews.domain.cycle import evolve
from reviews.domain.decisions import draft_cycle as decide_draft
from reviews.domain.errors import Rejected
from reviews.domain.rules.planning import CyclePlan
from reviews.domain.setup import (
    Department,
    Pool,
    plan_facilitators,
    require_pools,
    require_reviewed,
    session_id_of,
)
from reviews.domain.templates import templates_of
from reviews.outbound.cycle_reader import load_cycle
from reviews.outbound.cycles import insert_cycle
from reviews.outbound.people import find_candidates, find_unknown
from reviews.outbound.records import Session, StoredCycle, to_planned


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleDraft:
    """What the coordinator planned; departments without a chosen facilitator get the default one."""

    cycle_id: UUID
    plan: CyclePlan
    template_version: str
    merit: bool
    pools: tuple[Pool, ...]
    facilitators: Mapping[Department, str]
    default_facilitator: str


async def draft_cycle(tx: AsyncConnection, draft: CycleDraft, *, by: str, now: datetime) -> StoredCycle:
    """Store the draft; every department with people gets a session.

    Raises:
        Rejected: the plan has a problem, a facilitator is unknown, or the id is taken.
    """
    templates = templates_of(draft.template_version)
    if await load_cycle(tx, draft.cycle_id) is not None:
        raise Rejected(
            field="cycle_id", message="there is a cycle with this id", fix="leave it out", status="conflict"
        )
    divisions = [each.division_id for each in draft.plan.divisions]
    require_pools(draft.pools, divisions=divisions, merit=draft.merit)
    sessions = await plan_sessions(
        tx,
        cycle_id=draft.cycle_id,
        divisions=divisions,
        chosen=draft.facilitators,
        default=draft.default_facilitator,
    )
    plan = replace(draft.plan, sessions=to_planned(sessions), template_versions=templates.form_versions())
    fact = decide_draft(str(draft.cycle_id), plan, now=now)
    stored = StoredCycle(
        cycle=evolve(None, fact),
        version=1,
        template_version=draft.template_version,
        merit=draft.merit,
        drafted_by=by,
        pools=draft.pools,
        sessions=sessions,
    )
    await insert_cycle(tx, stored, now=now)
    return stored


async def plan_sessions(
    tx: AsyncConnection,
    *,
    cycle_id: UUID,
    divisions: list[str],
    chosen: Mapping[Department, str],
    default: str,
) -> tuple[Session, ...]:
    """A session for each department that has people to review now.

    Raises:
        Rejected: a facilitator does not work here, or is named for a department in which nobody is reviewed.
    """
    candidates = await find_candidates(tx, divisions)
    departments = {each.department for each in candidates if each.manager_id is not None}
    require_reviewed(list(chosen), departments)
    unknown = await find_unknown(tx, {default, *chosen.values()})
    if unknown:
        raise Rejected(
            field="sessions",
            message=f"does not work here: {', '.join(unknown)}",
            fix="name a facilitator who does",
        )
    return tuple(
        Session(
            session_id=session_id_of(cycle_id, department),
            division=department.division,
            department=department.name,
            facilitator_id=facilitator,
        )
        for department, facilitator in plan_facilitators(departments, chosen=chosen, default=default).items()
    )
