"""Approves a draft: freezes policies, sessions and participants, and announces the cycle."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.outbox import announce
from reviews.domain.cycle import evolve
from reviews.domain.decisions import approve_cycle as decide_approval
from reviews.domain.policies import StoredPolicy, policy_in_effect
from reviews.domain.setup import Department, freeze_participants, require_people, require_pools
from reviews.outbound.announcements import SOURCE, cycle_opened
from reviews.outbound.cycles import freeze_policies, replace_sessions, update_stage
from reviews.outbound.participants import insert_participants
from reviews.outbound.people import find_candidates
from reviews.outbound.policies import list_policies
from reviews.outbound.records import StoredCycle, to_planned
from reviews.usecases.draft_cycle import plan_sessions
from reviews.usecases.load import load_for_change


async def approve_cycle(
    tx: AsyncConnection, cycle_id: UUID, *, by: str, expected: int | None, now: datetime
) -> StoredCycle:
    """Freeze what the cycle uses and open it.

    Raises:
        Rejected: it is no draft, a budget cannot be paid out, a division has no policy in effect or nobody to
            review, or somebody's manager does not work here.
    """
    draft = await load_for_change(tx, cycle_id, expected=expected)
    require_pools(draft.pools, divisions=draft.divisions, merit=draft.merit)
    policies = await _policies_in_effect(tx, draft, on=max(now.date(), draft.cycle.plan.starts_on))
    fact = decide_approval(
        draft.cycle,
        coordinator_id=by,
        policy_digests={each.division: each.digest for each in policies},
        now=now,
    )
    participants = freeze_participants(cycle_id, await find_candidates(tx, draft.divisions))
    require_people(draft.divisions, participants)
    sessions = await plan_sessions(
        tx,
        cycle_id=cycle_id,
        divisions=list(draft.divisions),
        chosen={
            Department(division=each.division, name=each.department): each.facilitator_id
            for each in draft.sessions
        },
        default=by,
    )
    cycle = evolve(draft.cycle, fact)
    cycle = replace(cycle, plan=replace(cycle.plan, sessions=to_planned(sessions)))
    await replace_sessions(tx, cycle_id, sessions)
    await insert_participants(tx, cycle_id, participants)
    await freeze_policies(tx, cycle_id, policies)
    version = await update_stage(tx, draft, cycle.stage, what="approved", by=by, now=now)
    opened = replace(draft, cycle=cycle, sessions=sessions, policies=policies, version=version)
    await announce(tx, [cycle_opened(opened)], source=SOURCE, now=now)
    return opened


async def _policies_in_effect(
    tx: AsyncConnection, draft: StoredCycle, *, on: date
) -> tuple[StoredPolicy, ...]:
    """The version of each division that is in effect that day."""
    published = await list_policies(tx, divisions=draft.divisions)
    found = [policy_in_effect(published, division=division, on=on) for division in draft.divisions]
    return tuple(each for each in found if each is not None)
