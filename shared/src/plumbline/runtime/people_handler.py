"""Keeps a service's directory in step with the people topic."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.contracts.people import PersonStateV1
from plumbline.runtime.directory import DirectoryPerson, store_people
from plumbline.runtime.inbox import Handler
from plumbline.runtime.message import Received


def standing(person: PersonStateV1) -> DirectoryPerson:
    """What a directory keeps of a person's published state."""
    return DirectoryPerson(
        person_id=person.person_id,
        manager_id=person.manager_id,
        dotted_line_manager_id=person.dotted_line_manager_id,
        division=person.division,
        department=person.department,
        team=person.team,
        level=person.level,
        job_family=person.job_family,
        location=person.location,
        hire_date=person.hire_date,
        status=person.status,
        roles=person.roles,
    )


async def apply_people(tx: AsyncConnection, batch: Sequence[Received[PersonStateV1]]) -> None:
    """Store where these people now stand."""
    await store_people(tx, [standing(received.event) for received in batch])


PEOPLE_HANDLER = Handler(event=PersonStateV1, apply=apply_people)
