"""Each service's replica of the people topic: who reports to whom, and who holds which role."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.access import Relation
from plumbline.runtime.database import raw, runtime_metadata
from plumbline.runtime.security import ALL_DIVISIONS, CALLER, SETTING

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What of a person's record relations follow from, and the manager's manager beside it."""

    person_id: str
    manager_id: str | None
    dotted_line_manager_id: str | None
    skip_level_id: str | None
    division: str
    status: str
    roles: tuple[str, ...]


_COLUMNS = tuple(column.name for column in directory.columns)
_SEPARATOR = "\x1f"  # unnest would flatten an array of arrays, so roles travel as one text a person
_UPSERT = f"""
INSERT INTO directory ({", ".join(_COLUMNS)})
SELECT {", ".join(_COLUMNS[:-1])}, string_to_array(roles, '{_SEPARATOR}')
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::text[], $10::date[], $11::text[], $12::text[]) AS incoming ({", ".join(_COLUMNS)})
ON CONFLICT (person_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[1:])}
"""
PLACED = """
SELECT subject.person_id, subject.manager_id, subject.dotted_line_manager_id, above.manager_id AS skip_level_id,
       subject.division, subject.status, subject.roles
FROM directory AS subject LEFT JOIN directory AS above ON above.person_id = subject.manager_id
"""
_PLACED = f"{PLACED} WHERE subject.person_id = ANY($1::text[])"
# A branch for each index: one condition joined by OR would read everybody.
_VISIBLE = f"""
WITH viewer AS (SELECT division, roles FROM directory WHERE person_id = :viewer AND status = ANY(:working)),
direct AS (SELECT person_id, division FROM directory WHERE manager_id = :viewer),
named AS (
    SELECT division FROM viewer
    UNION SELECT substr(role, {len(HR_PARTNER) + 1}) FROM viewer, unnest(roles) AS role
          WHERE starts_with(role, '{HR_PARTNER}')
    UNION SELECT division FROM direct
    UNION SELECT division FROM directory WHERE dotted_line_manager_id = :viewer
    UNION SELECT report.division FROM direct JOIN directory AS report ON report.manager_id = direct.person_id
)
SELECT CASE
    WHEN NOT EXISTS (SELECT FROM viewer) THEN '[]'
    WHEN (SELECT roles && :everywhere FROM viewer) THEN '["{ALL_DIVISIONS}"]'
    ELSE (SELECT coalesce(jsonb_agg(division), '[]')::text FROM named WHERE division <> '{ALL_DIVISIONS}')
END
"""
_LIMIT = sa.text(
    f"SELECT set_config('{SETTING}', ({_VISIBLE}), true), set_config('{CALLER}', :viewer, true)"
).bindparams(
    sa.bindparam("viewer", type_=sa.Text),
    sa.bindparam("working", sorted(WORKING), type_=pg.ARRAY(sa.Text)),
    sa.bindparam("everywhere", sorted(ROLES), type_=pg.ARRAY(sa.Text)),
)


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
    """``relations`` to each of the subjects, in one statement however many there are."""
    rows = await (await raw(tx)).fetch(_PLACED, [viewer_id, *subject_ids])
    known = read_placements(rows)
    viewer = known.get(viewer_id)
    context = frozenset(in_context)
    return {
        subject_id: relate(viewer, subject_id, known.get(subject_id), in_context=context)
        for subject_id in subject_ids
    }


def read_placements(rows: Iterable[asyncpg.Record]) -> dict[str, Placement]:
    """What ``PLACED`` found, by the person's id."""
    return {
        row["person_id"]: Placement(
            person_id=row["person_id"],
            manager_id=row["manager_id"],
            dotted_line_manager_id=row["dotted_line_manager_id"],
            skip_level_id=row["skip_level_id"],
            division=row["division"],
            status=row["status"],
            roles=tuple(row["roles"]),
        )
        for row in rows
    }


async def standing(
    tx: AsyncConnection, viewer_id: str, division: str | None, *, in_context: Iterable[Relation] = ()
) -> frozenset[Relation]:
    """How the viewer stands to something of a division that is nobody's own: a cycle, a session, a policy.

    ``division`` None means the whole organization; an HR partner of any division counts there.
    """
    return _stand(await find_person(tx, viewer_id), division, frozenset(in_context))


async def standing_in_each(
    tx: AsyncConnection, viewer_id: str, divisions: Collection[str], *, in_context: Iterable[Relation] = ()
) -> dict[str, frozenset[Relation]]:
    """``standing`` in each of the divisions, in one statement however many there are."""
    viewer, context = await find_person(tx, viewer_id), frozenset(in_context)
    return {division: _stand(viewer, division, context) for division in divisions}


def _stand(
    viewer: DirectoryPerson | None, division: str | None, in_context: frozenset[Relation]
) -> frozenset[Relation]:
    if viewer is None or viewer.status not in WORKING:
        return frozenset()
    return (held_roles(viewer, division) | in_context) or frozenset({Relation.NONE})


def held_roles(viewer: DirectoryPerson | Placement, division: str | None) -> frozenset[Relation]:
    """The relations that the viewer's roles give in a division (None: anywhere)."""
    held = {ROLES[role] for role in viewer.roles if role in ROLES}
    partner_of = partner_divisions(viewer)
    if division in partner_of or (division is None and partner_of):
        held.add(Relation.HR_PARTNER)
    return frozenset(held)


def partner_divisions(viewer: DirectoryPerson | Placement) -> frozenset[str]:
    """The divisions of which the viewer is the HR partner."""
    return frozenset(role.removeprefix(HR_PARTNER) for role in viewer.roles if role.startswith(HR_PARTNER))


async def limit_to_visible_divisions(tx: AsyncConnection, viewer_id: str) -> bool:
    """``limit_to_divisions`` to those visible to the viewer, in one statement: how a transaction of an api begins.

    They are the own one, those of which one is HR partner, and those of people who report to one (directly, by a
    dotted line, or through one manager between); all for payroll, auditors, coordinators, finance and HR
    administrators; none for somebody who does not work here. The transaction also says who asks.

    Returns:
        Whether there are any; there are none exactly for somebody who, for all that is known here, does not work here.
    """
    return (await tx.execute(_LIMIT, {"viewer": viewer_id})).scalar_one() != "[]"


def relate(
    viewer: Placement | None,
    subject_id: str,
    subject: Placement | None,
    *,
    in_context: frozenset[Relation] = frozenset(),
) -> frozenset[Relation]:
    """``relations`` from records at hand; None stands for a person whose record has not arrived."""
    if viewer is None or viewer.status not in WORKING:
        return frozenset()
    if viewer.person_id == subject_id:
        return frozenset({Relation.SELF})
    found = set(in_context)
    if subject is not None:
        found |= held_roles(viewer, subject.division)
        found |= _lines(viewer.person_id, subject)
    return frozenset(found or {Relation.NONE})


def _lines(viewer_id: str, subject: Placement) -> set[Relation]:
    """The reporting lines from the subject to the viewer; skip-level is the manager's manager and no further."""
    above = {
        Relation.MANAGER: subject.manager_id,
        Relation.DOTTED_LINE_MANAGER: subject.dotted_line_manager_id,
        Relation.SKIP_LEVEL: subject.skip_level_id,
    }
    return {relation for relation, person_id in above.items() if person_id == viewer_id}


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
