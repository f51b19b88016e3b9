"""Bring a file of leave in: merge it into what is recorded, store what changed and announce it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from people.domain.leave import LeaveEntry, SettledLeave, settle_leave
from people.domain.person import BadRow
from people.domain.rules import (
    goes_in,
    refuse_a_file_from_the_future,
    refuse_a_file_older_than_the_last,
    refuse_an_incomplete_snapshot,
)
from people.outbound.announcements import announce_leave
from people.outbound.imports import begin_import
from people.outbound.leave import load_divisions, load_leave, save_leave
from people.settings import SERVICE
from people.usecases.options import ImportAnswer, ImportOptions
from people.usecases.record_file import record_file
from plumbline.runtime.access import Resource
from plumbline.runtime.outbox import announce

KIND = "leave"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveFile:
    """A leave file's rows: the readable ones, why others are not, and the people of all of them."""

    entries: Sequence[LeaveEntry]
    rejected: tuple[BadRow, ...]
    mentioned: Collection[str]
    ignored_columns: tuple[str, ...]
    unreadable: int


async def import_leave(tx: AsyncConnection, *, file: LeaveFile, options: ImportOptions) -> ImportAnswer:
    """Import a leave file in the open transaction.

    Raises:
        Rejected: the file is older than the last one, from the future, or no complete snapshot.
    """
    refuse_a_file_from_the_future(options.as_of, options.now.date())
    refuse_a_file_older_than_the_last(options.as_of, await begin_import(tx, KIND))
    if options.snapshot:
        refuse_an_incomplete_snapshot(len(file.entries) + len(file.rejected), file.unreadable)
    divisions = await load_divisions(tx)
    stored = await load_leave(tx)
    settled = settle_leave(
        file.entries, stored=stored, known=divisions, snapshot=options.snapshot, mentioned=file.mentioned
    )
    answer = answer_leave(settled, file=file, options=options)
    if answer.stored:
        await save_leave(tx, settled.changed)
        events = announce_leave(settled.changed, divisions=divisions, correlation_id=str(options.import_id))
        await announce(tx, list(events), source=SERVICE.name, now=options.now)
        changed = [(person_id, Resource.LEAVE) for person_id in settled.changed]
        await record_file(tx, kind=KIND, answer=answer, options=options, changed=changed)
    return answer


def answer_leave(settled: SettledLeave, *, file: LeaveFile, options: ImportOptions) -> ImportAnswer:
    """What the sender is told: counts are rows, a row is changed when its person's leave changed."""
    rejected = tuple(sorted((*file.rejected, *settled.rejected), key=lambda row: row.line))
    taken = goes_in(len(settled.accepted), len(rejected), strict=options.strict)
    accepted = settled.accepted if taken else ()
    told = {entry.person_id for entry in settled.accepted}
    changed = sum(entry.person_id in settled.changed for entry in accepted)
    return ImportAnswer(
        import_id=options.import_id,
        as_of=options.as_of,
        stored=taken and not options.dry_run,
        accepted=len(accepted),
        changed=changed,
        unchanged=len(accepted) - changed,
        departed=len(settled.changed.keys() - told) if taken else 0,
        rejected=rejected,
        ignored_columns=file.ignored_columns,
        missing_columns=(),
    )
