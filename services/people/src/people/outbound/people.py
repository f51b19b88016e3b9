"""Loads and saves people in bulk."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import AsyncConnection

from people.domain.person import Person
from people.outbound.announcements import position
from people.outbound.tables import person as table
from plumbline.runtime.database import raw
from plumbline.runtime.directory import store_people
from plumbline.runtime.people_handler import standing

COLUMNS = tuple(field.name for field in fields(Person))
_NAMES = ", ".join(COLUMNS)
_LOAD = f"SELECT {_NAMES} FROM person"
_STAGE = "CREATE TEMPORARY TABLE incoming_person (LIKE person) ON COMMIT DROP"
_UPSERT = f"""
INSERT INTO person ({_NAMES}) SELECT {_NAMES} FROM incoming_person
ON CONFLICT (person_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:])}
"""


async def load_people(tx: AsyncConnection) -> dict[str, Person]:
    """Everybody who was ever imported, by id."""
    rows = await (await raw(tx)).fetch(_LOAD)
    return {row["person_id"]: _read({**row}) for row in rows}


async def find_people(tx: AsyncConnection, person_ids: Collection[str]) -> list[Person]:
    """Those of these people who are known, in the order of their ids."""
    wanted = sa.any_(sa.bindparam("ids", list(person_ids), pg.ARRAY(sa.Text)))
    rows = await tx.execute(sa.select(table).where(table.c.person_id == wanted).order_by(table.c.person_id))
    return [_read({**row}) for row in rows.mappings()]


async def somebody_is_hr_admin(tx: AsyncConnection) -> bool:
    """Whether somebody who works here holds the role ``hr_admin``."""
    held = sa.and_(table.c.roles.contains(["hr_admin"]), table.c.status != "left")
    return bool(await tx.scalar(sa.select(sa.exists().where(held))))


async def save_people(tx: AsyncConnection, people: Sequence[Person]) -> None:
    """Insert or replace these people, here and in the directory that decides who may see what."""
    if not people:
        return
    driver = await raw(tx)
    await driver.execute(_STAGE)
    records = [tuple(getattr(person, name) for name in COLUMNS) for person in people]
    await driver.copy_records_to_table("incoming_person", records=records, columns=COLUMNS)
    await driver.execute(_UPSERT)
    await store_people(tx, [standing(position(person)) for person in people])


def _read(row: Mapping[Any, Any]) -> Person:
    columns: dict[str, Any] = {**row, "roles": tuple(row["roles"])}
    return Person(**columns)
