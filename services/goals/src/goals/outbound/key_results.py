"""Key results to and from rows of their table, and to and from JSON for the history of changes."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from goals.domain.goal import KeyResult
from goals.domain.objective import kind_of
from goals.domain.rules.grading import ResultKind
from goals.domain.rules.smart import Direction, KeyResultDraft

COLUMNS = (
    "key_result_id",
    "objective_id",
    "cycle_id",
    "position",
    "title",
    "kind",
    "metric",
    "unit",
    "direction",
    "baseline",
    "baseline_on",
    "baseline_source",
    "target",
    "strict",
    "due_on",
    "continuous",
    "artefact",
    "metric_record",
    "replaces_id",
)


def to_decimal(value: Fraction | None) -> Decimal | None:
    """A number that came in as decimal text, so that it divides without remainder."""
    return None if value is None else Decimal(value.numerator) / Decimal(value.denominator)


def to_fraction(value: Decimal | str | None) -> Fraction | None:
    """The exact number of a column."""
    return None if value is None else Fraction(value)


def to_row(
    key_result: KeyResult,
    *,
    objective_id: str,
    cycle_id: UUID,
    position: int,
    replaces_id: str | None = None,
) -> tuple[Any, ...]:
    """One row in the order of ``COLUMNS``."""
    draft = key_result.draft
    return (
        UUID(draft.key_result_id),
        UUID(objective_id),
        cycle_id,
        position,
        key_result.title,
        kind_of(draft).value,
        draft.metric,
        draft.unit,
        None if draft.direction is None else draft.direction.value,
        to_decimal(draft.baseline),
        key_result.baseline_on,
        key_result.baseline_source,
        to_decimal(draft.target),
        draft.strict,
        draft.due_on,
        draft.continuous,
        draft.artefact,
        json.dumps(dict(key_result.metric_record)),
        None if replaces_id is None else UUID(replaces_id),
    )


def from_row(row: Mapping[str, Any] | sa.RowMapping) -> KeyResult:
    """A key result from its row."""
    return KeyResult(
        draft=KeyResultDraft(
            key_result_id=str(row["key_result_id"]),
            metric=row["metric"],
            unit=row["unit"],
            direction=None if row["direction"] is None else Direction(row["direction"]),
            baseline=to_fraction(row["baseline"]),
            target=to_fraction(row["target"]),
            due_on=row["due_on"],
            continuous=row["continuous"],
            binary=row["kind"] == ResultKind.BINARY,
            availability=row["kind"] == ResultKind.AVAILABILITY,
            strict=row["strict"],
            artefact=row["artefact"],
        ),
        title=row["title"],
        baseline_on=row["baseline_on"],
        baseline_source=row["baseline_source"],
        metric_record=row["metric_record"],
    )


def describe(key_result: KeyResult) -> dict[str, Any]:
    """A key result as JSON: numbers are decimal text, dates ISO text."""
    draft = key_result.draft
    return {
        "key_result_id": draft.key_result_id,
        "title": key_result.title,
        "kind": kind_of(draft).value,
        "metric": draft.metric,
        "unit": draft.unit,
        "direction": draft.direction,
        "baseline": decimal_text(draft.baseline),
        "baseline_on": _iso(key_result.baseline_on),
        "baseline_source": key_result.baseline_source,
        "target": decimal_text(draft.target),
        "strict": draft.strict,
        "due_on": _iso(draft.due_on),
        "continuous": draft.continuous,
        "artefact": draft.artefact,
        "metric_record": dict(key_result.metric_record),
    }


def read_described(stored: Mapping[str, Any]) -> KeyResult:
    """The key result that ``describe`` wrote."""
    dates = {name: _date(stored[name]) for name in ("baseline_on", "due_on")}
    return from_row({**stored, **dates})


def decimal_text(value: Fraction | None) -> str | None:
    """Plain decimal text."""
    return None if value is None else format(to_decimal(value) or Decimal(0), "f")


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
