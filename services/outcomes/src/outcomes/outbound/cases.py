"""Loads the rated cases that can be decided now, and notes what the others still wait for."""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.cases import DivisionPolicy, RatedCase
from outcomes.domain.policy import SalaryRange
from outcomes.domain.rules.leave import LeaveSpan, leave_days_in_year
from outcomes.domain.rules.merit import MeritInputs
from outcomes.domain.rules.money import to_minor_units
from outcomes.domain.rules.pip_gate import Concern, ResourceOffer
from outcomes.domain.rules.position import RangeKey, salary_range_of
from outcomes.outbound.policies import read_policy, thaw
from plumbline.contracts.calibration import ratings_digest
from plumbline.runtime.database import raw

_TURN = "SELECT pg_advisory_xact_lock($1)"
_TURNS = 0x504C554D42  # any number that nothing else in this database locks
_COMPLETE = """
SELECT c.session_id, c.revision, min(c.digest) AS digest, min(c.people) AS people
FROM rating_chunk AS c
WHERE (c.session_id, c.revision) IN (SELECT * FROM unnest($1::uuid[], $2::int[]))
GROUP BY c.session_id, c.revision
HAVING count(*) = min(c.chunks)
"""
_HELD = """
SELECT session_id, session_revision, person_id, revision, rating FROM rating
WHERE (session_id, session_revision) IN (SELECT * FROM unnest($1::uuid[], $2::int[]))
"""
_RELEASE = """
UPDATE rating SET state = 'awaiting_inputs'
WHERE state = 'held' AND (session_id, session_revision) IN (SELECT * FROM unnest($1::uuid[], $2::int[]))
"""
_FINALIZE_SESSIONS = """
UPDATE session AS s SET finalized_on = r.finalized_on
FROM (
    SELECT DISTINCT session_id, finalized_on FROM rating
    WHERE (session_id, session_revision) IN (SELECT * FROM unnest($1::uuid[], $2::int[]))
) AS r
WHERE s.session_id = r.session_id AND s.finalized_on IS NULL
"""
# A later revision reuses the inputs that the first one froze, so nothing of today enters a correction.
_READY = """
SELECT r.cycle_id, r.session_id, r.person_id, r.division, r.revision, r.rating, r.finalized_on, r.finalized_at,
       d.level, d.location, d.hire_date, d.manager_id, c.period_start, c.period_end, c.merit,
       p.policy_id, p.digest, m.promotion, m.target_level,
       y.salary, y.currency, y.fte, l.spans, f.inputs AS frozen
FROM rating AS r
JOIN cycle AS c USING (cycle_id)
JOIN cycle_policy AS cp ON cp.cycle_id = r.cycle_id AND cp.division = r.division
JOIN policy AS p ON p.policy_id = cp.policy_id
JOIN directory AS d ON d.person_id = r.person_id
JOIN recommendation AS m ON m.cycle_id = r.cycle_id AND m.person_id = r.person_id
LEFT JOIN pay AS y ON y.person_id = r.person_id
LEFT JOIN leave AS l ON l.person_id = r.person_id
LEFT JOIN LATERAL (
    SELECT a.inputs FROM award AS a
    WHERE r.revision > 1 AND a.cycle_id = r.cycle_id AND a.person_id = r.person_id AND a.revision < r.revision
    ORDER BY a.revision LIMIT 1
) AS f ON true
WHERE r.state = 'awaiting_inputs' AND r.cycle_id = ANY($1::uuid[])
  AND (y.person_id IS NOT NULL OR NOT c.merit)
ORDER BY r.person_id, r.revision
"""
_POLICIES = "SELECT policy_id, digest, document FROM policy WHERE policy_id = ANY($1::text[])"
_CONCERNS = "SELECT * FROM concern WHERE person_id = ANY($1::text[]) ORDER BY occurred_on, concern_id"
_ATTESTATIONS = """
SELECT cycle_id, person_id, attestation_id FROM attestation WHERE person_id = ANY($1::text[])
"""
_OPEN_CYCLES = "SELECT DISTINCT cycle_id FROM rating WHERE state = 'awaiting_inputs'"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyCase:
    """A case that can be decided, and the policy that its cycle froze."""

    case: RatedCase
    policy: DivisionPolicy


async def take_turn(tx: AsyncConnection) -> None:
    """Let one transaction at a time store what outcomes depend on and decide; until this one ends.

    What decides looks at everything that is committed. Of two workers that store parts of the same whole at
    once (two chunks of a session, a rating and the pay it waits for), neither would see the other's part, and
    nobody would ever decide.
    """
    await (await raw(tx)).execute(_TURN, _TURNS)


async def open_cycles(tx: AsyncConnection) -> list[UUID]:
    """The cycles in which a rating waits for its inputs."""
    return [row["cycle_id"] for row in await (await raw(tx)).fetch(_OPEN_CYCLES)]


