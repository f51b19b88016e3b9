"""Read-only views of pools, awards, outcomes and what they were computed from; each reads no more than is asked for."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.rules.budget import drawn_from_reserve
from outcomes.domain.rules.money import decimal_text, decimal_to_minor_units
from outcomes.outbound.over_budget import reserve_of
from plumbline.money import brief
from plumbline.runtime.database import raw
from plumbline.runtime.reach import Reach

# ``spent``: the current awards; only a pool with corrections has others than it was awarded with.
_POOLS = """
SELECT p.pool_id, p.cycle_id, p.division, p.currency, p.budget_amount, p.budget_percent, p.reserve, p.state, p.people,
    p.budget, p.guideline, p.floor, p.award, p.shortfall, p.factor, p.problem,
    CASE WHEN EXISTS (SELECT FROM award AS c WHERE c.pool_id = p.pool_id AND c.revision > 1) THEN (
        SELECT sum(a.award)::bigint FROM award AS a
        WHERE a.cycle_id = p.cycle_id AND a.pool_id = p.pool_id AND a.state <> 'superseded')
    ELSE p.award END AS spent
FROM pool AS p WHERE p.cycle_id = $1 ORDER BY p.division, p.currency
"""
# ``o.state`` is what was decided; where people moved it since stands beside it.
_OUTCOMES = """
SELECT o.*, t.text, coalesce(f.state, o.state) AS current, coalesce(f.version, 0) AS version,
       f.content, f.schedule, f.starts_on, f.suspended_on, f.acknowledged_at, coalesce(f.panel, '{}') AS panel,
       CASE WHEN f.outcome_id IS NOT NULL THEN (
           SELECT json_agg(json_build_object('day', k.day, 'held_on', k.held_on, 'met', k.met,
                                             'recorded_by', k.recorded_by) ORDER BY k.day)::text
           FROM follow_up_check AS k WHERE k.outcome_id = o.outcome_id) END AS checks,
       CASE WHEN f.outcome_id IS NOT NULL THEN (
           SELECT json_agg(json_build_object('step', a.step, 'person_id', a.person_id) ORDER BY a.step)::text
           FROM follow_up_approval AS a
           WHERE a.outcome_id = o.outcome_id AND a.version = f.version) END AS approvals
FROM outcome AS o
LEFT JOIN assignment_text AS t USING (outcome_id)
LEFT JOIN follow_up AS f USING (outcome_id)
WHERE o.cycle_id = $1 AND NOT o.superseded AND ($2::text IS NULL OR o.person_id = $2)
  AND ($3::text IS NULL OR o.component = $3) AND {within}
ORDER BY o.person_id, o.component, o.outcome_id
"""
# Two sets beside each other: OR between them would read the whole cycle.
_WITHIN_OR_ON_PANEL = """
o.outcome_id IN (
    SELECT reached.outcome_id FROM outcome AS reached WHERE reached.cycle_id = $1 AND {within}
    UNION SELECT outcome_id FROM follow_up WHERE panel <> '{{}}' AND ${viewer}::text = ANY(panel))
"""
_JSON = {
    "inputs": "{}",
    "result": "{}",
    "content": "{}",
    "schedule": "null",
    "checks": "[]",
    "approvals": "[]",
}
_AWARDS = """
SELECT a.*, c.released_on, (
    SELECT array_agg(s.step ORDER BY s.signed_at,
                     array_position(ARRAY['manager', 'skip_level', 'hr_partner', 'finance'], s.step))
    FROM signature AS s WHERE s.outcome_id = a.outcome_id AND s.revision = a.revision) AS signed
FROM award AS a JOIN cycle AS c USING (cycle_id)
WHERE a.cycle_id = $1 AND a.state <> 'superseded' AND ($2::text IS NULL OR a.person_id = $2) AND {within}
ORDER BY a.person_id
"""
_CYCLE = "SELECT * FROM cycle WHERE cycle_id = $1"


async def find_cycle(tx: AsyncConnection, cycle_id: UUID) -> dict[str, Any] | None:
    """The cycle, or None when it has not arrived."""
    row = await (await raw(tx)).fetchrow(_CYCLE, cycle_id)
    return None if row is None else dict(row)


async def list_pools(tx: AsyncConnection, cycle_id: UUID) -> list[dict[str, Any]]:
    """The pools of a cycle with their sums as decimal text."""
    rows = await (await raw(tx)).fetch(_POOLS, cycle_id)
    money = ("budget", "guideline", "floor", "award", "spent", "shortfall")
    return [
        {
            **_plain(row),
            **_texts(row, money),
            "budget_amount": _planned(row, "budget_amount"),
            "reserve": _planned(row, "reserve"),
            "reserve_drawn": _drawn(row),
        }
        for row in rows
    ]


def _drawn(row: Any) -> str | None:  # noqa: ANN401 - a database row
    """What appeals drew from the pool's reserve; None where none is named or nothing is awarded yet."""
    if row["reserve"] is None or row["spent"] is None:
        return None
    reserve = reserve_of(row["reserve"], row["currency"])
    drawn = drawn_from_reserve(spent=row["spent"], budget=row["budget"], reserve=reserve)
    return decimal_text(drawn, row["currency"])


