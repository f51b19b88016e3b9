"""Saves and finds continuous feedback."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.database import raw

_SAVE = """
INSERT INTO note (feedback_id, person_id, author_id, division, text, occurred_on, given_on)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::date[], $7::date[])
"""
_ABOUT = "SELECT * FROM note WHERE person_id = $1 ORDER BY occurred_on, feedback_id"
_BY = "SELECT * FROM note WHERE person_id = $1 AND author_id = $2 ORDER BY occurred_on, feedback_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Feedback about what somebody did, with its author's name on it."""

    feedback_id: UUID
    person_id: str
    author_id: str
    division: str
    text: str
    occurred_on: date
    given_on: date


async def save_notes(tx: AsyncConnection, notes: Sequence[Note]) -> None:
    """Store these notes in one statement."""
    await (await raw(tx)).execute(
        _SAVE,
        [each.feedback_id for each in notes],
        [each.person_id for each in notes],
        [each.author_id for each in notes],
        [each.division for each in notes],
        [each.text for each in notes],
        [each.occurred_on for each in notes],
        [each.given_on for each in notes],
    )


async def find_notes(tx: AsyncConnection, person_id: str, *, author: str | None = None) -> list[Note]:
    """The notes about a person: all, or one author's."""
    driver = await raw(tx)
    found = driver.fetch(_ABOUT, person_id) if author is None else driver.fetch(_BY, person_id, author)
    return [_read({**row}) for row in await found]


def _read(row: dict[str, Any]) -> Note:
    return Note(
        feedback_id=row["feedback_id"],
        person_id=row["person_id"],
        author_id=row["author_id"],
        division=row["division"],
        text=row["text"],
        occurred_on=row["occurred_on"],
        given_on=row["given_on"],
    )
