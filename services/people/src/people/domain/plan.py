"""What a file of people changes: every rule of an import in its order."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from people.domain.person import BadRow, Change, File, Person
from people.domain.reporting_lines import settle_reporting_lines
from people.domain.rules import (
    keep_what_the_file_does_not_tell,
    people_absent_from_the_snapshot,
    refuse_an_incomplete_snapshot,
    reject_repeated_people,
    what_changed,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``accepted`` counts the rows that go in; ``changes`` are theirs, ``departures`` those of absent people."""

    accepted: int
    rejected: tuple[BadRow, ...]
    changes: tuple[Change, ...]
    departures: tuple[Change, ...]


def plan_import(file: File, *, stored: Mapping[str, Person], snapshot: bool) -> Plan:
    """Decide for every row whether it goes in and what it changes; ``snapshot``: absent people have left.

    Raises:
        Rejected: the file is no complete snapshot.
    """
    if snapshot:
        rows = len(file.entries) + len(file.rejected)
        refuse_an_incomplete_snapshot(rows, file.unreadable)
    repeated = reject_repeated_people(file.entries)
    twice = {row.value for row in repeated}
    entries = [
        replace(entry, person=_complete(entry.person, stored, file))
        for entry in file.entries
        if entry.person.person_id not in twice
    ]
    settled = settle_reporting_lines(
        entries,
        stored={person_id: person.manager_id for person_id, person in stored.items()},
        rejected_already=file.mentioned - {entry.person.person_id for entry in entries},
    )
    absent = people_absent_from_the_snapshot(stored.values(), file.mentioned) if snapshot else ()
    rejected = (*file.rejected, *repeated, *settled.rejected)
    return Plan(
        accepted=len(settled.accepted),
        rejected=tuple(sorted(rejected, key=lambda row: row.line)),
        changes=tuple(what_changed([entry.person for entry in settled.accepted], stored)),
        departures=tuple(what_changed(absent, stored)),
    )


def _complete(told: Person, stored: Mapping[str, Person], file: File) -> Person:
    return keep_what_the_file_does_not_tell(told, stored.get(told.person_id), file.columns)