async def release_complete(tx: AsyncConnection, revisions: Sequence[tuple[UUID, int]]) -> list[UUID]:
    """Release the ratings of the sessions whose chunks are all there; returns sessions whose digest differs."""
    driver = await raw(tx)
    sessions, numbers = [session for session, _ in revisions], [number for _, number in revisions]
    complete = await driver.fetch(_COMPLETE, sessions, numbers)
    wanted = {(row["session_id"], row["revision"]): (row["digest"], row["people"]) for row in complete}
    if not wanted:
        return []
    sessions, numbers = [session for session, _ in wanted], [number for _, number in wanted]
    found: dict[tuple[UUID, int], list[tuple[str, int, str]]] = {pair: [] for pair in wanted}
    for row in await driver.fetch(_HELD, sessions, numbers):
        pair = (row["session_id"], row["session_revision"])
        found[pair].append((row["person_id"], row["revision"], str(row["rating"])))
    wrong = [
        pair for pair, ratings in found.items() if wanted[pair] != (ratings_digest(ratings), len(ratings))
    ]
    right = [pair for pair in wanted if pair not in wrong]
    sessions, numbers = [session for session, _ in right], [number for _, number in right]
    await driver.execute(_RELEASE, sessions, numbers)
    await driver.execute(_FINALIZE_SESSIONS, sessions, numbers)
    return [session for session, _ in wrong]


async def ready_cases(
    tx: AsyncConnection, cycle_ids: Sequence[UUID], *, at_once: int
) -> AsyncGenerator[list[ReadyCase]]:
    """The cases of these cycles whose inputs have all arrived, ``at_once`` in memory; the others keep waiting.

    One query for all, read in parts: asked again for each part, it would join the whole company every time.
    """
    driver = await raw(tx)
    portal = await driver.cursor(_READY, sorted(set(cycle_ids)))
    while rows := await portal.fetch(at_once):
        yield await _complete_cases(driver, rows)


async def _complete_cases(driver: asyncpg.Connection, rows: Sequence[Any]) -> list[ReadyCase]:
    """Add policies, and for the lowest rating what a PIP's gate asks for."""
    policies = {
        row["policy_id"]: read_policy(row["policy_id"], row["digest"], row["document"])
        for row in await driver.fetch(_POLICIES, list({row["policy_id"] for row in rows}))
    }
    lowest = [row["person_id"] for row in rows if row["rating"] == 1]
    concerns: dict[str, list[Any]] = {}
    attested: dict[tuple[UUID, str], str] = {}
    if lowest:
        for row in await driver.fetch(_CONCERNS, lowest):
            concerns.setdefault(row["person_id"], []).append(row)
        for row in await driver.fetch(_ATTESTATIONS, lowest):
            attested[row["cycle_id"], row["person_id"]] = str(row["attestation_id"])
    return [
        _ready(row, policies[row["policy_id"]], concerns.get(row["person_id"], []), attested) for row in rows
    ]


def _ready(
    row: Any,  # noqa: ANN401 - a database row
    read: tuple[DivisionPolicy, Mapping[RangeKey, SalaryRange]],
    concerns: Sequence[Any],
    attested: Mapping[tuple[UUID, str], str],
) -> ReadyCase:
    policy, ranges = read
    merit = _merit_inputs(row, ranges) if row["merit"] else None
    mine = [each for each in concerns if each["cycle_id"] == row["cycle_id"]]
    case = RatedCase(
        cycle_id=row["cycle_id"],
        session_id=row["session_id"],
        person_id=row["person_id"],
        division=row["division"],
        level=row["level"],
        manager_id=row["manager_id"],
        revision=row["revision"],
        rating=row["rating"],
        finalized_on=row["finalized_on"],
        cycle_start=row["period_start"],
        promotion_recommended=row["promotion"],
        target_level=row["target_level"],
        merit=merit,
        concerns=tuple(_concern(each) for each in mine),
        resources=tuple(_resource(each) for each in mine if each["resource_offered_on"]),
        attestation=attested.get((row["cycle_id"], row["person_id"])),
    )
    return ReadyCase(case=case, policy=policy)


def _merit_inputs(row: Any, ranges: Mapping[RangeKey, SalaryRange]) -> MeritInputs:  # noqa: ANN401 - a database row
    if row["frozen"] is not None:
        return replace(thaw(row["person_id"], row["frozen"]), rating=row["rating"])
    year = row["period_end"].year
    unpaid, protected = leave_days_in_year(_spans(row["spans"]), year=year)
    currency = row["currency"]
    return MeritInputs(
        employee_id=row["person_id"],
        rating=row["rating"],
        currency=currency,
        salary=to_minor_units(Fraction(row["salary"]), currency),
        fte=Fraction(row["fte"]),
        salary_range=salary_range_of(ranges, level=row["level"], location=row["location"], currency=currency),
        hire_date=row["hire_date"],
        year=year,
        unpaid_leave_days=unpaid,
        protected_leave_days=protected,
    )


def _spans(text: str | None) -> list[LeaveSpan]:
    return [
        LeaveSpan(
            starts_on=date.fromisoformat(span["starts_on"]),
            ends_on=date.fromisoformat(span["ends_on"]),
            unpaid=span["unpaid"],
            protected=span["protected"],
        )
        for span in json.loads(text or "[]")
    ]


def _concern(row: Any) -> Concern:  # noqa: ANN401 - a database row
    return Concern(
        event_id=str(row["concern_id"]),
        gap=row["gap"],
        occurred_on=row["occurred_on"],
        recorded_on=row["recorded_on"],
        delivered_on=row["delivered_on"],
        acknowledged_on=row["acknowledged_on"],
        refusal_witnessed_on=row["refusal_witnessed_on"],
    )


def _resource(row: Any) -> ResourceOffer:  # noqa: ANN401 - a database row
    return ResourceOffer(
        event_id=str(row["concern_id"]), gap=row["gap"], offered_on=row["resource_offered_on"]
    )
