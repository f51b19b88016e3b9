"""Saves decisions and their announcement, a batch in a fixed number of statements."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID, uuid5

import asyncpg
from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.cases import DivisionPolicy, RatedCase
from outcomes.domain.decisions import Decided, Decision
from outcomes.domain.rules.merit import MeritRecommendation
from outcomes.outbound.cases import ReadyCase
from outcomes.outbound.ids import OutcomeIds
from outcomes.outbound.policies import freeze
from outcomes.outbound.rows import Store, copy_rows
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
WITH decided AS (DELETE FROM waiting_rating WHERE ctid = ANY($1::text[]::tid[]) RETURNING *)
INSERT INTO rating SELECT * FROM decided
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


class DecidedMeanwhile(Exception):
    """Somebody else decided some of these people first; nothing of this was stored."""


class _Texts(NamedTuple):
    """What is stored and announced of a fact, the same for everybody who shares it.

    ``announced`` is ``ComponentV1`` as JSON text from behind the id on.
    """

    component: str
    state: str
    inputs: str
    result: str
    announced: str


async def save_decisions(
    tx: AsyncConnection,
    *,
    decisions: Sequence[tuple[Decision, ReadyCase]],
    now: datetime,
    pools: dict[PoolKey, UUID],
    store: Store = copy_rows,
) -> None:
    """Store decisions, each beside what it was made of, and announce one event a person.

    ``pools`` are those that are known to be stored; what is found of others is added.
    ``store`` is ``insert_rows`` for the api's role, whose rows row-level security checks.

    Raises:
        DecidedMeanwhile: one of them is decided already.
    """
    driver = await raw(tx)
    cases = [decision.case for decision, _ in decisions]
    places = [ready.place for _, ready in decisions]
    if await driver.execute(_DECIDED, places) != f"INSERT 0 {len(places)}":
        raise DecidedMeanwhile
    if later := [case for case in cases if case.revision > 1]:
        await _supersede(driver, later)
    rows = _Rows(await _pools(driver, [decision for decision, _ in decisions], pools))
    for decision, ready in decisions:
        rows.add(decision, ready.frame.policy)
    await store(driver, "outcome", _OUTCOME_COLUMNS, rows.outcomes)
    if rows.awards:
        await store(driver, "award", _AWARD_COLUMNS, rows.awards)
    announcements = [
        Announcement(Written(OutcomesDecidedV1, case.person_id, payload), case.division, str(case.cycle_id))
        for payload, case in zip(rows.payloads, cases, strict=True)
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
    """The rows and payloads of many decisions, collected in one pass."""

    def __init__(self, pools: Mapping[PoolKey, UUID]) -> None:
        self.outcomes: list[tuple[object, ...]] = []
        self.awards: list[tuple[object, ...]] = []
        self.payloads: list[bytes] = []
        self._pools = pools
        self._ids: dict[UUID, OutcomeIds] = {}
        # By identity: people of one frame or profile share the object, and it lives as long as the decisions.
        self._policies: dict[int, str] = {}
        self._texts: dict[int, list[_Texts]] = {}

    def add(self, decision: Decision, policy: DivisionPolicy) -> None:
        """Add one person's outcomes, award and event."""
        case, outcomes, merit = decision
        ids = self._ids.get(case.session_id)
        if ids is None:
            ids = self._ids[case.session_id] = OutcomeIds(case.session_id, case.cycle_id)
        texts = self._texts.get(id(outcomes))
        if texts is None:
            texts = self._texts[id(outcomes)] = [_texts(each) for each in outcomes]
        announced: list[str] = []
        for each in texts:
            outcome_id = ids.of(case.person_id, case.revision, each.component)
            self.outcomes.append(_outcome_record(case, policy, outcome_id, each))
            announced.append(f'{{"outcome_id":"{outcome_id}"{each.announced}')
        if merit is not None:
            outcome_id = ids.of(case.person_id, case.revision, "merit")
            self.awards.append(_award_record(case, merit, outcome_id, self._pools))
            state = "provisional" if merit.eligible else "ineligible"
            announced.append(f'{{"outcome_id":"{outcome_id}"{_announced("merit", state, merit.refusal)}')
        self.payloads.append(self._payload(case, policy, ids, announced))

    def _payload(
        self, case: RatedCase, policy: DivisionPolicy, ids: OutcomeIds, announced: Sequence[str]
    ) -> bytes:
        """``OutcomesDecidedV1`` as JSON, written by hand: for a whole company, dictionaries cost twice as much."""
        policy_id = self._policies.get(id(policy))
        if policy_id is None:
            policy_id = self._policies[id(policy)] = _quoted(policy.policy_id)
        return (
            f'{{"person_id":{_quoted(case.person_id)},"cycle_id":"{ids.cycle_id}","session_id":"{ids.session_id}",'
            f'"revision":{case.revision},"rating":"{case.rating}","policy_id":{policy_id},'
            f'"components":[{",".join(announced)}]}}'
        ).encode()


def _quoted(text: str) -> str:
    return to_json(text).decode()


def _outcome_record(
    case: RatedCase, policy: DivisionPolicy, outcome_id: str, texts: _Texts
) -> tuple[object, ...]:
    return (
        outcome_id,
        case.cycle_id,
        case.session_id,
        case.person_id,
        case.division,
        case.revision,
        case.rating,
        texts.component,
        texts.state,
        policy.policy_id,
        policy.digest,
        texts.inputs,
        texts.result,
    )


def _texts(decided: Decided) -> _Texts:
    detail = decided.result.get("kind") or decided.result.get("reason")
    return _Texts(
        component=decided.component,
        state=decided.state,
        inputs=to_json(decided.inputs).decode(),
        result=to_json(decided.result).decode(),
        announced=_announced(decided.component, decided.state, None if detail is None else str(detail)),
    )


@lru_cache(maxsize=256)
def _announced(component: str, state: str, detail: str | None) -> str:
    fields = to_json({"component": component, "state": state, "detail": detail}).decode()
    return f",{fields.removeprefix('{')}"


def _award_record(
    case: RatedCase, merit: MeritRecommendation, outcome_id: str, pools: Mapping[PoolKey, UUID]
) -> tuple[object, ...]:
    inputs = case.merit
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


async def _pools(
    driver: asyncpg.Connection, decisions: Sequence[Decision], known: dict[PoolKey, UUID]
) -> Mapping[PoolKey, UUID]:
    wanted = {
        (case.cycle_id, case.division, case.merit.currency)
        for case, *_ in decisions
        if case.merit is not None
    }
    keys = sorted(wanted - known.keys())
    if not keys:
        return known
    cycles, divisions, currencies = ([key[place] for key in keys] for place in range(3))
    known |= await _stored_pools(driver, cycles, divisions, currencies)
    if wanted <= known.keys():
        return known
    ids = [uuid5(cycle, f"pool/{division}/{currency}") for cycle, division, currency in keys]
    await driver.execute(_POOLS, cycles, divisions, currencies, ids)
    # Not known for good: this transaction can still fail.
    return known | await _stored_pools(driver, cycles, divisions, currencies)


async def _stored_pools(driver: asyncpg.Connection, *columns: Sequence[object]) -> dict[PoolKey, UUID]:
    rows = await driver.fetch(_POOL_IDS, *columns)
    return {(row["cycle_id"], row["division"], row["currency"]): row["pool_id"] for row in rows}
