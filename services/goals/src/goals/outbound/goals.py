"""Writes objectives with their key results by COPY, and loads whole lists of them in a fixed number of statements."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from goals.domain.events import Side
from goals.domain.goal import Goal, KeyResult, LevelName
from goals.domain.objective import Actual, Objective, OpenAdjustment, Stage
from goals.domain.rules.smart import ObjectiveDraft, ObjectiveKind
from goals.outbound import key_results as rows
from goals.outbound.adjustments import load_open_adjustments
from goals.outbound.selecting import among
from goals.outbound.tables import key_results, objectives, results
from plumbline.runtime.database import raw
from plumbline.runtime.directory import directory

_OBJECTIVE_COLUMNS = (
    "objective_id",
    "cycle_id",
    "division",
    "owner_id",
    "agrees_with_id",
    "level",
    "title",
    "growth",
    "parent_key_result_id",
    "parent_objective_id",
    "weight_percent",
    "stage",
    "version",
)
_CHANGE_COLUMNS = ("objective_id", "version", "what", "changed_by", "changed_at")
# Whoever changes objectives holds their rows, so that of two requests the second sees the first one's version.
_LOCK = """
SELECT objective_id, owner_id, agrees_with_id, division, stage FROM objectives
WHERE objective_id = ANY($1::uuid[]) ORDER BY objective_id FOR UPDATE
"""
_ADVANCE = """
WITH changed AS (
    UPDATE objectives
    SET stage = $2, version = version + 1,
        locked_on = CASE WHEN $2 = 'locked' THEN $5::date ELSE locked_on END,
        graded_on = CASE WHEN $2 = 'graded' THEN $5::date ELSE graded_on END
    WHERE objective_id = ANY($1::uuid[])
    RETURNING objective_id, version
)
INSERT INTO objective_changes (objective_id, version, what, changed_by, changed_at)
SELECT objective_id, version, $2, $3, $4 FROM changed
"""
_NOTE_CHANGES = """
WITH changed AS (
    UPDATE objectives SET version = version + 1 WHERE objective_id = ANY($1::uuid[])
    RETURNING objective_id, version
)
INSERT INTO objective_changes (objective_id, version, what, changed_by, changed_at)
SELECT objective_id, version, $2, $3, $4 FROM changed
"""


async def insert_goals(tx: AsyncConnection, goals: Sequence[Goal], *, by: str, now: datetime) -> None:
    """Write new objectives, their key results and that they were drafted, in three COPY statements."""
    driver = await raw(tx)
    await driver.copy_records_to_table(
        "objectives", records=[_objective_row(goal) for goal in goals], columns=_OBJECTIVE_COLUMNS
    )
    records = [
        rows.to_row(each, objective_id=goal.objective_id, cycle_id=goal.cycle_id, position=position)
        for goal in goals
        for position, each in enumerate(goal.key_results, start=1)
    ]
    await driver.copy_records_to_table("key_results", records=records, columns=rows.COLUMNS)
    changes = [(UUID(goal.objective_id), 1, "drafted", by, now) for goal in goals]
    await driver.copy_records_to_table("objective_changes", records=changes, columns=_CHANGE_COLUMNS)


async def advance_goals(
    tx: AsyncConnection, objective_ids: Sequence[UUID], *, stage: Stage, by: str, now: datetime
) -> None:
    """Bring these objectives to a stage, each with its next version."""
    await (await raw(tx)).execute(_ADVANCE, objective_ids, stage.value, by, now, now.date())


async def note_change(
    tx: AsyncConnection, objective_ids: Sequence[UUID], *, what: str, by: str, now: datetime
) -> None:
    """Give these objectives their next version for a change other than of their stage."""
    await (await raw(tx)).execute(_NOTE_CHANGES, objective_ids, what, by, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalRow:
    """What access to an objective is decided on."""

    objective_id: UUID
    owner_id: str
    agrees_with_id: str | None
    division: str
    stage: Stage


async def lock_rows(tx: AsyncConnection, objective_ids: Collection[UUID]) -> list[GoalRow]:
    """These objectives' rows, held until the transaction ends; those that do not exist are missing."""
    return [
        GoalRow(
            objective_id=row["objective_id"],
            owner_id=row["owner_id"],
            agrees_with_id=row["agrees_with_id"],
            division=row["division"],
            stage=Stage(row["stage"]),
        )
        for row in await (await raw(tx)).fetch(_LOCK, sorted(objective_ids))
    ]


