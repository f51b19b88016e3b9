"""Loads the rated cases that can be decided now, and notes what the others still wait for."""

import json
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.cases import DivisionPolicy, RatedCase
from outcomes.domain.policy import SalaryRange
from outcomes.domain.rules.eligibility import merit_is_due
from outcomes.domain.rules.leave import LeaveSpan, leave_days_in_year
from outcomes.domain.rules.merit import MeritInputs
from outcomes.domain.rules.money import decimal_to_minor_units
from outcomes.domain.rules.position import RangeKey, salary_range_of
from outcomes.outbound.merit_years import who_had_merit
from outcomes.outbound.pip_evidence import concern_of, resource_of
from outcomes.outbound.policies import read_policy, thaw
from plumbline.runtime.database import raw

# The digest is over the sorted lines "person:revision:rating", sorted as bytes.
_COMPLETE = """
SELECT c.session_id, c.revision, c.people = r.people AND c.digest = r.digest AS right
FROM (
    SELECT session_id, revision, min(people) AS people, min(digest) AS digest FROM rating_chunk
    WHERE (session_id, revision) IN (SELECT * FROM unnest($1::uuid[], $2::int[]))
    GROUP BY session_id, revision HAVING count(*) = min(chunks)
) AS c
JOIN LATERAL (
    SELECT count(*) AS people, encode(sha256(convert_to(string_agg(
        person_id || ':' || revision || ':' || rating, E'\n' ORDER BY person_id COLLATE "C", revision
    ), 'UTF8')), 'hex') AS digest
    FROM rating
    WHERE cycle_id = ANY($3::uuid[]) AND session_id = c.session_id AND session_revision = c.revision
) AS r ON true
"""
_RELEASE = """
UPDATE rating_chunk SET released = true
WHERE (session_id, revision) IN (SELECT * FROM unnest($1::uuid[], $2::int[]))
"""
_FINALIZE_SESSIONS = """
UPDATE session AS s SET finalized_on = c.finalized_on
FROM (
    SELECT DISTINCT session_id, finalized_on FROM rating_chunk
    WHERE (session_id, revision) IN (SELECT * FROM unnest($1::uuid[], $2::int[]))
) AS c
WHERE s.session_id = c.session_id AND s.finalized_on IS NULL
"""
# What cannot be computed with keeps those waiting who need it, and nobody else.
# A policy that bears the frozen id but another digest is not the frozen one; who needs it waits for it.
# A later revision reuses the inputs that the first one froze, so nothing of today enters a correction. Of two
# revisions of one person that could be decided, the earlier one is decided first.
_AS_WRITTEN = "SET LOCAL join_collapse_limit = 1"
_READY = """
SELECT r.cycle_id, r.session_id, r.person_id, r.division, r.revision, r.rating, r.finalized_on, r.finalized_at,
       r.ctid::text AS place, k.traceparent,
       d.level, d.location, d.hire_date, d.manager_id, c.period_start, c.period_end, c.merit,
       p.policy_id, p.digest, m.promotion, m.target_level,
       y.salary, y.currency, y.fte, l.spans, f.inputs AS frozen,
       n.person_id IS NOT NULL AND f.inputs IS NULL AS without_pay
FROM rating AS r
JOIN rating_chunk AS k
    ON k.session_id = r.session_id AND k.revision = r.session_revision AND k.chunk = 1 AND k.released
JOIN cycle AS c ON c.cycle_id = r.cycle_id AND c.problem IS NULL
JOIN cycle_policy AS cp ON cp.cycle_id = r.cycle_id AND cp.division = r.division
JOIN policy AS p ON p.policy_id = cp.policy_id AND p.digest = cp.digest AND p.problem IS NULL
JOIN directory AS d ON d.person_id = r.person_id
JOIN recommendation AS m ON m.cycle_id = r.cycle_id AND m.person_id = r.person_id
LEFT JOIN pay AS y ON y.person_id = r.person_id AND y.problem IS NULL
LEFT JOIN leave AS l ON l.person_id = r.person_id
LEFT JOIN without_pay AS n ON n.cycle_id = r.cycle_id AND n.person_id = r.person_id
LEFT JOIN LATERAL (
    SELECT a.inputs FROM award AS a
    WHERE r.revision > 1 AND a.cycle_id = r.cycle_id AND a.person_id = r.person_id AND a.revision < r.revision
    ORDER BY a.revision LIMIT 1
) AS f ON true
WHERE r.state = 'awaiting_inputs' AND (y.person_id IS NOT NULL OR n.person_id IS NOT NULL OR NOT c.merit)
  AND (r.revision = 1 OR NOT EXISTS (
    SELECT FROM rating AS e
    WHERE e.cycle_id = r.cycle_id AND e.person_id = r.person_id AND e.revision < r.revision
      AND e.state = 'awaiting_inputs'))
"""
_IN_TURN = f"{_READY}  AND r.cycle_id <> ALL($1::uuid[])"
# Another text, so that it has a plan of its own.
_IN_TURN_MANY = f"{_IN_TURN}-- many"
_READY_AMONG = f"{_READY}  AND r.cycle_id = $1 AND r.person_id = ANY($2::text[])"
_HOW_MANY = "SELECT count(*) FROM rating WHERE state = 'awaiting_inputs'"
_BY_HASH = "SET LOCAL enable_nestloop = off"
MANY = 2000
_POLICIES = """
SELECT policy_id, digest, document FROM policy
WHERE (policy_id, digest) IN (SELECT * FROM unnest($1::text[], $2::text[]))
"""
_CONCERNS = "SELECT * FROM concern WHERE person_id = ANY($1::text[]) ORDER BY occurred_on, concern_id"
_ATTESTATIONS = """
SELECT cycle_id, person_id, attestation_id FROM attestation WHERE person_id = ANY($1::text[])
"""


