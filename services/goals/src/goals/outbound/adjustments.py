"""Keeps changes of locked key results: proposed, approved one by one, applied, never forgotten."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from goals.domain.goal import Goal, KeyResult
from goals.domain.objective import OpenAdjustment
from goals.domain.rules.adjustment import AdjustmentKind, Approver
from goals.domain.rules.smart import ObjectiveDraft
from goals.outbound import key_results as rows
from goals.outbound.bulk import insert_many
from goals.outbound.selecting import among
from goals.outbound.tables import adjustments
from plumbline.runtime.database import raw

_COLUMNS = (
    "adjustment_id",
    "objective_id",
    "key_result_id",
    "cycle_id",
    "division",
    "kind",
    "rationale",
    "has_skip_level",
    "before",
    "replacement",
    "approvals",
    "proposed_by",
    "proposed_at",
    "applied_at",
)
_KEEP_APPROVALS = """
UPDATE adjustments AS a SET approvals = t.approvals, applied_at = t.applied_at
FROM unnest($1::uuid[], $2::jsonb[], $3::timestamptz[]) AS t (adjustment_id, approvals, applied_at)
WHERE a.adjustment_id = t.adjustment_id
"""
_ADJUST = """
UPDATE key_results AS k
SET title = t.title, target = t.target, strict = t.strict, due_on = t.due_on, artefact = t.artefact, adjusted_on = $7
FROM unnest($1::uuid[], $2::text[], $3::numeric[], $4::boolean[], $5::date[], $6::text[])
    AS t (key_result_id, title, target, strict, due_on, artefact)
WHERE k.key_result_id = t.key_result_id
"""
_POINT_TO_REPLACEMENT = """
UPDATE key_results AS k SET replaced_by_id = t.new_id
FROM unnest($1::uuid[], $2::uuid[]) AS t (old_id, new_id) WHERE k.key_result_id = t.old_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of one key result; ``approvals`` says who gave which."""

    adjustment_id: UUID
    key_result_id: UUID
    kind: AdjustmentKind
    rationale: str
    has_skip_level: bool
    before: KeyResult
    replacement: KeyResult
    approvals: Mapping[Approver, str]
    proposed_by: str
    proposed_at: datetime
    applied_at: datetime | None = None


def content_with(content: ObjectiveDraft, change: Change) -> ObjectiveDraft:
    """The objective's content with the changed key result in the old one's place."""
    changed = str(change.key_result_id)
    return replace(
        content,
        key_results=tuple(
            change.replacement.draft if each.key_result_id == changed else each
            for each in content.key_results
        ),
    )


async def load_open_adjustments(
    tx: AsyncConnection, contents: Mapping[UUID, ObjectiveDraft]
) -> dict[UUID, OpenAdjustment]:
    """Of each of these objectives the change that waits for approvals, as the rules take it."""
    query = sa.select(adjustments).where(
        among(adjustments.c.objective_id, contents),
        adjustments.c.applied_at.is_(None),
    )
    found: dict[UUID, OpenAdjustment] = {}
    for row in (await tx.execute(query)).mappings():
        change = _read(row)
        found[row["objective_id"]] = OpenAdjustment(
            adjustment_id=str(change.adjustment_id),
            kind=change.kind,
            replacement=content_with(contents[row["objective_id"]], change),
            has_skip_level=change.has_skip_level,
            approved=frozenset(change.approvals),
        )
    return found


async def find_changes(
    tx: AsyncConnection, adjustment_ids: Collection[UUID]
) -> dict[UUID, tuple[UUID, Change]]:
    """Of each of these changes the objective, and the change."""
    query = sa.select(adjustments).where(among(adjustments.c.adjustment_id, adjustment_ids))
    rows = (await tx.execute(query)).mappings()
    return {row["adjustment_id"]: (row["objective_id"], _read(row)) for row in rows}


async def list_changes(tx: AsyncConnection, objective_id: UUID) -> list[Change]:
    """All changes of an objective, the oldest first."""
    query = sa.select(adjustments).where(adjustments.c.objective_id == objective_id)
    return [_read(row) for row in (await tx.execute(query.order_by(adjustments.c.proposed_at))).mappings()]


async def insert_changes(tx: AsyncConnection, changes: Sequence[tuple[Goal, Change]]) -> None:
    """Keep proposed changes, each with its objective, in one statement."""
    records = [
        (
            change.adjustment_id,
            UUID(goal.objective_id),
            change.key_result_id,
            goal.cycle_id,
            goal.division,
            change.kind.value,
            change.rationale,
            change.has_skip_level,
            json.dumps(rows.describe(change.before)),
            json.dumps(rows.describe(change.replacement)),
            json.dumps(dict(change.approvals)),
            change.proposed_by,
            change.proposed_at,
            change.applied_at,
        )
        for goal, change in changes
    ]
    await insert_many(tx, adjustments, columns=_COLUMNS, records=records)


async def keep_approvals(tx: AsyncConnection, changes: Sequence[Change]) -> None:
    """Keep who approved, and when the changes took effect, in one statement."""
    await (await raw(tx)).execute(
        _KEEP_APPROVALS,
        [each.adjustment_id for each in changes],
        [json.dumps(dict(each.approvals)) for each in changes],
        [each.applied_at for each in changes],
    )


async def apply_changes(
    tx: AsyncConnection, changes: Sequence[tuple[Goal, Change]], *, now: datetime
) -> None:
    """Adjust key results in their rows, or put replacements beside them and point the old ones there."""
    await _replace(tx, [each for each in changes if each[1].kind is AdjustmentKind.REPLACE])
    edits = [change for _, change in changes if change.kind is not AdjustmentKind.REPLACE]
    if not edits:
        return
    after = [each.replacement for each in edits]
    await (await raw(tx)).execute(
        _ADJUST,
        [each.key_result_id for each in edits],
        [each.title for each in after],
        [rows.to_decimal(each.draft.target) for each in after],
        [each.draft.strict for each in after],
        [each.draft.due_on for each in after],
        [each.draft.artefact for each in after],
        now.date(),
    )


async def _replace(tx: AsyncConnection, changes: Sequence[tuple[Goal, Change]]) -> None:
    if not changes:
        return
    records = [
        rows.to_row(
            change.replacement,
            objective_id=goal.objective_id,
            cycle_id=goal.cycle_id,
            position=[each.key_result_id for each in goal.key_results].index(str(change.key_result_id)) + 1,
            replaces_id=str(change.key_result_id),
        )
        for goal, change in changes
    ]
    driver = await raw(tx)
    await driver.copy_records_to_table("key_results", records=records, columns=rows.COLUMNS)
    old = [change.key_result_id for _, change in changes]
    new = [UUID(change.replacement.key_result_id) for _, change in changes]
    await driver.execute(_POINT_TO_REPLACEMENT, old, new)


def _read(row: sa.RowMapping) -> Change:
    return Change(
        adjustment_id=row["adjustment_id"],
        key_result_id=row["key_result_id"],
        kind=AdjustmentKind(row["kind"]),
        rationale=row["rationale"],
        has_skip_level=row["has_skip_level"],
        before=rows.read_described(row["before"]),
        replacement=rows.read_described(row["replacement"]),
        approvals={Approver(role): person for role, person in row["approvals"].items()},
        proposed_by=row["proposed_by"],
        proposed_at=row["proposed_at"],
        applied_at=row["applied_at"],
    )
