"""Writes what arrives from other services, a batch in one statement; every write can come twice."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.contracts.cycle import CycleOpenedV1, DepartmentReviewsCompletedV1, ResultsReleasedV1
from plumbline.contracts.goals import ObjectiveGradedV1
from plumbline.contracts.people import DemographicsStateV1
from plumbline.contracts.policy import PolicyStateV1
from plumbline.contracts.reviews import ManagerAssessmentSubmittedV1
from plumbline.runtime.database import raw
from plumbline.runtime.message import Received

_DEMOGRAPHICS = """
INSERT INTO demographics (person_id, gender) SELECT * FROM unnest($1::text[], $2::text[])
ON CONFLICT (person_id) DO UPDATE SET gender = excluded.gender
"""
_POLICIES = """
INSERT INTO policy (policy_id, digest, document) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
ON CONFLICT DO NOTHING
"""
_CYCLE = """
INSERT INTO cycle (cycle_id, name, period_start, period_end) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
"""
_CYCLE_POLICY = """
INSERT INTO cycle_policy (cycle_id, division, policy_id, digest)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING
"""
_SESSIONS = """
INSERT INTO session AS s (cycle_id, session_id, division, department, facilitator_id)
SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) AS n (session_id, d, p, f)
ORDER BY session_id
ON CONFLICT (session_id) DO UPDATE
SET division = excluded.division, department = excluded.department, facilitator_id = excluded.facilitator_id
"""
_RELEASED = """
UPDATE cycle SET released_on = n.day FROM unnest($1::uuid[], $2::date[]) AS n (cycle_id, day)
WHERE cycle.cycle_id = n.cycle_id
"""
# Takes the rows' locks in one order for everybody; a session that is not known yet gets its row by it.
_LOCK = """
INSERT INTO session AS s (session_id, cycle_id)
SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS n (session_id, cycle_id) ORDER BY session_id
ON CONFLICT (session_id) DO UPDATE SET cycle_id = s.cycle_id
RETURNING session_id, state
"""
_COMPLETED = """
UPDATE session SET people = n.people, digest = n.digest
FROM unnest($1::uuid[], $2::int[], $3::text[]) AS n (session_id, people, digest)
WHERE session.session_id = n.session_id
"""
_CASES = """
INSERT INTO rated_case (session_id, person_id, cycle_id, division, manager_id, proposed, rating)
SELECT session_id, person_id, cycle_id, division, manager_id, proposed, proposed
FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::smallint[])
  AS n (session_id, person_id, cycle_id, division, manager_id, proposed)
ON CONFLICT (session_id, person_id) DO UPDATE
SET manager_id = excluded.manager_id, proposed = excluded.proposed, rating = excluded.rating
"""
_EVIDENCE = """
INSERT INTO evidence (source, person_id, occurred_on) SELECT * FROM unnest($1::text[], $2::text[], $3::date[])
ON CONFLICT (source) DO UPDATE SET occurred_on = excluded.occurred_on
"""
_ATTAINMENT = """
INSERT INTO attainment (objective_id, cycle_id, person_id, score)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::numeric[])
ON CONFLICT (objective_id) DO UPDATE SET score = excluded.score
"""


async def store_demographics(tx: AsyncConnection, batch: Sequence[Received[DemographicsStateV1]]) -> None:
    """Store what the fairness checks need of these people; their birth dates are not kept."""
    events = [each.event for each in batch]
    await (await raw(tx)).execute(
        _DEMOGRAPHICS, [each.person_id for each in events], [each.gender for each in events]
    )


async def store_policies(tx: AsyncConnection, batch: Sequence[Received[PolicyStateV1]]) -> None:
    """Store published policy versions; a version never changes."""
    events = [each.event for each in batch]
    await (await raw(tx)).execute(
        _POLICIES,
        [each.policy_id for each in events],
        [each.digest for each in events],
        [each.document.model_dump_json() for each in events],
    )


async def store_cycle(tx: AsyncConnection, event: CycleOpenedV1) -> None:
    """Store a cycle's period, the policies that it froze and the sessions that it plans (once a cycle)."""
    driver = await raw(tx)
    await driver.execute(_CYCLE, event.cycle_id, event.name, event.period_start, event.period_end)
    frozen = event.policies
    await driver.execute(
        _CYCLE_POLICY,
        event.cycle_id,
        [each.division for each in frozen],
        [each.policy_id for each in frozen],
        [each.digest for each in frozen],
    )
    planned = event.sessions
    await driver.execute(
        _SESSIONS,
        event.cycle_id,
        [each.session_id for each in planned],
        [each.division for each in planned],
        [each.department for each in planned],
        [each.facilitator_id for each in planned],
    )


async def store_releases(tx: AsyncConnection, batch: Sequence[Received[ResultsReleasedV1]]) -> None:
    """Note the day from which employees may see their results."""
    events = [each.event for each in batch]
    await (await raw(tx)).execute(
        _RELEASED, [each.cycle_id for each in events], [each.released_on for each in events]
    )


async def lock_sessions(tx: AsyncConnection, cycle_of: Mapping[UUID, UUID]) -> dict[UUID, str]:
    """Lock these sessions (session → cycle) until the transaction ends; answers their states."""
    rows = await (await raw(tx)).fetch(_LOCK, list(cycle_of), list(cycle_of.values()))
    return {UUID(str(row["session_id"])): row["state"] for row in rows}


async def store_completions(
    tx: AsyncConnection, batch: Sequence[Received[DepartmentReviewsCompletedV1]]
) -> None:
    """Store how many proposals belong to these sessions and their digest."""
    events = [each.event for each in batch]
    await (await raw(tx)).execute(
        _COMPLETED,
        [each.session_id for each in events],
        [each.people for each in events],
        [each.digest for each in events],
    )


async def store_proposals(
    tx: AsyncConnection, batch: Sequence[Received[ManagerAssessmentSubmittedV1]]
) -> None:
    """Store proposed ratings as cases; of several of one person the last counts."""
    newest = {(each.event.session_id, each.event.person_id): each for each in batch}
    received = list(newest.values())
    events = [each.event for each in received]
    await (await raw(tx)).execute(
        _CASES,
        [each.session_id for each in events],
        [each.person_id for each in events],
        [each.cycle_id for each in events],
        [each.division for each in received],
        [each.manager_id for each in events],
        [int(each.proposed_rating) for each in events],
    )


async def store_evidence(tx: AsyncConnection, dated: Collection[tuple[str, str, date]]) -> None:
    """Store dated evidence as (source, person, day); a source counts once, with its newest day."""
    newest = {source: (person, day) for source, person, day in dated}
    await (await raw(tx)).execute(
        _EVIDENCE,
        list(newest),
        [person for person, _ in newest.values()],
        [day for _, day in newest.values()],
    )


async def store_attainment(tx: AsyncConnection, batch: Sequence[Received[ObjectiveGradedV1]]) -> None:
    """Store the graded scores of objectives."""
    newest = {each.event.objective_id: each.event for each in batch}
    await (await raw(tx)).execute(
        _ATTAINMENT,
        list(newest),
        [each.cycle_id for each in newest.values()],
        [each.person_id for each in newest.values()],
        [each.score for each in newest.values()],
    )