class ReadyCase(NamedTuple):
    """A case that can be decided, the policy that its cycle froze, when its rating was announced and in which trace,
    and the place of the rating's row, which holds as long as the turn to decide."""

    case: RatedCase
    policy: DivisionPolicy
    finalized_at: datetime | None
    place: str
    traceparent: str | None


async def release_complete(
    tx: AsyncConnection, revisions: Sequence[tuple[UUID, int]], cycle_ids: Sequence[UUID]
) -> list[UUID]:
    """Release the ratings of the sessions whose chunks are all there; returns sessions whose digest differs.

    ``cycle_ids`` are the sessions' cycles.
    """
    driver = await raw(tx)
    sessions, numbers = [session for session, _ in revisions], [number for _, number in revisions]
    complete = await driver.fetch(_COMPLETE, sessions, numbers, cycle_ids)
    right = [(row["session_id"], row["revision"]) for row in complete if row["right"]]
    if right:
        sessions, numbers = [session for session, _ in right], [number for _, number in right]
        await driver.execute(_RELEASE, sessions, numbers)
        await driver.execute(_FINALIZE_SESSIONS, sessions, numbers)
    return [row["session_id"] for row in complete if not row["right"]]


async def ready_cases(
    tx: AsyncConnection, *, at_once: int, without: Sequence[UUID] = ()
) -> AsyncGenerator[list[ReadyCase]]:
    """The cases whose inputs have all arrived, ``at_once`` in memory; the others keep waiting.

    ``without``: cycles that stand back now.

    One query for all, read in parts: asked again for each part, it would join the whole company every time.
    """
    driver = await raw(tx)
    # Joined in the order in which it is written: what the planner knows of ratings is old, since all of them have
    # just arrived, and its own order was quadratic. By primary keys for a few, by reading whole tables for many.
    await driver.execute(_AS_WRITTEN)
    many = await driver.fetchval(_HOW_MANY) > MANY
    if many:
        await driver.execute(_BY_HASH)
    portal = await driver.cursor(_IN_TURN_MANY if many else _IN_TURN, without)
    while rows := await portal.fetch(at_once):
        yield await _complete_cases(driver, rows)


