"""Saves what commands made of outcomes, with the way there and its announcement, in a fixed number of statements."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.after_plan import LedTo
from outcomes.domain.follow_ups import PIP, PROMOTION_CASE, Change, FollowUp
from outcomes.outbound.follow_ups import freeze_schedule
from plumbline.contracts.event import Event
from plumbline.contracts.outcomes import PlanMovedV1, PromotionDecidedV1
from plumbline.runtime.database import raw
from plumbline.runtime.outbox import Announcement, announce

# A panel travels as one text, because unnest would flatten an array of arrays.
_SEPARATOR = "\x1f"
_SAVE = f"""
INSERT INTO follow_up AS f (outcome_id, division, state, version, content, schedule, starts_on, suspended_on,
                            resumes_as, acknowledged_at, panel, changed_by, changed_at)
SELECT outcome_id, division, state, version, content, schedule, starts_on, suspended_on, resumes_as,
       acknowledged_at, coalesce(string_to_array(nullif(panel, ''), '{_SEPARATOR}'), '{{}}'), $12, $13
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[], $7::date[], $8::date[],
            $9::text[], $10::timestamptz[], $11::text[])
     AS n (outcome_id, division, state, version, content, schedule, starts_on, suspended_on, resumes_as,
           acknowledged_at, panel)
ON CONFLICT (outcome_id) DO UPDATE
SET state = excluded.state, version = excluded.version, content = excluded.content,
    schedule = excluded.schedule, starts_on = excluded.starts_on, suspended_on = excluded.suspended_on,
    resumes_as = excluded.resumes_as, acknowledged_at = excluded.acknowledged_at, panel = excluded.panel,
    changed_by = excluded.changed_by, changed_at = excluded.changed_at
"""
_MOVE = """
INSERT INTO follow_up_move (outcome_id, version, division, from_state, to_state, reason, moved_on, moved_by, moved_at)
SELECT outcome_id, version, division, from_state, to_state, reason, $7, $8, $9
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[])
     AS n (outcome_id, version, division, from_state, to_state, reason)
"""
_MOVES = "SELECT outcome_id, version, to_state FROM follow_up_move WHERE outcome_id = ANY($1::uuid[])"
_OPEN = """
INSERT INTO outcome (outcome_id, cycle_id, session_id, person_id, division, revision, rating, component, state,
                     policy_id, policy_digest, inputs, result)
SELECT outcome_id, $1, $2, $3, $4, $5, $6, component, state, $7, $8, inputs, result
FROM unnest($9::uuid[], $10::text[], $11::text[], $12::text[], $13::text[])
     AS n (outcome_id, component, state, inputs, result)
"""
_CHECK = """
INSERT INTO follow_up_check (outcome_id, day, division, due_on, held_on, met, recorded_by, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_APPROVE = """
INSERT INTO follow_up_approval (outcome_id, version, step, division, person_id, approved_at)
SELECT $1, $2, step, $4, $5, $6 FROM unnest($3::text[]) AS n (step)
ON CONFLICT DO NOTHING
"""


async def save_changes(tx: AsyncConnection, changes: Sequence[Change], *, by: str, now: datetime) -> None:
    """Store where these stand now, how they got there, and announce what moved."""
    after = [each.after for each in changes]
    driver = await raw(tx)
    await driver.execute(
        _SAVE,
        [each.outcome_id for each in after],
        [each.division for each in after],
        [each.state for each in after],
        [each.version for each in after],
        [json.dumps(each.content) for each in after],
        [freeze_schedule(each.schedule) for each in after],
        [each.starts_on for each in after],
        [each.suspended_on for each in after],
        [each.resumes_as for each in after],
        [each.acknowledged_at for each in after],
        [_SEPARATOR.join(each.panel) for each in after],
        by,
        now,
    )
    moved = [each for each in changes if each.moved]
    await driver.execute(
        _MOVE,
        [each.after.outcome_id for each in moved],
        [each.after.version for each in moved],
        [each.after.division for each in moved],
        [each.before.state for each in moved],
        [each.after.state for each in moved],
        [each.reason for each in moved],
        now.date(),
        by,
        now,
    )
    await _announce(tx, [(each.after, _event(each, now)) for each in moved], now=now)


async def load_moves(tx: AsyncConnection, outcome_ids: Sequence[UUID]) -> dict[tuple[UUID, int], str]:
    """Which versions of these were moves, and to which state."""
    rows = await (await raw(tx)).fetch(_MOVES, list(outcome_ids))
    return {(row["outcome_id"], row["version"]): row["to_state"] for row in rows}


async def open_outcomes(
    tx: AsyncConnection, plan: FollowUp, decided: Sequence[LedTo], *, now: datetime
) -> None:
    """Store what a plan's end led to as outcomes of its own, and announce each that begins its way."""
    driver = await raw(tx)
    await driver.execute(
        _OPEN,
        plan.cycle_id,
        plan.session_id,
        plan.person_id,
        plan.division,
        plan.revision,
        plan.rating,
        plan.policy_id,
        plan.policy_digest,
        [each.outcome_id for each in decided],
        [each.component for each in decided],
        [each.state for each in decided],
        [to_json(each.inputs).decode() for each in decided],
        [to_json(each.result).decode() for each in decided],
    )
    begun = [
        (plan, _moved(plan, each.outcome_id, each.component, start=None, to=each.state, now=now))
        for each in decided
        if each.state != "refused"
    ]
    await _announce(tx, begun, now=now)


async def save_check(
    tx: AsyncConnection, plan: FollowUp, *, day: int, due_on: object, met: bool, by: str, now: datetime
) -> None:
    """Store what somebody found on a planned day."""
    driver = await raw(tx)
    await driver.execute(_CHECK, plan.outcome_id, day, plan.division, due_on, now.date(), met, by, now)


async def save_approvals(
    tx: AsyncConnection, pip: FollowUp, steps: Sequence[str], *, by: str, now: datetime
) -> None:
    """Store the steps that somebody approved of the current version."""
    driver = await raw(tx)
    await driver.execute(_APPROVE, pip.outcome_id, pip.version, list(steps), pip.division, by, now)


async def _announce(tx: AsyncConnection, events: Sequence[tuple[FollowUp, Event]], *, now: datetime) -> None:
    announcements = [
        Announcement(event=event, division=about.division, correlation_id=str(about.cycle_id))
        for about, event in events
    ]
    await announce(tx, announcements, source="outcomes", now=now)


def _event(change: Change, now: datetime) -> Event:
    before, after = change.before, change.after
    if after.component == PROMOTION_CASE:
        return _decided(after)
    return _moved(after, after.outcome_id, after.component, start=before.state, to=after.state, now=now)


def _decided(case: FollowUp) -> PromotionDecidedV1:
    return PromotionDecidedV1.model_validate(
        {
            "person_id": case.person_id,
            "cycle_id": case.cycle_id,
            "outcome_id": case.outcome_id,
            "revision": case.revision,
            "decision": case.state,
            "from_level": case.result["from_level"],
            "to_level": case.target_level,
            "effective_from": case.content.get("effective_from"),
        }
    )


def _moved(
    about: FollowUp, plan_id: UUID, component: str, *, start: str | None, to: str, now: datetime
) -> PlanMovedV1:
    kind: Literal["plan", "pip"] = "pip" if component == PIP else "plan"
    return PlanMovedV1(
        person_id=about.person_id,
        cycle_id=about.cycle_id,
        plan_id=plan_id,
        kind=kind,
        from_state=start,
        to_state=to,
        moved_on=now.date(),
    )
