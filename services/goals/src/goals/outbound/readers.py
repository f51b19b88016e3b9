"""Reads for people: an objective's history, the cascade's graph, the mid-cycle picture and grades."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from goals.domain.goal import LEVELS, KeyResult
from goals.domain.objective import Stage
from goals.domain.rules.cascade import CascadedObjective
from goals.outbound import key_results as rows
from goals.outbound.tables import (
    check_ins,
    grades,
    key_results,
    objective_changes,
    objectives,
    results,
    talks,
)
from plumbline.runtime.database import raw

VISIBLE = (Stage.LOCKED.value, Stage.GRADED.value)
# Every key result that was locked counts once, under what became of it; a successor is no key result of its own.
_MID_CYCLE = """
WITH latest AS (
    SELECT DISTINCT ON (key_result_id) key_result_id, status FROM check_ins
    WHERE cycle_id = $1 ORDER BY key_result_id, recorded_at DESC, check_in_id DESC
), planned AS (
    SELECT DISTINCT key_result_id FROM check_ins
    WHERE cycle_id = $1 AND status = 'at_risk' AND intervention_plan <> ''
)
SELECT CASE
    WHEN k.replaced_by_id IS NOT NULL THEN 'replaced'
    WHEN k.adjusted_on IS NOT NULL THEN 'adjusted'
    WHEN l.status = 'at_risk' AND p.key_result_id IS NOT NULL THEN 'at_risk_with_plan'
    WHEN l.status = 'at_risk' THEN 'at_risk_without_plan'
    WHEN l.status IN ('on_track', 'done') THEN 'on_track_unchanged'
    WHEN l.status = 'not_started' THEN 'not_started'
    ELSE 'not_checked_in' END AS outcome, count(*) AS key_results
FROM key_results AS k
JOIN objectives AS o USING (objective_id)
LEFT JOIN latest AS l USING (key_result_id)
LEFT JOIN planned AS p USING (key_result_id)
WHERE k.cycle_id = $1 AND k.replaces_id IS NULL AND o.stage IN ('locked', 'graded')
  AND o.level = ANY($2::text[]) AND ($3::text[] IS NULL OR o.division = ANY($3::text[]))
GROUP BY outcome
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeRow:
    """A graded key result; attainment and score are exact quotients."""

    key_result_id: UUID
    objective_id: UUID
    owner_id: str
    title: str
    attainment: str
    weeks_late: int
    score: str
    suggested: str
    own: str
    actual: Any = None


async def count_mid_cycle(
    tx: AsyncConnection, cycle_id: UUID, *, levels: Sequence[str], divisions: Collection[str] | None
) -> dict[str, int]:
    """How many locked key results had which outcome; ``divisions`` None counts all."""
    named = None if divisions is None else sorted(divisions)
    found = await (await raw(tx)).fetch(_MID_CYCLE, cycle_id, list(levels), named)
    return {row["outcome"]: row["key_results"] for row in found}


async def load_cascade(tx: AsyncConnection, cycle_id: UUID) -> list[CascadedObjective]:
    """Every objective of the cycle with its key results, in two statements."""
    own = sa.select(key_results.c.objective_id, key_results.c.key_result_id).where(
        key_results.c.cycle_id == cycle_id
    )
    below: dict[UUID, list[str]] = {}
    for objective_id, key in (await tx.execute(own)).all():
        below.setdefault(objective_id, []).append(str(key))
    query = sa.select(objectives.c.objective_id, objectives.c.level, objectives.c.parent_key_result_id).where(
        objectives.c.cycle_id == cycle_id
    )
    return [
        CascadedObjective(
            objective_id=str(row.objective_id),
            level=LEVELS[row.level],
            key_result_ids=tuple(below.get(row.objective_id, ())),
            parent_key_result_id=None if row.parent_key_result_id is None else str(row.parent_key_result_id),
        )
        for row in await tx.execute(query)
    ]


async def list_replaced(tx: AsyncConnection, objective_id: UUID) -> list[tuple[KeyResult, UUID]]:
    """Key results that were replaced, each with its successor."""
    query = sa.select(key_results).where(
        key_results.c.objective_id == objective_id, key_results.c.replaced_by_id.is_not(None)
    )
    found = (await tx.execute(query.order_by(key_results.c.position))).mappings()
    return [(rows.from_row(row), row["replaced_by_id"]) for row in found]


