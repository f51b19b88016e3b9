"""Writes what arrives from other services, a batch in one statement; every write can come twice."""

import json
from collections.abc import Iterator, Sequence
from fractions import Fraction

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.rules.money import decimal_to_minor_units
from outcomes.domain.rules.usable import (
    why_budget_is_unusable,
    why_cycle_is_unusable,
    why_pay_is_unusable,
)
from outcomes.outbound.policies import why_unusable
from plumbline.contracts.calibration import RatingsFinalizedV1
from plumbline.contracts.cycle import CycleOpenedV1, ResultsReleasedV1, SessionExcludedV1
from plumbline.contracts.feedback import ConcernChangedV1
from plumbline.contracts.people import LeaveStateV1, PayStateV1
from plumbline.contracts.policy import PolicyStateV1
from plumbline.contracts.reviews import ManagerAssessmentSubmittedV1
from plumbline.runtime.database import raw
from plumbline.runtime.message import Received

_PAY = """
INSERT INTO pay (person_id, salary, currency, fte, problem)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[])
ON CONFLICT (person_id) DO UPDATE
SET salary = excluded.salary, currency = excluded.currency, fte = excluded.fte, problem = excluded.problem
"""
_LEAVE = """
INSERT INTO leave (person_id, spans) SELECT * FROM unnest($1::text[], $2::text[])
ON CONFLICT (person_id) DO UPDATE SET spans = excluded.spans
"""
# A version never changes, but where nothing could be computed with it.
_POLICY = """
INSERT INTO policy AS p (policy_id, division, digest, document, problem)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
ON CONFLICT (policy_id, digest) DO UPDATE SET document = excluded.document, problem = excluded.problem
WHERE p.problem IS NOT NULL
"""
_RECOMMENDATION = """
INSERT INTO recommendation (cycle_id, person_id, promotion, target_level)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::bool[], $4::text[])
ON CONFLICT (cycle_id, person_id) DO UPDATE
SET promotion = excluded.promotion, target_level = excluded.target_level
"""
_CONCERN = """
INSERT INTO concern (concern_id, cycle_id, person_id, gap, occurred_on, recorded_on, delivered_on,
    acknowledged_on, refusal_witnessed_on, resource_offered_on)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::date[], $6::date[], $7::date[],
    $8::date[], $9::date[], $10::date[])
ON CONFLICT (concern_id) DO UPDATE
SET delivered_on = excluded.delivered_on, acknowledged_on = excluded.acknowledged_on,
    refusal_witnessed_on = excluded.refusal_witnessed_on, resource_offered_on = excluded.resource_offered_on
"""
_CYCLE = """
INSERT INTO cycle (cycle_id, name, period_start, period_end, merit, problem) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
"""
_CYCLE_POLICY = """
INSERT INTO cycle_policy (cycle_id, division, policy_id, digest)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING
"""
_SESSION = """
INSERT INTO session (cycle_id, session_id, division, department)
SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING
"""
_POOL = """
INSERT INTO pool (cycle_id, pool_id, division, currency, budget_amount, budget_percent, reserve, problem)
SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::numeric[], $6::numeric[], $7::numeric[], $8::text[])
ON CONFLICT DO NOTHING
"""
_RATING_COLUMNS = (
    "cycle_id",
    "person_id",
    "revision",
    "session_id",
    "session_revision",
    "division",
    "rating",
    "finalized_on",
)
# Ratings may come before the cycle that planned their session.
_FINAL_ALREADY = """
UPDATE session AS s SET finalized_on = c.finalized_on
FROM (SELECT session_id, min(finalized_on) AS finalized_on FROM rating_chunk WHERE released GROUP BY session_id) AS c
WHERE s.cycle_id = $1 AND s.session_id = c.session_id AND s.finalized_on IS NULL
"""
_CHUNK = """
INSERT INTO rating_chunk (session_id, revision, chunk, chunks, people, digest, finalized_on, finalized_at, traceparent)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::int[], $4::int[], $5::int[], $6::text[], $7::date[], $8::timestamptz[],
    $9::text[])
ON CONFLICT DO NOTHING
"""


async def store_pay(tx: AsyncConnection, batch: Sequence[Received[PayStateV1]]) -> None:
    """Store what these people earn now."""
    events = [received.event for received in batch]
    problems = [why_pay_is_unusable(each.salary, each.currency, each.fte) for each in events]
    judged = [*zip(events, problems, strict=True)]
    await (await raw(tx)).execute(
        _PAY,
        [each.person_id for each in events],
        [None if why else decimal_to_minor_units(each.salary, each.currency) for each, why in judged],
        [each.currency for each in events],
        [None if why else str(Fraction(each.fte)) for each, why in judged],
        problems,
    )


async def store_leave(tx: AsyncConnection, batch: Sequence[Received[LeaveStateV1]]) -> None:
    """Store these people's recorded leave."""
    events = [received.event for received in batch]
    spans = [json.dumps([span.model_dump(mode="json") for span in each.spans]) for each in events]
    await (await raw(tx)).execute(_LEAVE, [each.person_id for each in events], spans)


