"""Writes check-ins, actuals and grades, a whole list in one statement."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from goals.domain.events import Answers, CheckInLine, ObjectiveGraded
from goals.domain.goal import Goal
from goals.domain.rules import RULE_VERSION
from goals.outbound import tables
from goals.outbound.announcements import GRADE_CODES
from goals.outbound.bulk import insert_many
from goals.outbound.key_results import to_decimal
from goals.outbound.selecting import among
from plumbline.runtime.database import raw

_TALK_COLUMNS = (
    "talk_id",
    "cycle_id",
    "person_id",
    "division",
    "going_well",
    "blocking",
    "to_adjust",
    "support_needed",
    "manager_actions",
    "employee_actions",
    "recorded_by",
    "recorded_at",
)
_CHECK_IN_COLUMNS = (
    "check_in_id",
    "talk_id",
    "key_result_id",
    "objective_id",
    "cycle_id",
    "division",
    "status",
    "confidence",
    "note",
    "intervention_plan",
    "recorded_at",
)
_GRADE_COLUMNS = (
    "key_result_id",
    "objective_id",
    "cycle_id",
    "owner_id",
    "division",
    "attainment",
    "weeks_late",
    "score",
    "suggested",
    "own",
    "graded_on",
    "rule_version",
)
# An own grade that is left out keeps the one that stands there: the manager may correct an actual alone.
_STORE_RESULTS = """
INSERT INTO results (key_result_id, objective_id, cycle_id, division, actual, done_on, own, recorded_by, recorded_at)
SELECT t.*, $8, $9
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::numeric[], $6::date[], $7::text[]) AS t
ON CONFLICT (key_result_id) DO UPDATE
SET actual = excluded.actual, done_on = excluded.done_on, own = coalesce(excluded.own, results.own),
    recorded_by = excluded.recorded_by, recorded_at = excluded.recorded_at
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkRow:
    """One talk of manager and employee."""

    talk_id: UUID
    cycle_id: UUID
    person_id: str
    division: str
    answers: Answers


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInRow:
    """One key result in a talk."""

    check_in_id: UUID
    talk_id: UUID
    goal: Goal
    line: CheckInLine
    intervention_plan: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """What came out of a key result; ``own`` is the person's own grade as the contract names it."""

    goal: Goal
    key_result_id: UUID
    actual: Fraction
    done_on: date | None
    own: str | None


async def insert_check_ins(
    tx: AsyncConnection, talks: Sequence[TalkRow], lines: Sequence[CheckInRow], *, by: str, now: datetime
) -> None:
    """Keep talks and what they say about each key result, in two statements."""
    records = [
        (
            each.talk_id,
            each.cycle_id,
            each.person_id,
            each.division,
            each.answers.going_well,
            each.answers.blocking,
            each.answers.to_adjust,
            each.answers.support_needed,
            json.dumps(each.answers.manager_actions),
            json.dumps(each.answers.employee_actions),
            by,
            now,
        )
        for each in talks
    ]
    await insert_many(tx, tables.talks, columns=_TALK_COLUMNS, records=records)
    rows = [
        (
            each.check_in_id,
            each.talk_id,
            UUID(each.line.key_result_id),
            UUID(each.goal.objective_id),
            each.goal.cycle_id,
            each.goal.division,
            each.line.status.value,
            each.line.confidence.value,
            each.line.note,
            each.intervention_plan,
            now,
        )
        for each in lines
    ]
    await insert_many(tx, tables.check_ins, columns=_CHECK_IN_COLUMNS, records=rows)


async def store_results(tx: AsyncConnection, rows: Sequence[ResultRow], *, by: str, now: datetime) -> None:
    """Insert or replace these actuals in one statement."""
    await (await raw(tx)).execute(
        _STORE_RESULTS,
        [each.key_result_id for each in rows],
        [UUID(each.goal.objective_id) for each in rows],
        [each.goal.cycle_id for each in rows],
        [each.goal.division for each in rows],
        [to_decimal(each.actual) for each in rows],
        [each.done_on for each in rows],
        [each.own for each in rows],
        by,
        now,
    )


async def load_own_grades(tx: AsyncConnection, objective_ids: Sequence[UUID]) -> Mapping[str, str]:
    """Key result → the person's own grade, where it is given."""
    query = sa.select(tables.results.c.key_result_id, tables.results.c.own).where(
        among(tables.results.c.objective_id, objective_ids), tables.results.c.own.is_not(None)
    )
    return {str(key): own for key, own in (await tx.execute(query)).all()}


async def insert_grades(
    tx: AsyncConnection, graded: Sequence[tuple[Goal, ObjectiveGraded]], *, now: datetime
) -> None:
    """Keep these objectives' grades in one statement."""
    records: list[tuple[Any, ...]] = [
        (
            UUID(key),
            UUID(goal.objective_id),
            goal.cycle_id,
            goal.owner_id,
            goal.division,
            str(result.attainment),
            result.weeks_late,
            str(result.score),
            GRADE_CODES[result.grade],
            GRADE_CODES[fact.own[key]],
            now.date(),
            RULE_VERSION,
        )
        for goal, fact in graded
        for key, result in fact.suggested.items()
    ]
    await insert_many(tx, tables.grades, columns=_GRADE_COLUMNS, records=records)
