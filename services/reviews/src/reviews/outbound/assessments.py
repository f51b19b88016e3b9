"""Saves assessments, a whole list in one statement."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import AsyncConnection

from reviews.domain.assessing import DISCREPANCY
from reviews.domain.assessments import (
    ManagerAssessmentSaved,
    ManagerAssessmentSubmitted,
    Review,
    SelfAssessmentSaved,
    SelfAssessmentSubmitted,
)
from reviews.outbound.tables import acknowledgements, extensions, manager_assessments, self_assessments

_KEY = frozenset({"cycle_id", "person_id", "assessment"})


async def save_self_assessments(tx: AsyncConnection, facts: Sequence[SelfAssessmentSaved]) -> None:
    """Insert or replace these self-assessments."""
    await _upsert(tx, self_assessments, [_self_row(fact) for fact in facts])


async def save_manager_assessments(tx: AsyncConnection, facts: Sequence[ManagerAssessmentSaved]) -> None:
    """Insert or replace these managers' assessments."""
    await _upsert(tx, manager_assessments, [_manager_row(fact) for fact in facts])


async def add_discrepancy_evidence(
    tx: AsyncConnection, cycle_id: UUID, person_id: str, *, evidence: str
) -> None:
    """Write the evidence of a discrepancy that showed only after the manager had submitted."""
    await tx.execute(_one_manager_assessment(cycle_id, person_id).values(discrepancy_evidence=evidence))


async def share_assessment(tx: AsyncConnection, cycle_id: UUID, person_id: str, *, now: datetime) -> None:
    """Let the employee read the written assessment before the calibration."""
    await tx.execute(_one_manager_assessment(cycle_id, person_id).values(shared_at=now))


async def grant_extension(tx: AsyncConnection, review: Review, *, values: dict[str, object]) -> None:
    """Insert or replace the extension of one assessment."""
    row = {
        "cycle_id": review.cycle_id,
        "person_id": review.person_id,
        "division": review.division,
        **values,
    }
    await _upsert(tx, extensions, [row])


async def acknowledge(tx: AsyncConnection, review: Review, *, now: datetime) -> bool:
    """Keep the acknowledgement; False when there is one already."""
    statement = (
        pg.insert(acknowledgements)
        .values(
            cycle_id=review.cycle_id,
            person_id=review.person_id,
            division=review.division,
            acknowledged_at=now,
        )
        .on_conflict_do_nothing()
        .returning(acknowledgements.c.person_id)
    )
    return (await tx.execute(statement)).one_or_none() is not None


async def _upsert(tx: AsyncConnection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    insert = pg.insert(table).values(rows)
    changed = {name: insert.excluded[name] for name in rows[0] if name not in _KEY}
    await tx.execute(insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed))


def _one_manager_assessment(cycle_id: UUID, person_id: str) -> sa.Update:
    table = manager_assessments
    return sa.update(table).where(table.c.cycle_id == cycle_id, table.c.person_id == person_id)


def _self_row(fact: SelfAssessmentSaved) -> dict[str, Any]:
    answers, submitted = fact.answers, isinstance(fact, SelfAssessmentSubmitted)
    return {
        "cycle_id": fact.review.cycle_id,
        "person_id": fact.review.person_id,
        "division": fact.review.division,
        "overall": answers.overall,
        "okr_results": [asdict(row) for row in answers.okr_results],
        "accomplishments": list(answers.accomplishments),
        "growth_areas": list(answers.growth_areas),
        "aspirations": list(answers.aspirations),
        "saved_at": fact.at,
        "submitted_at": fact.at if submitted else None,
        "on_time": fact.on_time if isinstance(fact, SelfAssessmentSubmitted) else None,
    }


def _manager_row(fact: ManagerAssessmentSaved) -> dict[str, Any]:
    answers, submitted = fact.answers, isinstance(fact, ManagerAssessmentSubmitted)
    return {
        "cycle_id": fact.review.cycle_id,
        "person_id": fact.review.person_id,
        "division": fact.review.division,
        "session_id": fact.review.session_id,
        "author_id": fact.author_id,
        "strengths": list(answers.strengths),
        "development_areas": list(answers.development_areas),
        "proposed_rating": answers.proposed_rating,
        "promotion_recommended": answers.promotion_recommended,
        "promotion_target_level": answers.promotion_target_level,
        "evidence_links": list(answers.evidence_links),
        "discrepancy_evidence": answers.discrepancy_evidence,
        "complete": set(fact.missing) <= {DISCREPANCY},
        "saved_at": fact.at,
        "submitted_at": fact.at if submitted else None,
        "on_time": fact.on_time if isinstance(fact, ManagerAssessmentSubmitted) else None,
    }