async def store_policies(tx: AsyncConnection, batch: Sequence[Received[PolicyStateV1]]) -> None:
    """Store published policy versions; a version never changes."""
    events = [received.event for received in batch]
    await (await raw(tx)).execute(
        _POLICY,
        [each.policy_id for each in events],
        [each.division for each in events],
        [each.digest for each in events],
        [each.document.model_dump_json() for each in events],
        [why_unusable(each.document) for each in events],
    )


async def store_recommendations(
    tx: AsyncConnection, batch: Sequence[Received[ManagerAssessmentSubmittedV1]]
) -> None:
    """Store whom their managers recommend for promotion; the proposed ratings are not kept here."""
    newest = {(each.event.cycle_id, each.event.person_id): each.event for each in batch}
    await (await raw(tx)).execute(
        _RECOMMENDATION,
        [cycle_id for cycle_id, _ in newest],
        [person_id for _, person_id in newest],
        [each.promotion_recommended for each in newest.values()],
        [each.promotion_target_level for each in newest.values()],
    )


async def store_concerns(tx: AsyncConnection, batch: Sequence[Received[ConcernChangedV1]]) -> None:
    """Store documented concerns as they stand now."""
    newest = {each.event.concern_id: each.event for each in batch}
    events = list(newest.values())
    await (await raw(tx)).execute(
        _CONCERN,
        [each.concern_id for each in events],
        [each.cycle_id for each in events],
        [each.person_id for each in events],
        [each.gap for each in events],
        [each.occurred_on for each in events],
        [each.recorded_on for each in events],
        [each.delivered_on for each in events],
        [each.acknowledged_on for each in events],
        [each.refusal_witnessed_on for each in events],
        [each.resource_offered_on for each in events],
    )


async def store_cycle(tx: AsyncConnection, event: CycleOpenedV1) -> None:
    """Store what a cycle froze: its policies, planned sessions and pools (a few rows, once a cycle)."""
    driver = await raw(tx)
    cycle_id = event.cycle_id
    problem = why_cycle_is_unusable(event.period_end)
    period = (event.period_start, event.period_end)
    await driver.execute(_CYCLE, cycle_id, event.name, *period, event.merit, problem)
    await driver.execute(
        _CYCLE_POLICY,
        cycle_id,
        [each.division for each in event.policies],
        [each.policy_id for each in event.policies],
        [each.digest for each in event.policies],
    )
    await driver.execute(
        _SESSION,
        cycle_id,
        [each.session_id for each in event.sessions],
        [each.division for each in event.sessions],
        [each.department for each in event.sessions],
    )
    await driver.execute(
        _POOL,
        cycle_id,
        [each.pool_id for each in event.pools],
        [each.division for each in event.pools],
        [each.currency for each in event.pools],
        [each.budget_amount for each in event.pools],
        [each.budget_percent for each in event.pools],
        [each.reserve for each in event.pools],
        [
            why_budget_is_unusable(each.currency, each.budget_amount, each.budget_percent, each.reserve)
            for each in event.pools
        ],
    )
    await driver.execute(_FINAL_ALREADY, cycle_id)


async def store_ratings(tx: AsyncConnection, batch: Sequence[Received[RatingsFinalizedV1]]) -> None:
    """Store chunks of finalized ratings; they wait until their session's revision is complete."""
    driver = await raw(tx)
    events = [received.event for received in batch]
    await driver.execute(
        _CHUNK,
        [each.session_id for each in events],
        [each.revision for each in events],
        [each.chunk for each in events],
        [each.chunks for each in events],
        [each.people for each in events],
        [each.digest for each in events],
        [each.finalized_on for each in events],
        [each.time for each in batch],
        [each.traceparent for each in batch],
    )
    await driver.copy_records_to_table("waiting_rating", records=_ratings_of(batch), columns=_RATING_COLUMNS)


def _ratings_of(batch: Sequence[Received[RatingsFinalizedV1]]) -> Iterator[tuple[object, ...]]:
    """The chunks' ratings as rows of ``_RATING_COLUMNS``."""
    for received in batch:
        event = received.event
        for each in event.ratings:
            yield (
                event.cycle_id,
                each.person_id,
                each.revision,
                event.session_id,
                event.revision,
                event.division,
                int(each.rating),
                event.finalized_on,
            )


async def store_release(tx: AsyncConnection, event: ResultsReleasedV1) -> None:
    """Note the day from which employees may see their results."""
    statement = "UPDATE cycle SET released_on = $2 WHERE cycle_id = $1"
    await (await raw(tx)).execute(statement, event.cycle_id, event.released_on)


async def store_exclusion(tx: AsyncConnection, event: SessionExcludedV1) -> None:
    """Note that a planned session is not held; a final one stays final."""
    statement = """
    UPDATE session SET excluded_by = 'the cycle', excluded_reason = 'excluded from its cycle'
    WHERE session_id = $1 AND finalized_on IS NULL AND excluded_by IS NULL
    """
    await (await raw(tx)).execute(statement, event.session_id)
