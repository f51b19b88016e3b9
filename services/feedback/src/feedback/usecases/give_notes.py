"""Give continuous feedback; the author's name stays on it, and only that it was given is announced."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from feedback.domain.errors import Rejected
from feedback.outbound.notes import Note, save_notes
from feedback.settings import SERVICE
from feedback.usecases.known_people import require_known
from plumbline.contracts.feedback import FeedbackGivenV1
from plumbline.runtime.directory import find_people
from plumbline.runtime.outbox import Announcement, announce
from plumbline.runtime.security import limit_to_divisions


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDraft:
    """What somebody wants to say about a person; today unless ``occurred_on`` says when it was."""

    person_id: str
    text: str
    occurred_on: date | None


async def give_notes(
    tx: AsyncConnection, *, author: str, drafts: Sequence[NoteDraft], now: datetime
) -> tuple[Note, ...]:
    """Store and announce these notes, all or none.

    Raises:
        Rejected: a person is not known, or something has not happened yet.
    """
    people = await find_people(tx, {each.person_id for each in drafts})
    notes: list[Note] = []
    for place, draft in enumerate(drafts):
        person = require_known(f"notes.{place}.person_id", [draft.person_id], people)[0]
        occurred_on = draft.occurred_on or now.date()
        if occurred_on > now.date():
            raise Rejected(
                field=f"notes.{place}.occurred_on", message="the day lies ahead", fix="send a day that was"
            )
        notes.append(
            Note(
                feedback_id=uuid7(),
                person_id=person.person_id,
                author_id=author,
                division=person.division,
                text=draft.text,
                occurred_on=occurred_on,
                given_on=now.date(),
            )
        )
    # Anybody may give feedback to anybody else, in other divisions too.
    await limit_to_divisions(tx, {each.division for each in notes})
    await save_notes(tx, notes)
    # No cycle is known here: what was given together belongs together.
    together = str(uuid7())
    events = [announcement_of(each, correlation_id=together) for each in notes]
    await announce(tx, events, source=SERVICE.name, now=now)
    return tuple(notes)


def announcement_of(note: Note, *, correlation_id: str) -> Announcement:
    """That feedback was given, neither by whom nor what."""
    event = FeedbackGivenV1(
        feedback_id=note.feedback_id, person_id=note.person_id, occurred_on=note.occurred_on
    )
    return Announcement(event=event, division=note.division, correlation_id=correlation_id)
