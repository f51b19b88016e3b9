"""Who waits for what, and whom HR named as people without pay; one statement for any number of people."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.rules.without_pay import PersonInCycle
from plumbline.runtime.database import raw

# The earliest revision of each person that waits; a later one waits for it. The conditions are those of
# ``cases._READY``.
_WAITING = """
SELECT DISTINCT ON (r.person_id) r.person_id, r.division, 'awaiting_inputs' AS state, array_remove(ARRAY[
    CASE WHEN c.cycle_id IS NULL THEN 'cycle' ELSE 'cycle: ' || c.problem END,
    CASE WHEN p.policy_id IS NULL THEN 'policy' ELSE 'policy: ' || p.problem END,
    CASE WHEN d.person_id IS NULL THEN 'person' END,
    CASE WHEN c.merit IS NOT TRUE OR n.person_id IS NOT NULL THEN NULL
         WHEN y.person_id IS NULL THEN 'pay' ELSE 'pay: ' || y.problem END,
    CASE WHEN m.person_id IS NULL THEN 'assessment' END,
    CASE WHEN k.session_id IS NULL THEN 'chunks' END
], NULL) AS waits_for
FROM waiting_rating AS r
LEFT JOIN rating_chunk AS k
    ON k.session_id = r.session_id AND k.revision = r.session_revision AND k.chunk = 1 AND k.released
LEFT JOIN cycle AS c ON c.cycle_id = r.cycle_id
LEFT JOIN cycle_policy AS cp ON cp.cycle_id = r.cycle_id AND cp.division = r.division
LEFT JOIN policy AS p ON p.policy_id = cp.policy_id AND p.digest = cp.digest
LEFT JOIN directory AS d ON d.person_id = r.person_id
LEFT JOIN recommendation AS m ON m.cycle_id = r.cycle_id AND m.person_id = r.person_id
LEFT JOIN pay AS y ON y.person_id = r.person_id
LEFT JOIN without_pay AS n ON n.cycle_id = r.cycle_id AND n.person_id = r.person_id
WHERE r.cycle_id = $1
ORDER BY r.person_id, r.revision
"""
_POOLS = """
SELECT pool_id, division, currency,
    CASE WHEN problem IS NULL THEN 'budget: it does not cover the floors' ELSE 'budget: ' || problem END AS waits_for
FROM pool WHERE cycle_id = $1 AND (problem IS NOT NULL OR state = 'refused') ORDER BY division, currency
"""
# In the cycle: rated in it, or at work in one of its divisions.
_PEOPLE = """
SELECT n.person_id, coalesce(r.division, d.division) AS division, coalesce(r.decided, false) AS decided,
       y.person_id IS NOT NULL AND y.problem IS NULL AS paid, w.person_id IS NOT NULL AS named
FROM unnest($2::text[]) AS n (person_id)
LEFT JOIN (
    SELECT person_id, min(division) AS division, bool_or(decided) AS decided FROM (
        SELECT person_id, division, true AS decided FROM rating WHERE cycle_id = $1 AND person_id = ANY($2::text[])
        UNION ALL SELECT person_id, division, false FROM waiting_rating
        WHERE cycle_id = $1 AND person_id = ANY($2::text[])
    ) AS arrived GROUP BY person_id
) AS r USING (person_id)
LEFT JOIN (
    SELECT h.person_id, h.division FROM directory AS h
    JOIN cycle_policy AS cp ON cp.cycle_id = $1 AND cp.division = h.division
    WHERE h.person_id = ANY($2::text[]) AND h.status <> 'left'
) AS d USING (person_id)
LEFT JOIN pay AS y USING (person_id)
LEFT JOIN without_pay AS w ON w.cycle_id = $1 AND w.person_id = n.person_id
"""
_NAME = """
INSERT INTO without_pay (cycle_id, person_id, division, reason, named_by, named_at)
SELECT $1, person_id, division, reason, $5, $6
FROM unnest($2::text[], $3::text[], $4::text[]) AS n (person_id, division, reason)
"""
_NAMED = """
SELECT person_id, division, reason, named_by, named_at FROM without_pay WHERE cycle_id = $1 ORDER BY person_id
"""


async def list_named(tx: AsyncConnection, cycle_id: UUID) -> list[dict[str, Any]]:
    """Who was named in this cycle, by whom, why and when, in the divisions that the role sees."""
    return [dict(row) for row in await (await raw(tx)).fetch(_NAMED, cycle_id)]


async def list_waiting(tx: AsyncConnection, cycle_id: UUID) -> list[dict[str, Any]]:
    """The people whose outcomes wait, each with what is missing, in the divisions that the role sees.

    What is here and cannot be computed with is named with the reason: ``pay: more decimals than JPY has``. Else
    ``cycle``, ``policy`` (with the digest that the cycle froze), ``person`` (the directory's entry), ``pay``,
    ``assessment`` (the manager's, with its recommendation) or ``chunks`` (the others of the session).
    """
    return [dict(row) for row in await (await raw(tx)).fetch(_WAITING, cycle_id)]


async def list_held_pools(tx: AsyncConnection, cycle_id: UUID) -> list[dict[str, Any]]:
    """The pools that wait for another budget, each with the reason."""
    rows = await (await raw(tx)).fetch(_POOLS, cycle_id)
    return [{**dict(row), "pool_id": str(row["pool_id"]), "waits_for": [row["waits_for"]]} for row in rows]


async def people_in_cycle(
    tx: AsyncConnection, cycle_id: UUID, person_ids: Sequence[str]
) -> dict[str, PersonInCycle]:
    """How each of these people stands in the cycle."""
    rows = await (await raw(tx)).fetch(_PEOPLE, cycle_id, list(person_ids))
    return {row["person_id"]: PersonInCycle(**dict(row)) for row in rows}


async def save_without_pay(
    tx: AsyncConnection,
    cycle_id: UUID,
    people: Sequence[PersonInCycle],
    *,
    reasons: Mapping[str, str],
    by: str,
    now: datetime,
) -> None:
    """Note that these people go on without pay in this cycle, by whom and why."""
    await (await raw(tx)).execute(
        _NAME,
        cycle_id,
        [each.person_id for each in people],
        [each.division for each in people],
        [reasons[each.person_id] for each in people],
        by,
        now,
    )
