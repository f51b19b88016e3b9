"""Read-only views of pools, awards, outcomes and what they were computed from."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.rules.money import decimal_text
from plumbline.runtime.database import raw

_POOLS = "SELECT * FROM pool WHERE cycle_id = $1 ORDER BY division, currency"
_OUTCOMES = """
SELECT o.*, t.text FROM outcome AS o LEFT JOIN assignment_text AS t USING (outcome_id)
WHERE cycle_id = $1 AND NOT superseded AND ($2::text IS NULL OR person_id = $2)
  AND ($3::text IS NULL OR component = $3)
ORDER BY person_id, component
"""
_AWARDS = """
SELECT a.*, c.released_on, (SELECT array_agg(s.step ORDER BY s.signed_at) FROM signature AS s
    WHERE s.outcome_id = a.outcome_id AND s.revision = a.revision) AS signed
FROM award AS a JOIN cycle AS c USING (cycle_id)
WHERE a.cycle_id = $1 AND a.state <> 'superseded' AND ($2::text IS NULL OR a.person_id = $2)
ORDER BY a.person_id
"""
_CYCLE = "SELECT * FROM cycle WHERE cycle_id = $1"
_WAITING = """
SELECT r.person_id, r.division, r.state,
       NOT EXISTS (SELECT FROM directory AS d WHERE d.person_id = r.person_id) AS person,
       NOT EXISTS (SELECT FROM pay AS y WHERE y.person_id = r.person_id) AS pay,
       NOT EXISTS (SELECT FROM recommendation AS m
                   WHERE m.cycle_id = r.cycle_id AND m.person_id = r.person_id) AS assessment
FROM rating AS r WHERE r.cycle_id = $1 AND r.state <> 'decided' ORDER BY r.person_id
"""


async def find_cycle(tx: AsyncConnection, cycle_id: UUID) -> dict[str, Any] | None:
    """The cycle, or None when it has not arrived."""
    row = await (await raw(tx)).fetchrow(_CYCLE, cycle_id)
    return None if row is None else dict(row)


async def list_pools(tx: AsyncConnection, cycle_id: UUID) -> list[dict[str, Any]]:
    """The pools of a cycle with their sums as decimal text."""
    rows = await (await raw(tx)).fetch(_POOLS, cycle_id)
    money = ("budget", "guideline", "floor", "award", "shortfall")
    return [{**_plain(row), **_texts(row, money)} for row in rows]


async def list_outcomes(
    tx: AsyncConnection, cycle_id: UUID, *, person_id: str | None = None, component: str | None = None
) -> list[dict[str, Any]]:
    """Outcomes with their frozen inputs and results, of one person or of everybody."""
    rows = await (await raw(tx)).fetch(_OUTCOMES, cycle_id, person_id, component)
    return [
        {**_plain(row), "inputs": json.loads(row["inputs"]), "result": json.loads(row["result"])}
        for row in rows
    ]


async def list_awards(
    tx: AsyncConnection, cycle_id: UUID, *, person_id: str | None = None
) -> list[dict[str, Any]]:
    """Merit awards as decimal text, with the inputs that they were computed from."""
    rows = await (await raw(tx)).fetch(_AWARDS, cycle_id, person_id)
    money = ("guideline", "floor", "award", "base_increase", "lump_sum", "new_salary")
    return [
        {**_plain(row), **_texts(row, money), "inputs": _readable(row), "signed": row["signed"] or []}
        for row in rows
    ]


async def list_waiting(tx: AsyncConnection, cycle_id: UUID) -> list[dict[str, Any]]:
    """The people whose outcomes wait, and for what."""
    rows = await (await raw(tx)).fetch(_WAITING, cycle_id)
    names = ("person", "pay", "assessment")
    return [
        {
            "person_id": row["person_id"],
            "division": row["division"],
            "state": row["state"],
            "waits_for": [name for name in names if row[name]],
        }
        for row in rows
    ]


def _readable(row: Any) -> dict[str, Any]:  # noqa: ANN401 - a database row
    inputs = json.loads(row["inputs"])
    inputs["salary"] = decimal_text(inputs["salary"], row["currency"])
    return inputs


def _texts(row: Any, names: Sequence[str]) -> dict[str, str | None]:  # noqa: ANN401 - a database row
    return {name: None if row[name] is None else decimal_text(row[name], row["currency"]) for name in names}


def _plain(row: Any) -> dict[str, Any]:  # noqa: ANN401 - a database row
    return {name: str(value) if isinstance(value, UUID) else value for name, value in dict(row).items()}


async def division_of_session(tx: AsyncConnection, session_id: UUID) -> str | None:
    """The division of a planned session, or None when it is unknown."""
    query = "SELECT division FROM session WHERE session_id = $1"
    return await (await raw(tx)).fetchval(query, session_id)
