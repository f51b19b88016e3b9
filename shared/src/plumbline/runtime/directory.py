"""Each service's replica of the people topic: who reports to whom, and who holds which role."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.access import Relation
from plumbline.runtime.database import raw, runtime_metadata
from plumbline.runtime.security import ALL_DIVISIONS

WORKING = frozenset({"active", "on_leave"})
# Roles of the people topic that hold everywhere; "hr_partner:<division>" holds in that division.
ROLES: Mapping[str, Relation] = {
    "payroll": Relation.PAYROLL,
    "auditor": Relation.AUDITOR,
    "coordinator": Relation.COORDINATOR,
    "finance": Relation.FINANCE,
    "hr_admin": Relation.HR_ADMIN,
    "admin": Relation.ADMIN,
}
HR_PARTNER = "hr_partner:"

directory = sa.Table(
    "directory",
    runtime_metadata,
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("manager_id", sa.Text),
    sa.Column("dotted_line_manager_id", sa.Text),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("department", sa.Text, nullable=False),
    sa.Column("team", sa.Text, nullable=False),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("job_family", sa.Text, nullable=False),
    sa.Column("location", sa.Text, nullable=False),
    sa.Column("hire_date", sa.Date, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("roles", pg.ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Index("directory_manager", "manager_id"),
    sa.Index("directory_dotted_line_manager", "dotted_line_manager_id"),
    sa.Index("directory_department", "division", "department"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryPerson:
    """Where a person stands in the organization; no name and no address."""

    person_id: str
    manager_id: str | None
    dotted_line_manager_id: str | None
    division: str
    department: str
    team: str
    level: str
    job_family: str
    location: str
    hire_date: date
    status: str
    roles: tuple[str, ...] = ()


_COLUMNS = tuple(column.name for column in directory.columns)
_SEPARATOR = "\x1f"  # unnest would flatten an array of arrays, so roles travel as one text a person
_UPSERT = f"""
INSERT INTO directory ({", ".join(_COLUMNS)})
SELECT {", ".join(_COLUMNS[:-1])}, string_to_array(roles, '{_SEPARATOR}')
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::text[], $10::date[], $11::text[], $12::text[]) AS incoming ({", ".join(_COLUMNS)})
ON CONFLICT (person_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[1:])}
"""


async def store_people(tx: AsyncConnection, people: Sequence[DirectoryPerson]) -> None:
    """Insert or replace these people in one statement; of several records of one person the last counts."""
    last = {person.person_id: person for person in people}
    if not last:
        return
    ordered = [
        last[person_id] for person_id in sorted(last)
    ]  # always the same order, so that no two wait in a ring
    columns = [[getattr(person, name) for person in ordered] for name in _COLUMNS[:-1]]
    roles = [_SEPARATOR.join(person.roles) for person in ordered]
    await (await raw(tx)).execute(_UPSERT, *columns, roles)


async def find_person(tx: AsyncConnection, person_id: str) -> DirectoryPerson | None:
    """The person's record, or None when it has not arrived."""
    return (await find_people(tx, [person_id])).get(person_id)


async def find_people(tx: AsyncConnection, person_ids: Collection[str]) -> dict[str, DirectoryPerson]:
    """The records of those people that have arrived, by id, in one statement."""
    wanted = sa.any_(sa.bindparam("ids", list(person_ids), pg.ARRAY(sa.Text)))
    rows = await tx.execute(sa.select(directory).where(directory.c.person_id == wanted))
    return {row["person_id"]: _read(row) for row in rows.mappings()}


async def relations(
    tx: AsyncConnection, viewer_id: str, subject_id: str, *, in_context: Iterable[Relation] = ()
) -> frozenset[Relation]:
    """How the viewer stands to the subject; empty, so that nothing is allowed, when the viewer does not work here.

    ``in_context`` adds what only the caller knows: facilitator or participant of the session at hand, author
    of the record at hand, member of the appeal's panel. Nobody holds a role over oneself: the answer about
    oneself is ``{SELF}``.
    """
    return (await relations_to_many(tx, viewer_id, [subject_id], in_context=in_context))[subject_id]


