"""The rules of an import: which file is taken, what it leaves as it is, and what it changes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from people.domain.errors import Rejected
from people.domain.person import (
    DEMOGRAPHICS,
    PAY,
    POSITION,
    BadRow,
    Change,
    Entry,
    Person,
    demographics_of,
    pay_of,
    position_of,
)

_TELLING = ("name", "email", *POSITION, *DEMOGRAPHICS, *PAY)


def refuse_a_file_older_than_the_last(as_of: date, last: date | None) -> None:
    """A file that tells an older day than the last accepted one is refused; the same day again is a correction.

    Source: architecture, "HRIS files carry an as_of: an older one is refused".
    """
    if last is not None and as_of < last:
        raise Rejected(
            code="older_file",
            message=f"The file is as of {as_of}, and one as of {last} is in already.",
            fix=f"Export a file as of {last} or later.",
            status="conflict",
        )


def refuse_a_file_from_the_future(as_of: date, today: date) -> None:
    """A file cannot tell a day that has nowhere begun; a mistyped year would lock out every later file."""
    if as_of > today + timedelta(days=1):
        raise Rejected(
            code="future_file",
            message=f"The file is as of {as_of}, and today is {today}.",
            fix="Give the day on which the file was exported.",
        )


def goes_in(accepted: int, rejected: int, *, strict: bool) -> bool:
    """A file goes in when it has a good row, changed or not; a strict import only when it has no bad one.

    Of a file that does not go in nothing is stored, not even its day: it locks out no correct file of an
    earlier day, and nobody leaves because a snapshot's rows are all bad.
    """
    return accepted > 0 and not (strict and rejected)


def refuse_an_incomplete_snapshot(rows: int, unreadable: int) -> None:
    """A snapshot has rows, and an id in each: nobody is counted as absent because a row cannot be read.

    ``rows`` counts all rows of the file, ``unreadable`` those that tell no employee_id.
    """
    if rows == 0 or unreadable > 0:
        told = "no rows" if rows == 0 else f"{unreadable} rows without a readable employee_id"
        raise Rejected(
            code="incomplete_snapshot",
            message=f"A full snapshot makes absent people leave, and this file has {told}.",
            fix="Correct the file, or import it without snapshot.",
        )


def reject_repeated_people(entries: Sequence[Entry]) -> list[BadRow]:
    """Rows that tell of the same person are all bad: which of them is right cannot be known."""
    lines: dict[str, list[int]] = {}
    for entry in entries:
        lines.setdefault(entry.person.person_id, []).append(entry.line)
    return [
        BadRow(
            line=line,
            column="employee_id",
            value=person_id,
            fix=f"Keep one row for each person; this one stands on lines {', '.join(map(str, found))}.",
        )
        for person_id, found in lines.items()
        if len(found) > 1
        for line in found
    ]


def keep_what_the_file_does_not_tell(told: Person, stored: Person | None, columns: Collection[str]) -> Person:
    """A column that the file lacks changes nothing, and neither does an empty salary; other empty cells do."""
    if stored is None:
        return told
    kept = [name for name in _TELLING if name not in columns]
    if told.salary is None:
        kept += ["salary", "currency"]
    return replace(told, **{name: getattr(stored, name) for name in kept}) if kept else told


def people_absent_from_the_snapshot(
    stored: Iterable[Person], mentioned: Collection[str]
) -> tuple[Person, ...]:
    """People whom a full snapshot does not mention have left; a row that was rejected mentions its person."""
    return tuple(
        replace(person, status="left")
        for person in stored
        if person.person_id not in mentioned and person.status != "left"
    )


def what_changed(people: Iterable[Person], stored: Mapping[str, Person]) -> list[Change]:
    """The people who are new or differ from what is stored, and in which of the announced groups of columns.

    Demographics and pay of a new person count as changed only when the file tells any.
    """
    changes: list[Change] = []
    for person in people:
        before = stored.get(person.person_id)
        if person == before:
            continue
        changes.append(
            Change(
                person=person,
                new=before is None,
                position=before is None or position_of(person) != position_of(before),
                demographics=demographics_of(person)
                != ((None, None) if before is None else demographics_of(before)),
                pay=person.salary is not None and (before is None or pay_of(person) != pay_of(before)),
            )
        )
    return changes


def may_import_without_a_role(
    person_id: str, *, bootstrap_admin: str, local: bool, somebody_holds_the_role: bool
) -> bool:
    """Whether the configured bootstrap administrator may import: always on one's own machine, elsewhere only
    until somebody who works here holds the role ``hr_admin``.
    """
    return bool(bootstrap_admin) and person_id == bootstrap_admin and (local or not somebody_holds_the_role)