async def load_goals(
    tx: AsyncConnection, where: sa.ColumnElement[bool], *, limit: int | None = None
) -> dict[UUID, Goal]:
    """The objectives of a condition in their order, each with key results, actuals and its open change."""
    query = (
        sa.select(objectives, directory.c.manager_id)
        .join(directory, directory.c.person_id == objectives.c.owner_id, isouter=True)
        .where(where)
        .order_by(objectives.c.objective_id)
        .limit(limit)
    )
    found = (await tx.execute(query)).mappings().all()
    ids = [row["objective_id"] for row in found]
    results_of = await _load_key_results(tx, ids)
    changes = await load_open_adjustments(
        tx, {row["objective_id"]: _content(row, results_of.get(row["objective_id"], ())) for row in found}
    )
    actuals = await _load_actuals(tx, ids)
    return {
        row["objective_id"]: _to_goal(
            row,
            own=results_of.get(row["objective_id"], ()),
            actuals=actuals.get(row["objective_id"], {}),
            adjustment=changes.get(row["objective_id"]),
        )
        for row in found
    }


async def find_objectives_of(
    tx: AsyncConnection, key_result_ids: Collection[UUID]
) -> dict[UUID, tuple[UUID, UUID, LevelName]]:
    """Of each of these key results that counts: its objective, its cycle and that objective's level."""
    query = (
        sa.select(
            key_results.c.key_result_id, objectives.c.objective_id, objectives.c.cycle_id, objectives.c.level
        )
        .join(objectives, objectives.c.objective_id == key_results.c.objective_id)
        .where(among(key_results.c.key_result_id, key_result_ids), key_results.c.replaced_by_id.is_(None))
    )
    found = (await tx.execute(query)).all()
    return {row.key_result_id: (row.objective_id, row.cycle_id, row.level) for row in found}


async def find_taken(tx: AsyncConnection, table: sa.Table, ids: Collection[UUID]) -> set[UUID]:
    """Those of these ids that a row has already."""
    key = next(iter(table.primary_key))
    return set((await tx.execute(sa.select(key).where(among(key, ids)))).scalars())


async def _load_key_results(tx: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, tuple[KeyResult, ...]]:
    query = (
        sa.select(key_results)
        .where(among(key_results.c.objective_id, ids), key_results.c.replaced_by_id.is_(None))
        .order_by(key_results.c.objective_id, key_results.c.position)
    )
    found: dict[UUID, tuple[KeyResult, ...]] = {}
    for row in (await tx.execute(query)).mappings():
        found[row["objective_id"]] = (*found.get(row["objective_id"], ()), rows.from_row(row))
    return found


async def _load_actuals(tx: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, dict[str, Actual]]:
    query = sa.select(
        results.c.objective_id, results.c.key_result_id, results.c.actual, results.c.done_on
    ).where(among(results.c.objective_id, ids))
    found: dict[UUID, dict[str, Actual]] = {}
    for row in (await tx.execute(query)).mappings():
        actual = Actual(actual=Fraction(row["actual"]), done_on=row["done_on"])
        found.setdefault(row["objective_id"], {})[str(row["key_result_id"])] = actual
    return found


def _to_goal(
    row: sa.RowMapping,
    *,
    own: tuple[KeyResult, ...],
    actuals: Mapping[str, Actual],
    adjustment: OpenAdjustment | None,
) -> Goal:
    stage = Stage(row["stage"])
    agreed = {Stage.DRAFT: frozenset[Side](), Stage.PROPOSED: frozenset({Side.EMPLOYEE})}
    objective = Objective(
        objective_id=str(row["objective_id"]),
        manager_id=row["manager_id"] or row["agrees_with_id"] or "",
        content=_content(row, own),
        stage=stage,
        agreed=agreed.get(stage, frozenset(Side)),
        adjustment=adjustment,
        actuals=actuals,
    )
    return Goal(
        objective=objective,
        cycle_id=row["cycle_id"],
        division=row["division"],
        level=row["level"],
        title=row["title"],
        key_results=own,
        weight_percent=rows.to_fraction(row["weight_percent"]),
        agrees_with_id=row["agrees_with_id"],
        parent_objective_id=_text(row["parent_objective_id"]),
        version=row["version"],
        locked_on=row["locked_on"],
        graded_on=row["graded_on"],
    )


def _content(row: sa.RowMapping, found: tuple[KeyResult, ...]) -> ObjectiveDraft:
    return ObjectiveDraft(
        objective_id=str(row["objective_id"]),
        owner_id=row["owner_id"],
        kind=ObjectiveKind.GROWTH if row["growth"] else ObjectiveKind.DELIVERY,
        parent_key_result_id=_text(row["parent_key_result_id"]),
        key_results=tuple(each.draft for each in found),
    )


def _objective_row(goal: Goal) -> tuple[Any, ...]:
    content = goal.objective.content
    return (
        UUID(goal.objective_id),
        goal.cycle_id,
        goal.division,
        content.owner_id,
        goal.agrees_with_id,
        goal.level,
        goal.title,
        content.kind is ObjectiveKind.GROWTH,
        _uuid(content.parent_key_result_id),
        _uuid(goal.parent_objective_id),
        rows.to_decimal(goal.weight_percent),
        goal.objective.stage.value,
        goal.version,
    )


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _uuid(value: str | None) -> UUID | None:
    return None if value is None else UUID(value)