async def list_steps(tx: AsyncConnection, objective_id: UUID) -> list[dict[str, Any]]:
    """What happened to the objective, a version each."""
    query = (
        sa.select(objective_changes)
        .where(objective_changes.c.objective_id == objective_id)
        .order_by(objective_changes.c.version)
    )
    return [dict(row) for row in (await tx.execute(query)).mappings()]


async def list_steps_after(tx: AsyncConnection, objective_id: UUID, version: int) -> list[dict[str, object]]:
    """What happened to the objective after a version, as whoever may read the objective may know it."""
    return [
        {
            "version": step["version"],
            "what": step["what"],
            "by": step["changed_by"],
            "at": step["changed_at"].isoformat(),
        }
        for step in await list_steps(tx, objective_id)
        if step["version"] > version
    ]


async def list_check_ins(tx: AsyncConnection, objective_id: UUID) -> list[dict[str, Any]]:
    """The objective's check-ins with the answers of their talks, the oldest first."""
    query = (
        sa.select(
            check_ins.c.key_result_id,
            check_ins.c.status,
            check_ins.c.confidence,
            check_ins.c.note,
            check_ins.c.intervention_plan,
            check_ins.c.recorded_at,
            talks.c.recorded_by,
            talks.c.going_well,
            talks.c.blocking,
            talks.c.to_adjust,
            talks.c.support_needed,
            talks.c.manager_actions,
            talks.c.employee_actions,
        )
        .join(talks, talks.c.talk_id == check_ins.c.talk_id)
        .where(check_ins.c.objective_id == objective_id)
        .order_by(check_ins.c.recorded_at, check_ins.c.check_in_id)
    )
    return [dict(row) for row in (await tx.execute(query)).mappings()]


async def list_graded_owners(
    tx: AsyncConnection, cycle_id: UUID, *, owner: str | None, after: str, limit: int
) -> list[str]:
    """A page of the people with grades in the cycle, by id."""
    query = (
        sa.select(grades.c.owner_id)
        .distinct()
        .where(grades.c.cycle_id == cycle_id, grades.c.owner_id > after)
        .order_by(grades.c.owner_id)
        .limit(limit)
    )
    if owner is not None:
        query = query.where(grades.c.owner_id == owner)
    return list((await tx.execute(query)).scalars())


async def list_grades(
    tx: AsyncConnection, cycle_id: UUID, *, owners: Collection[str]
) -> dict[UUID, list[GradeRow]]:
    """Objective → its graded key results in their order, of these people."""
    query = (
        sa.select(grades, key_results.c.title, results.c.actual)
        .join(key_results, key_results.c.key_result_id == grades.c.key_result_id)
        .join(results, results.c.key_result_id == grades.c.key_result_id, isouter=True)
        .where(grades.c.cycle_id == cycle_id, _one_of(grades.c.owner_id, owners))
        .order_by(grades.c.objective_id, key_results.c.position)
    )
    found: dict[UUID, list[GradeRow]] = {}
    for row in (await tx.execute(query)).mappings():
        grade = GradeRow(**{name: row[name] for name in GradeRow.__dataclass_fields__})
        found.setdefault(row["objective_id"], []).append(grade)
    return found


async def list_weights(
    tx: AsyncConnection, cycle_id: UUID, *, owners: Collection[str]
) -> list[tuple[str, UUID, str, str, Any]]:
    """(owner, objective, title, level, weight in percent) of these people's locked or graded objectives."""
    table = objectives.c
    query = (
        sa.select(table.owner_id, table.objective_id, table.title, table.level, table.weight_percent)
        .where(table.cycle_id == cycle_id, _one_of(table.owner_id, owners), table.stage.in_(VISIBLE))
        .order_by(table.owner_id, table.objective_id)
    )
    return [tuple(row) for row in (await tx.execute(query)).all()]


def _one_of(column: sa.Column[Any], people: Collection[str]) -> sa.ColumnElement[bool]:
    return column == sa.any_(sa.literal(list(people), sa.ARRAY(sa.Text)))
