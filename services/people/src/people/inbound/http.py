"""Requests in: files of people and leave, and questions about who somebody is."""

import asyncio
from collections.abc import Iterable
from datetime import date
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from people.domain.rules import may_import_without_a_role
from people.inbound.answers import ImportedFileRecord, ImportResult, Imports, People, PersonRecord
from people.inbound.leave_file import read_leave
from people.inbound.people_file import read_people
from people.settings import PeopleSettings
from people.usecases import queries
from people.usecases.import_leave import import_leave
from people.usecases.import_people import import_people
from people.usecases.options import ImportOptions
from plumbline.runtime.access import Action, Relation, Resource, may
from plumbline.runtime.clock import Now
from plumbline.runtime.directory import relations_to_many, standing
from plumbline.runtime.http import Caller, Tx, create_router, require
from plumbline.runtime.problems import ProblemError, forbidden, not_found
from plumbline.runtime.security import ALL_DIVISIONS, limit_to_divisions

MOST_IDS = 1_000
router = create_router(tags=["people"])


async def importer(request: Request, tx: Tx, caller: Caller) -> str:
    """Let HR administrators through, and the bootstrap administrator; a file may tell of every division."""
    settings: PeopleSettings = request.app.state.settings
    held = await standing(tx, caller.person_id, None)
    if not may(held, action=Action.WRITE, resource=Resource.IMPORT) and not may_import_without_a_role(
        caller.person_id,
        bootstrap_admin=settings.first_importer(),
        local=settings.local,
        somebody_holds_the_role=await queries.has_hr_admin(tx),
    ):
        raise forbidden("Only an HR administrator may import.")
    await limit_to_divisions(tx, [ALL_DIVISIONS])
    return caller.person_id


Importer = Annotated[str, Depends(importer)]


async def options(
    who: Importer,
    now: Now,
    as_of: Annotated[
        date | None, Query(description="The day of which the file tells; today if absent.")
    ] = None,
    snapshot: Annotated[bool, Query(description="The file tells everything there is.")] = False,
    strict: Annotated[bool, Query(description="Store nothing when a row is bad.")] = False,
    dry_run: Annotated[bool, Query(description="Store nothing.")] = False,
) -> ImportOptions:
    """What an import is told beside its file."""
    return ImportOptions(
        import_id=uuid7(),
        as_of=as_of or now.date(),
        snapshot=snapshot,
        strict=strict,
        dry_run=dry_run,
        imported_by=who,
        now=now,
    )


Options = Annotated[ImportOptions, Depends(options)]


async def told_beside(
    division: Annotated[
        str | None,
        Query(
            min_length=1, max_length=200, description="Where everybody belongs, if the file has no division."
        ),
    ] = None,
    currency: Annotated[
        str | None,
        Query(pattern="^[A-Za-z]{3}$", description="The currency of every salary, if the file has none."),
    ] = None,
) -> dict[str, str]:
    """The cells of every row that the sender tells beside a people file."""
    told = {"division": division, "currency": currency}
    return {column: value for column, value in told.items() if value is not None}


@router.post("/imports/people")
async def post_people(
    request: Request, tx: Tx, told: Options, beside: Annotated[dict[str, str], Depends(told_beside)]
) -> ImportResult:
    """Import a people file (the body, text/csv)."""
    # In a thread, because a large file takes a second and other requests shall not wait for it.
    file = await asyncio.to_thread(read_people, await request.body(), beside)
    return ImportResult.of(await import_people(tx, file=file, options=told))


@router.post("/imports/leave")
async def post_leave(request: Request, tx: Tx, told: Options) -> ImportResult:
    """Import a leave file (the body, text/csv)."""
    file = await asyncio.to_thread(read_leave, await request.body())
    return ImportResult.of(await import_leave(tx, file=file, options=told))


@router.get("/imports")
async def get_imports(
    request: Request, tx: Tx, caller: Caller, limit: Annotated[int, Query(ge=1, le=1_000)] = 100
) -> Imports:
    """The accepted files, the newest first."""
    settings: PeopleSettings = request.app.state.settings
    held = await standing(tx, caller.person_id, None)
    if not (settings.local and caller.person_id == settings.first_importer()):
        require(held, action=Action.READ, resource=Resource.IMPORT)
    files = await queries.accepted_files(tx, limit=limit)
    return Imports(imports=[ImportedFileRecord.model_validate(file) for file in files])


@router.get("/people/me")
async def get_me(tx: Tx, caller: Caller) -> PersonRecord:
    """Who the caller is."""
    return await read_person(tx, viewer=caller.person_id, person_id=caller.person_id)


@router.get("/people/{person_id}")
async def get_person(person_id: str, tx: Tx, caller: Caller) -> PersonRecord:
    """Who somebody is."""
    return await read_person(tx, viewer=caller.person_id, person_id=person_id)


@router.get("/people")
async def get_people(
    tx: Tx,
    caller: Caller,
    ids: Annotated[str, Query(max_length=110 * MOST_IDS, description="Joined by commas.")],
) -> People:
    """Who these people are, for the names on a page; 1,000 ids at most."""
    wanted = split_ids(ids)
    related = await relations_to_many(tx, caller.person_id, wanted)
    readable = [each for each in wanted if may_read(related[each])]
    if wanted and not readable:
        raise forbidden()
    found = await queries.people_by_id(tx, readable)
    return People(people=[PersonRecord.of(person) for person in found])


async def read_person(tx: AsyncConnection, *, viewer: str, person_id: str) -> PersonRecord:
    """One person's record, if the viewer may read it."""
    related = await relations_to_many(tx, viewer, [person_id])
    require(related[person_id], action=Action.READ, resource=Resource.PEOPLE_RECORD)
    found = await queries.people_by_id(tx, [person_id])
    if not found:
        raise not_found("person")
    return PersonRecord.of(found[0])


def may_read(related: Iterable[Relation]) -> bool:
    """Whether somebody so related may see who a person is."""
    return may(related, action=Action.READ, resource=Resource.PEOPLE_RECORD)


def split_ids(text: str) -> list[str]:
    """The different ids of a list that is joined by commas.

    Raises:
        ProblemError: they are too many.
    """
    wanted = sorted({each.strip() for each in text.split(",") if each.strip()})
    if len(wanted) > MOST_IDS:
        raise ProblemError(
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            code="too_many_ids",
            message=f"These are more than {MOST_IDS} people.",
            fix="Ask several times.",
            field="ids",
        )
    return wanted
