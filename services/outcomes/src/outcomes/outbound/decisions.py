"""Saves decisions and their announcement, a batch in a fixed number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID, uuid5

import asyncpg
from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.cases import DivisionPolicy, RatedCase
from outcomes.domain.decisions import Decided, Decision
from outcomes.outbound.cases import ReadyCase
from outcomes.outbound.ids import OutcomeIds
from outcomes.outbound.policies import freeze
from plumbline.contracts.outcomes import OutcomesDecidedV1
from plumbline.runtime.database import raw
from plumbline.runtime.outbox import Announcement, Written, announce

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
    "salary",
    "fte",
    "maximum",
    "guideline",
    "floor",
    "state",
)
# By the rows' places, which were read under the same turn: a join with a cycle that the planner has never seen was
# quadratic.
_DECIDED = """
UPDATE rating SET state = 'decided' WHERE ctid = ANY($1::text[]::tid[]) AND state = 'awaiting_inputs'
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


class DecidedComponent(TypedDict):
    """``ComponentV1`` as it is written."""

    outcome_id: str
    component: str
    state: str
    detail: str | None


class DecidedEvent(TypedDict):
    """``OutcomesDecidedV1`` as it is written."""

    person_id: str
    cycle_id: str
    session_id: str
    revision: int
    rating: str
    policy_id: str
    components: list[DecidedComponent]


class DecidedMeanwhile(Exception):
    """Somebody else decided some of these people first; nothing of this was stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Texts:
    """What is stored and announced of a fact, the same for everybody who shares it."""

    component: str
    state: str
    inputs: str
    result: str
    detail: str | None


async def save_decisions(
    tx: AsyncConnection, *, decisions: Sequence[tuple[Decision, ReadyCase]], now: datetime
) -> None:
    """Store decisions, each beside what it was made of, and announce one event a person.

    Raises:
        DecidedMeanwhile: one of them is decided already.
    """
    driver = await raw(tx)
    cases = [decision.case for decision, _ in decisions]
    places = [ready.place for _, ready in decisions]
    if await driver.execute(_DECIDED, places) != f"UPDATE {len(places)}":
        raise DecidedMeanwhile
    if later := [case for case in cases if case.revision > 1]:
        await _supersede(driver, later)
    rows = _Rows(await _pools(tx, [decision for decision, _ in decisions]))
    for decision, ready in decisions:
        rows.add(decision, ready.policy)
    await driver.copy_records_to_table("outcome", records=rows.outcomes, columns=_OUTCOME_COLUMNS)
    if rows.awards:
        await driver.copy_records_to_table("award", records=rows.awards, columns=_AWARD_COLUMNS)
    announcements = [
        Announcement(
            Written(OutcomesDecidedV1, case.person_id, to_json(event)), case.division, event["cycle_id"]
        )
        for event, case in zip(rows.events, cases, strict=True)
    ]
    await announce(tx, announcements, source="outcomes", now=now)


async def _supersede(driver: asyncpg.Connection, later: Sequence[RatedCase]) -> None:
    """Mark what these people's earlier revisions led to."""
    await driver.execute(
        _SUPERSEDE,
        [case.cycle_id for case in later],
        [case.person_id for case in later],
        [case.revision for case in later],
    )


class _Rows:
    """The rows and events of many decisions, collected in one pass."""

    def __init__(self, pools: Mapping[PoolKey, UUID]) -> None:
        self.outcomes: list[tuple[object, ...]] = []
        self.awards: list[tuple[object, ...]] = []
        self.events: list[DecidedEvent] = []
        self._pools = pools
        self._ids: dict[UUID, OutcomeIds] = {}
        # By the tuple's identity: people of one profile share it, and it lives as long as the decisions.
        self._texts: dict[int, list[_Texts]] = {}

    def add(self, decision: Decision, policy: DivisionPolicy) -> None:
        """Add one person's outcomes, award and event."""
        case = decision.case
        if case.session_id not in self._ids:
            self._ids[case.session_id] = OutcomeIds(case.session_id)
        ids = self._ids[case.session_id]
        if id(decision.outcomes) not in self._texts:
            self._texts[id(decision.outcomes)] = [_texts(each) for each in decision.outcomes]
        components: list[DecidedComponent] = []
        for each in self._texts[id(decision.outcomes)]:
            outcome_id = ids.of(case.person_id, case.revision, each.component)
            self.outcomes.append(
                (
                    outcome_id,
                    case.cycle_id,
                    case.session_id,
                    case.person_id,
                    case.division,
                    case.revision,
                    case.rating,
                    each.component,
                    each.state,
                    policy.policy_id,
                    policy.digest,
                    each.inputs,
                    each.result,
                )
            )
            components.append(_component(outcome_id, each.component, each.state, each.detail))
        if decision.merit is not None:
            outcome_id = ids.of(case.person_id, case.revision, "merit")
            self.awards.append(_award_record(decision, outcome_id, self._pools))
            state = "provisional" if decision.merit.eligible else "ineligible"
            components.append(_component(outcome_id, "merit", state, decision.merit.refusal))
        self.events.append(
            {
                "person_id": case.person_id,
                "cycle_id": str(case.cycle_id),
                "session_id": str(case.session_id),
                "revision": case.revision,
                "rating": str(case.rating),
                "policy_id": policy.policy_id,
                "components": components,
            }
        )


def _texts(decided: Decided) -> _Texts:
    detail = decided.result.get("kind") or decided.result.get("reason")
    return _Texts(
        component=decided.component,
        state=decided.state,
        inputs=to_json(decided.inputs).decode(),
        result=to_json(decided.result).decode(),
        detail=None if detail is None else str(detail),
    )


def _component(outcome_id: str, component: str, state: str, detail: str | None) -> DecidedComponent:
    return {"outcome_id": outcome_id, "component": component, "state": state, "detail": detail}


def _award_record(decision: Decision, outcome_id: str, pools: Mapping[PoolKey, UUID]) -> tuple[object, ...]:
    case, merit, inputs = decision.case, decision.merit, decision.case.merit
    assert merit is not None
    assert inputs is not None
    return (
        outcome_id,
        case.cycle_id,
        pools[case.cycle_id, case.division, inputs.currency],
        case.person_id,
        case.division,
        case.revision,
        inputs.currency,
        freeze(inputs),
        merit.refusal,
        inputs.salary,
        str(inputs.fte),
        None if inputs.salary_range is None else inputs.salary_range.maximum,
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
