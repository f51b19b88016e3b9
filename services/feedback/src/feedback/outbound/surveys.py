"""Counts the answers of surveys, and keeps who answered apart from what was answered."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from feedback.domain.identity import survey_id_of
from feedback.domain.rules.surveys import SurveyKind
from feedback.domain.survey_closing import ClosedSurvey
from plumbline.runtime.database import raw

_OPEN = """
INSERT INTO survey (survey_id, cycle_id, subject, state) VALUES ($1, $2, $3, 'open') ON CONFLICT DO NOTHING
"""
_SCORES = """
INSERT INTO survey_tally (survey_id, score, answers) SELECT $1, score, 0 FROM generate_series(1, 5) AS score
"""
_LOCK = "SELECT state FROM survey WHERE survey_id = $1 FOR UPDATE"
_PARTICIPATE = """
INSERT INTO survey_participant (survey_id, person_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING person_id
"""
# Every score's row is written each time, so that the row's own history does not tell which one was meant.
_COUNT = "UPDATE survey_tally SET answers = answers + (score = $2)::int WHERE survey_id = $1"
_TALLY = "SELECT score, answers FROM survey_tally WHERE survey_id = $1"
_WITH_ROLES = """
SELECT person_id FROM survey_participant JOIN directory USING (person_id)
WHERE survey_id = $1 AND cardinality(roles) > 0
"""
_LEADS = "SELECT EXISTS (SELECT FROM directory WHERE manager_id = $1 AND status <> 'left')"
_INVITED = """
SELECT count(*) FROM directory AS d
WHERE d.division = ANY($1::text[]) AND d.status <> 'left'
  AND (NOT $2::bool OR EXISTS (SELECT FROM directory AS r WHERE r.manager_id = d.person_id AND r.status <> 'left'))
"""
_CLOSE = """
UPDATE survey SET state = $2, invited = $3, responses = $4, band_low = $5, band_high = $6, target_met = $7,
    closed_on = $8
WHERE survey_id = $1
"""
_DESTROY = (
    "DELETE FROM survey_participant WHERE survey_id = $1",
    "DELETE FROM survey_tally WHERE survey_id = $1",
)
_LIST = """
SELECT s.*, EXISTS (SELECT FROM survey_participant AS p WHERE p.survey_id = s.survey_id AND p.person_id = $2)
       AS answered,
       (SELECT count(*) FROM survey_participant AS p WHERE p.survey_id = s.survey_id) AS given
FROM survey AS s WHERE s.cycle_id = $1 ORDER BY s.subject
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyState:
    """A survey whose row this transaction holds."""

    survey_id: UUID
    subject: SurveyKind
    is_open: bool


async def lock_survey(tx: AsyncConnection, cycle_id: UUID, subject: SurveyKind) -> SurveyState:
    """The survey, created when nobody has answered yet, held until the transaction ends."""
    survey_id = survey_id_of(cycle_id, subject.value)
    driver = await raw(tx)
    if await driver.execute(_OPEN, survey_id, cycle_id, subject.value) == "INSERT 0 1":
        await driver.execute(_SCORES, survey_id)
    state = await driver.fetchval(_LOCK, survey_id)
    return SurveyState(survey_id=survey_id, subject=subject, is_open=state == "open")


async def add_answer(tx: AsyncConnection, survey_id: UUID, *, person_id: str, score: int) -> bool:
    """Count one answer; False, and nothing counted, when this person answered before."""
    driver = await raw(tx)
    if await driver.fetchval(_PARTICIPATE, survey_id, person_id) is None:
        return False
    await driver.execute(_COUNT, survey_id, score)
    return True


async def read_tally(tx: AsyncConnection, survey_id: UUID) -> Mapping[int, int]:
    """How often each score was given."""
    return {row["score"]: row["answers"] for row in await (await raw(tx)).fetch(_TALLY, survey_id)}


async def participants_with_roles(tx: AsyncConnection, survey_id: UUID) -> list[str]:
    """Those who answered and hold a role."""
    return [row["person_id"] for row in await (await raw(tx)).fetch(_WITH_ROLES, survey_id)]


async def leads_somebody(tx: AsyncConnection, person_id: str) -> bool:
    """Whether somebody reports to this person."""
    return bool(await (await raw(tx)).fetchval(_LEADS, person_id))


async def count_invited(tx: AsyncConnection, divisions: Collection[str], subject: SurveyKind) -> int:
    """How many people a survey asks now."""
    managers_only = subject is SurveyKind.MANAGER_SATISFACTION
    return int(await (await raw(tx)).fetchval(_INVITED, list(divisions), managers_only))


async def save_closed(
    tx: AsyncConnection, survey_id: UUID, closed: ClosedSurvey, *, invited: int, closed_on: date
) -> None:
    """Store the result once, and destroy who answered and how often each score was given."""
    driver = await raw(tx)
    low, high = closed.band or (None, None)
    state = "suppressed" if closed.band is None else "shown"
    await driver.execute(
        _CLOSE,
        survey_id,
        state,
        invited,
        closed.responses,
        decimal_of(low),
        decimal_of(high),
        closed.target_met,
        closed_on,
    )
    for statement in _DESTROY:
        await driver.execute(statement, survey_id)


def decimal_of(end: Fraction | None) -> Decimal | None:
    """An end of a half-point band as a decimal with one place, exactly."""
    return None if end is None else Decimal(int(end * 10)).scaleb(-1)


async def list_surveys(tx: AsyncConnection, cycle_id: UUID, *, viewer: str) -> list[dict[str, Any]]:
    """The surveys of a cycle, with whether the viewer answered while they were open."""
    return [{**row} for row in await (await raw(tx)).fetch(_LIST, cycle_id, viewer)]
