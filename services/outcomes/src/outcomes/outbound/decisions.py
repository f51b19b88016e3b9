"""Saves decisions and their announcement, a batch in a fixed number of statements."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID, uuid5

from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.decisions import Decided, Decision
from outcomes.outbound.policies import freeze
from plumbline.contracts.event import Rating
from plumbline.contracts.outcomes import Component, ComponentV1, OutcomesDecidedV1
from plumbline.runtime.database import raw
from plumbline.runtime.outbox import Announcement, announce

_OUTCOME_COLUMNS = (
    "outcome_id",
    "cycle_id",
    "session_id",
    "person_id",
    "division",
    "revision",
    "rating",
    "component",
    "state",
    "policy_id",
    "policy_digest",
    "inputs",
    "result",
)
_AWARD_COLUMNS = (
    "outcome_id",
    "cycle_id",
    "pool_id",
    "person_id",
    "division",
    "revision",
    "currency",
    "inputs",
    "refusal",
    "guideline",
    "floor",
    "state",
)
_DECIDED = """
UPDATE rating AS r SET state = 'decided'
FROM unnest($1::uuid[], $2::text[], $3::int[]) AS d (cycle_id, person_id, revision)
WHERE r.cycle_id = d.cycle_id AND r.person_id = d.person_id AND r.revision = d.revision
"""
_SUPERSEDE = """
UPDATE outcome AS o SET superseded = true
FROM unnest($1::uuid[], $2::text[], $3::int[]) AS d (cycle_id, person_id, revision)
WHERE o.cycle_id = d.cycle_id AND o.person_id = d.person_id AND o.revision < d.revision
"""
# A division and currency without a planned budget has a pool all the same: one without a limit.
_POOLS = """
INSERT INTO pool (cycle_id, division, currency, pool_id)
SELECT DISTINCT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[])
ON CONFLICT (cycle_id, division, currency) DO NOTHING
"""
_POOL_IDS = """
SELECT cycle_id, division, currency, pool_id FROM pool
WHERE (cycle_id, division, currency) IN (SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]))
"""

PoolKey = tuple[UUID, str, str]


async def save_decisions(
    tx: AsyncConnection, decisions: Sequence[tuple[Decision, str, str]], *, now: datetime
) -> None:
    """Store decisions, each with its policy's id and digest, and announce one event a person."""
    if not decisions:
        return
    driver = await raw(tx)
    people = [decision.case for decision, _, _ in decisions]
    keys = (
        [case.cycle_id for case in people],
        [case.person_id for case in people],
        [case.revision for case in people],
    )
    if any(case.revision > 1 for case in people):
        await driver.execute(_SUPERSEDE, *keys)
    pools = await _pools(tx, [decision for decision, _, _ in decisions])
    outcomes = [
        _outcome_record(decision, each, policy_id, digest)
        for decision, policy_id, digest in decisions
        for each in decision.outcomes
    ]
    await driver.copy_records_to_table("outcome", records=outcomes, columns=_OUTCOME_COLUMNS)
    awards = [_award_record(decision, pools) for decision, _, _ in decisions if decision.merit is not None]
    await driver.copy_records_to_table("award", records=awards, columns=_AWARD_COLUMNS)
    await driver.execute(_DECIDED, *keys)
    announcements = [
        Announcement(
            event=_event(decision, policy_id),
            division=decision.case.division,
            correlation_id=str(decision.case.cycle_id),
        )
        for decision, policy_id, _ in decisions
    ]
    await announce(tx, announcements, source="outcomes", now=now)


def _outcome_record(decision: Decision, decided: Decided, policy_id: str, digest: str) -> tuple[object, ...]:
    case = decision.case
    return (
        decided.outcome_id,
        case.cycle_id,
        case.session_id,
        case.person_id,
        case.division,
        case.revision,
        case.rating,
        decided.component,
        decided.state,
        policy_id,
        digest,
        to_json(decided.inputs).decode(),
        to_json(decided.result).decode(),
    )


def _award_record(decision: Decision, pools: dict[PoolKey, UUID]) -> tuple[object, ...]:
    case, merit = decision.case, decision.merit
    assert merit is not None
    assert case.merit is not None
    return (
        decision.merit_id,
        case.cycle_id,
        pools[case.cycle_id, case.division, case.merit.currency],
        case.person_id,
        case.division,
        case.revision,
        case.merit.currency,
        freeze(case.merit),
        merit.refusal,
        merit.guideline,
        merit.floor,
        "provisional",
    )


async def _pools(tx: AsyncConnection, decisions: Sequence[Decision]) -> dict[PoolKey, UUID]:
    wanted: dict[PoolKey, UUID] = {}
    for decision in decisions:
        if decision.case.merit is not None:
            case, currency = decision.case, decision.case.merit.currency
            key = (case.cycle_id, case.division, currency)
            if key not in wanted:
                wanted[key] = uuid5(case.cycle_id, f"pool/{case.division}/{currency}")
    if not wanted:
        return {}
    driver = await raw(tx)
    cycles, divisions, currencies = ([key[place] for key in wanted] for place in range(3))
    await driver.execute(_POOLS, cycles, divisions, currencies, list(wanted.values()))
    rows = await driver.fetch(_POOL_IDS, cycles, divisions, currencies)
    return {(row["cycle_id"], row["division"], row["currency"]): row["pool_id"] for row in rows}


def _event(decision: Decision, policy_id: str) -> OutcomesDecidedV1:
    case = decision.case
    components = [
        ComponentV1(
            outcome_id=each.outcome_id,
            component=cast("Component", each.component),
            state=each.state,
            detail=_detail(each),
        )
        for each in decision.outcomes
    ]
    if decision.merit is not None and decision.merit_id is not None:
        state = "provisional" if decision.merit.eligible else "ineligible"
        merit = ComponentV1(
            outcome_id=decision.merit_id, component="merit", state=state, detail=decision.merit.refusal
        )
        components.append(merit)
    return OutcomesDecidedV1(
        person_id=case.person_id,
        cycle_id=case.cycle_id,
        session_id=case.session_id,
        revision=case.revision,
        rating=cast("Rating", str(case.rating)),
        policy_id=policy_id,
        components=tuple(components),
    )


def _detail(decided: Decided) -> str | None:
    kind = decided.result.get("kind") or decided.result.get("reason")
    return None if kind is None else str(kind)
