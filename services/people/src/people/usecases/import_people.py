"""Bring a file of people in: decide about every row, store what changed and announce it."""

import asyncio
from collections.abc import Iterator, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from people.domain.person import Change, File
from people.domain.plan import Plan, plan_import
from people.domain.rules import (
    goes_in,
    refuse_a_file_from_the_future,
    refuse_a_file_older_than_the_last,
)
from people.outbound.announcements import announce_changes
from people.outbound.imports import begin_import
from people.outbound.people import COLUMNS, load_people, save_people
from people.settings import SERVICE
from people.usecases.options import ImportAnswer, ImportOptions
from people.usecases.record_file import record_file
from plumbline.runtime.access import Resource
from plumbline.runtime.outbox import announce

KIND = "people"
CHUNK = 2_000  # changes whose events are written at once, so that other requests get their turn between


async def import_people(tx: AsyncConnection, *, file: File, options: ImportOptions) -> ImportAnswer:
    """Import a people file in the open transaction.

    Raises:
        Rejected: the file is older than the last one, from the future, or no complete snapshot.
    """
    refuse_a_file_from_the_future(options.as_of, options.now.date())
    refuse_a_file_older_than_the_last(options.as_of, await begin_import(tx, KIND))
    stored = await load_people(tx)
    plan = await asyncio.to_thread(plan_import, file, stored=stored, snapshot=options.snapshot)
    answer = answer_plan(plan, file=file, options=options)
    if answer.stored:
        changes = (*plan.changes, *plan.departures)
        await save_people(tx, [change.person for change in changes])
        await announce_in_chunks(tx, changes, options=options)
        await record_file(tx, kind=KIND, answer=answer, options=options, changed=list_changed(changes))
    return answer


async def announce_in_chunks(
    tx: AsyncConnection, changes: Sequence[Change], *, options: ImportOptions
) -> None:
    """Write the events of all changes into the outbox."""
    for start in range(0, len(changes), CHUNK):
        chunk = changes[start : start + CHUNK]
        events = list(announce_changes(chunk, correlation_id=str(options.import_id)))
        await announce(tx, events, source=SERVICE.name, now=options.now)


def answer_plan(plan: Plan, *, file: File, options: ImportOptions) -> ImportAnswer:
    """What the sender is told."""
    taken = goes_in(plan.accepted, len(plan.rejected), strict=options.strict)
    return ImportAnswer(
        import_id=options.import_id,
        as_of=options.as_of,
        stored=taken and not options.dry_run,
        accepted=plan.accepted if taken else 0,
        changed=len(plan.changes) if taken else 0,
        unchanged=plan.accepted - len(plan.changes) if taken else 0,
        departed=len(plan.departures) if taken else 0,
        rejected=plan.rejected,
        ignored_columns=file.ignored_columns,
        missing_columns=tuple(
            "employee_id" if name == "person_id" else name for name in COLUMNS if name not in file.columns
        ),
    )


def list_changed(changes: Sequence[Change]) -> Iterator[tuple[str, Resource]]:
    """What of whom changed, for the audit log; a new person's record is one entry with all that it holds."""
    for change in changes:
        person_id = change.person.person_id
        yield person_id, Resource.PEOPLE_RECORD
        if change.demographics and not change.new:
            yield person_id, Resource.DEMOGRAPHICS
        if change.pay and not change.new:
            yield person_id, Resource.PAY
