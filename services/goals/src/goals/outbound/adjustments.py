"""Keeps changes of locked key results: proposed, approved one by one, applied, never forgotten."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from goals.domain.goal import Goal, KeyResult
from goals.domain.objective import OpenAdjustment
from goals.domain.rules.adjustment import AdjustmentKind, Approver
from goals.domain.rules.smart import ObjectiveDraft
from goals.outbound import key_results as rows
from goals.outbound.selecting import among
from goals.outbound.tables import adjustments, key_results
from plumbline.runtime.database import raw


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


async def find_change(tx: AsyncConnection, objective_id: UUID, adjustment_id: UUID) -> Change | None:
    """A change of this objective."""
    query = sa.select(adjustments).where(
        adjustments.c.adjustment_id == adjustment_id, adjustments.c.objective_id == objective_id
    )
    row = (await tx.execute(query)).mappings().one_or_none()
    return None if row is None else _read(row)


async def list_changes(tx: AsyncConnection, objective_id: UUID) -> list[Change]:
    """All changes of an objective, the oldest first."""
    query = sa.select(adjustments).where(adjustments.c.objective_id == objective_id)
    return [_read(row) for row in (await tx.execute(query.order_by(adjustments.c.proposed_at))).mappings()]


async def insert_change(tx: AsyncConnection, goal: Goal, change: Change) -> None:
    """Keep a proposed change."""
    values: dict[str, Any] = {
        "adjustment_id": change.adjustment_id,
        "objective_id": UUID(goal.objective_id),
        "key_result_id": change.key_result_id,
        "cycle_id": goal.cycle_id,
        "division": goal.division,
        "kind": change.kind.value,
        "rationale": change.rationale,
        "has_skip_level": change.has_skip_level,
        "before": rows.describe(change.before),
        "replacement": rows.describe(change.replacement),
        "approvals": dict(change.approvals),
        "proposed_by": change.proposed_by,
        "proposed_at": change.proposed_at,
    }
    await tx.execute(sa.insert(adjustments).values(values))


async def keep_approvals(tx: AsyncConnection, change: Change, *, applied_at: datetime | None) -> None:
    """Keep who approved, and when the change took effect."""
    statement = sa.update(adjustments).where(adjustments.c.adjustment_id == change.adjustment_id)
    await tx.execute(statement.values(approvals=dict(change.approvals), applied_at=applied_at))


async def apply_change(tx: AsyncConnection, goal: Goal, change: Change, *, now: datetime) -> None:
    """Adjust the key result in its row, or put the replacement beside it and point the old one there."""
    if change.kind is AdjustmentKind.REPLACE:
        await _replace(tx, goal, change)
        return
    draft = change.replacement.draft
    values = {
        "title": change.replacement.title,
        "target": rows.to_decimal(draft.target),
        "strict": draft.strict,
        "due_on": draft.due_on,
        "artefact": draft.artefact,
        "adjusted_on": now.date(),
    }
    row = sa.update(key_results).where(key_results.c.key_result_id == change.key_result_id)
    await tx.execute(row.values(values))


async def _replace(tx: AsyncConnection, goal: Goal, change: Change) -> None:
    ids = [each.key_result_id for each in goal.key_results]
    record = rows.to_row(
        change.replacement,
        objective_id=goal.objective_id,
        cycle_id=goal.cycle_id,
        position=ids.index(str(change.key_result_id)) + 1,
        replaces_id=str(change.key_result_id),
    )
    await (await raw(tx)).copy_records_to_table("key_results", records=[record], columns=rows.COLUMNS)
    row = sa.update(key_results).where(key_results.c.key_result_id == change.key_result_id)
    await tx.execute(row.values(replaced_by_id=UUID(change.replacement.key_result_id)))


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