async def relations_to_many(
    tx: AsyncConnection, viewer_id: str, subject_ids: Collection[str], *, in_context: Iterable[Relation] = ()
) -> dict[str, frozenset[Relation]]:
    """``relations`` to each of the subjects, in two statements however many there are."""
    people = await find_people(tx, {viewer_id, *subject_ids})
    above = await find_people(tx, {person.manager_id for person in people.values() if person.manager_id})
    known = {**above, **people}
    viewer = known.get(viewer_id)
    return {
        subject_id: _relate(viewer, subject_id, known, in_context=frozenset(in_context))
        for subject_id in subject_ids
    }


async def standing(
    tx: AsyncConnection, viewer_id: str, division: str | None, *, in_context: Iterable[Relation] = ()
) -> frozenset[Relation]:
    """How the viewer stands to something of a division that is nobody's own: a cycle, a session, a policy.

    ``division`` None means the whole organization; an HR partner of any division counts there.
    """
    viewer = await find_person(tx, viewer_id)
    if viewer is None or viewer.status not in WORKING:
        return frozenset()
    return (held_roles(viewer, division) | frozenset(in_context)) or frozenset({Relation.NONE})


def held_roles(viewer: DirectoryPerson, division: str | None) -> frozenset[Relation]:
    """The relations that the viewer's roles give in a division (None: anywhere)."""
    held = {ROLES[role] for role in viewer.roles if role in ROLES}
    partner_of = partner_divisions(viewer)
    if division in partner_of or (division is None and partner_of):
        held.add(Relation.HR_PARTNER)
    return frozenset(held)


def partner_divisions(viewer: DirectoryPerson) -> frozenset[str]:
    """The divisions of which the viewer is the HR partner."""
    return frozenset(role.removeprefix(HR_PARTNER) for role in viewer.roles if role.startswith(HR_PARTNER))


async def divisions_visible_to(tx: AsyncConnection, viewer_id: str) -> frozenset[str]:
    """The divisions whose rows row-level security shows to the viewer.

    The own one, those of which one is HR partner, and those of people who report to one (directly, by a
    dotted line, or through one manager between); all for payroll, auditors, coordinators, finance and HR
    administrators; none for somebody who does not work here.
    """
    viewer = await find_person(tx, viewer_id)
    if viewer is None or viewer.status not in WORKING:
        return frozenset()
    if held_roles(viewer, None) - {Relation.HR_PARTNER}:
        return frozenset({ALL_DIVISIONS})
    report = directory.alias("report")
    direct = sa.select(directory.c.person_id).where(directory.c.manager_id == viewer_id)
    rows = await tx.execute(
        sa.select(report.c.division)
        .distinct()
        .where(
            sa.or_(
                report.c.manager_id == viewer_id,
                report.c.dotted_line_manager_id == viewer_id,
                report.c.manager_id.in_(direct),
            )
        )
    )
    named = {viewer.division, *partner_divisions(viewer), *rows.scalars()}
    return frozenset(named - {ALL_DIVISIONS})


def _relate(
    viewer: DirectoryPerson | None,
    subject_id: str,
    known: Mapping[str, DirectoryPerson],
    *,
    in_context: frozenset[Relation],
) -> frozenset[Relation]:
    if viewer is None or viewer.status not in WORKING:
        return frozenset()
    if viewer.person_id == subject_id:
        return frozenset({Relation.SELF})
    found = set(in_context)
    subject = known.get(subject_id)
    if subject is not None:
        found |= held_roles(viewer, subject.division)
        found |= _lines(viewer.person_id, subject, known)
    return frozenset(found or {Relation.NONE})


def _lines(viewer_id: str, subject: DirectoryPerson, known: Mapping[str, DirectoryPerson]) -> set[Relation]:
    """The reporting lines from the subject to the viewer; skip-level is the manager's manager and no further."""
    found: set[Relation] = set()
    if subject.manager_id == viewer_id:
        found.add(Relation.MANAGER)
    if subject.dotted_line_manager_id == viewer_id:
        found.add(Relation.DOTTED_LINE_MANAGER)
    manager = known.get(subject.manager_id or "")
    if manager is not None and manager.manager_id == viewer_id:
        found.add(Relation.SKIP_LEVEL)
    return found


def _read(row: sa.RowMapping) -> DirectoryPerson:
    return DirectoryPerson(
        person_id=row["person_id"],
        manager_id=row["manager_id"],
        dotted_line_manager_id=row["dotted_line_manager_id"],
        division=row["division"],
        department=row["department"],
        team=row["team"],
        level=row["level"],
        job_family=row["job_family"],
        location=row["location"],
        hire_date=row["hire_date"],
        status=row["status"],
        roles=tuple(row["roles"]),
    )