def _planned(row: Any, name: str) -> str | None:  # noqa: ANN401 - a database row
    amount, currency = row[name], row["currency"]
    if row["problem"] is not None:
        return None if amount is None else brief(amount)
    return None if amount is None else decimal_text(decimal_to_minor_units(amount, currency), currency)


async def list_outcomes(
    tx: AsyncConnection,
    cycle_id: UUID,
    *,
    person_id: str | None = None,
    component: str | None = None,
    within: Reach | None = None,
    on_panel: bool = False,
) -> list[dict[str, Any]]:
    """Outcomes with their frozen inputs and results and where they stand now.

    They are of one person, or of those whom a viewer reaches and, ``on_panel``, on whose panel the viewer is; or of
    everybody. ``state`` is today's, ``decided_as`` what the rating led to.
    """
    if within is not None and on_panel and not within.everywhere:
        reached, parameters = within.condition("reached.person_id", first=4)
        condition = _WITHIN_OR_ON_PANEL.format(within=reached, viewer=4 + len(parameters))
        parameters = (*parameters, within.viewer_id)
    else:
        condition, parameters = _within(within, "o.person_id", first=4)
    query = _OUTCOMES.replace("{within}", condition)
    rows = await (await raw(tx)).fetch(query, cycle_id, person_id, component, *parameters)
    return [_outcome(row) for row in rows]


def _outcome(row: Any) -> dict[str, Any]:  # noqa: ANN401 - a database row
    shown = _plain(row)
    read = {name: json.loads(row[name] or empty) for name, empty in _JSON.items()}
    return {**shown, **read, "state": shown.pop("current"), "decided_as": row["state"]}


async def list_awards(
    tx: AsyncConnection, cycle_id: UUID, *, person_id: str | None = None, within: Reach | None = None
) -> list[dict[str, Any]]:
    """Merit awards as decimal text, with their inputs: of one person, of those whom a viewer reaches, or of all."""
    condition, parameters = _within(within, "a.person_id", first=3)
    query = _AWARDS.replace("{within}", condition)
    rows = await (await raw(tx)).fetch(query, cycle_id, person_id, *parameters)
    money = (
        "salary",
        "maximum",
        "guideline",
        "floor",
        "award",
        "base_increase",
        "lump_sum",
        "new_salary",
    )
    return [
        {**_plain(row), **_texts(row, money), "inputs": _readable(row), "signed": row["signed"] or []}
        for row in rows
    ]


def _within(reach: Reach | None, column: str, *, first: int) -> tuple[str, tuple[object, ...]]:
    return ("true", ()) if reach is None else reach.condition(column, first=first)


def _readable(row: Any) -> dict[str, Any]:  # noqa: ANN401 - a database row
    inputs, currency = json.loads(row["inputs"]), row["currency"]
    inputs["salary"] = decimal_text(inputs["salary"], currency)
    if inputs["range"] is not None:
        level, location, of, *bounds = inputs["range"]
        inputs["range"] = [level, location, of, *(decimal_text(bound, of) for bound in bounds)]
    return inputs


def _texts(row: Any, names: Sequence[str]) -> dict[str, str | None]:  # noqa: ANN401 - a database row
    return {name: None if row[name] is None else decimal_text(row[name], row["currency"]) for name in names}


def _plain(row: Any) -> dict[str, Any]:  # noqa: ANN401 - a database row
    return {name: str(value) if isinstance(value, UUID) else value for name, value in dict(row).items()}


async def division_of_session(tx: AsyncConnection, session_id: UUID) -> str | None:
    """The division of a planned session, or None when it is unknown."""
    query = "SELECT division FROM session WHERE session_id = $1"
    return await (await raw(tx)).fetchval(query, session_id)