async def ready_among(tx: AsyncConnection, cycle_id: UUID, people: Sequence[str]) -> list[ReadyCase]:
    """The cases of these people whose inputs have all arrived; of several revisions the earliest."""
    driver = await raw(tx)
    await driver.execute(_AS_WRITTEN)
    return await _complete_cases(driver, await driver.fetch(_READY_AMONG, cycle_id, people))


async def _complete_cases(driver: asyncpg.Connection, rows: Sequence[Any]) -> list[ReadyCase]:
    """Add policies, and for the lowest rating what a PIP's gate asks for."""
    frozen = {(row["policy_id"], row["digest"]) for row in rows}
    policies = {
        (row["policy_id"], row["digest"]): read_policy(row["policy_id"], row["digest"], row["document"])
        for row in await driver.fetch(_POLICIES, [each[0] for each in frozen], [each[1] for each in frozen])
    }
    paying = [row for row in rows if row["merit"]]
    people = [row["person_id"] for row in paying]
    had = await who_had_merit(driver, {row["cycle_id"] for row in paying}, people) if paying else set[Any]()
    lowest = [row["person_id"] for row in rows if row["rating"] == 1]
    concerns: dict[str, list[Any]] = {}
    attested: dict[tuple[UUID, str], str] = {}
    if lowest:
        for row in await driver.fetch(_CONCERNS, lowest):
            concerns.setdefault(row["person_id"], []).append(row)
        for row in await driver.fetch(_ATTESTATIONS, lowest):
            attested[row["cycle_id"], row["person_id"]] = str(row["attestation_id"])
    return [
        _ready(
            row,
            policies[row["policy_id"], row["digest"]],
            concerns.get(row["person_id"], []),
            attested,
            had,
        )
        for row in rows
    ]


def _ready(
    row: Any,  # noqa: ANN401 - a database row
    read: tuple[DivisionPolicy, Mapping[RangeKey, SalaryRange]],
    concerns: Sequence[Any],
    attested: Mapping[tuple[UUID, str], str],
    had: Collection[tuple[str, int]],
) -> ReadyCase:
    policy, ranges = read
    without_pay = row["merit"] and row["without_pay"]
    merit = _merit_inputs(row, ranges, had) if row["merit"] and not without_pay else None
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
        concerns=tuple([concern_of(each) for each in mine]),
        resources=tuple([resource_of(each) for each in mine if each["resource_offered_on"]]),
        attestation=attested.get((row["cycle_id"], row["person_id"])) if attested else None,
        without_pay=without_pay,
    )
    return ReadyCase(case, policy, row["finalized_at"], row["place"], row["traceparent"])


def _merit_inputs(
    row: Any,  # noqa: ANN401 - a database row
    ranges: Mapping[RangeKey, SalaryRange],
    had: Collection[tuple[str, int]],
) -> MeritInputs:
    if row["frozen"] is not None:
        return replace(thaw(row["person_id"], row["frozen"]), rating=row["rating"])
    year = row["period_end"].year
    spans, currency = row["spans"], row["currency"]
    unpaid, protected = leave_days_in_year(_spans(spans), year=year) if spans else (0, 0)
    return MeritInputs(
        employee_id=row["person_id"],
        rating=row["rating"],
        currency=currency,
        salary=decimal_to_minor_units(row["salary"], currency),
        fte=_ratio(row["fte"]),
        salary_range=salary_range_of(ranges, level=row["level"], location=row["location"], currency=currency),
        hire_date=row["hire_date"],
        year=year,
        unpaid_leave_days=unpaid,
        protected_leave_days=protected,
        merit_had=not merit_is_due(row["person_id"], year, paid=had),
    )


@lru_cache(maxsize=256)
def _ratio(fte: Decimal) -> Fraction:
    return Fraction(fte)


def _spans(text: str) -> list[LeaveSpan]:
    return [
        LeaveSpan(
            starts_on=date.fromisoformat(span["starts_on"]),
            ends_on=date.fromisoformat(span["ends_on"]),
            unpaid=span["unpaid"],
            protected=span["protected"],
        )
        for span in json.loads(text)
    ]
