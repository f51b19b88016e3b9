"""A small api on a real PostgreSQL, for the tests of the frame that every service's api shares."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Literal

import httpx
import pytest
import pytest_asyncio
import sqlalchemy as sa
from fastapi import APIRouter, Depends, FastAPI, Response
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline.runtime import topics
from plumbline.runtime.access import Action, Relation, Resource, State
from plumbline.runtime.answers import answers
from plumbline.runtime.directory import DirectoryPerson, directory, store_people
from plumbline.runtime.each_once import each_once
from plumbline.runtime.http import (
    Caller,
    ExpectedVersion,
    RequiredVersion,
    Tx,
    check_version,
    create_api,
    create_router,
    etag,
    require,
    require_idempotency_key,
)
from plumbline.runtime.issuer import issue_token
from plumbline.runtime.security import enable_division_security
from plumbline.runtime.settings import Settings
from plumbline.runtime.telemetry import current_traceparent
from plumbline_local.databases import Database
from plumbline_local.testing import MakeDatabase
from plumbline_local.testing_databases import connected
from plumbline_local.testing_rights import let_api_do_everything

sys.path.insert(0, str(Path(__file__).parent))

metadata = sa.MetaData()
notes = sa.Table(
    "notes",
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("mark", sa.Text),
    sa.CheckConstraint("text NOT LIKE '%no note'"),  # whose violation quotes the row
    sa.UniqueConstraint("mark", deferrable=True, initially="DEFERRED"),  # fails at the commit, not before
)


class Link(BaseModel):
    to: str
    kind: str = ""


class NoteBody(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    text: str
    division: str = "Engineering"
    kind: Literal["plain", "bold"] = "plain"
    mark: str | None = None
    tags: Annotated[tuple[Annotated[str, Field(min_length=2)], ...], Field(min_length=1)] = ("none",)
    links: Annotated[tuple[Link, ...], each_once("to", "kind"), Field(max_length=9)] = ()
    readers: Annotated[tuple[str, ...], each_once()] = ()

    @field_validator("text")
    @classmethod
    def _no_secret(cls, value: str) -> str:
        if "secret" in value:
            raise ValueError(f"{value} must not stand here")
        return value


class NoteAnswer(BaseModel):
    id: int
    by: str


class Rejected(Exception):
    def __init__(self, status: str) -> None:
        self.status, self.message, self.field, self.fix = status, "not now", "text", "wait"


def build_writing(reached: asyncio.Event, gate: asyncio.Event) -> APIRouter:
    """A command that a test may hold inside its transaction, and let end in every way."""
    router = create_router(prefix="/notes")

    @router.post("", status_code=201)
    async def add(
        body: NoteBody, tx: Tx, caller: Caller, response: Response, version: ExpectedVersion
    ) -> NoteAnswer:
        check_version(expected=version, current=0)
        inserted = await tx.execute(
            sa.insert(notes)
            .values(text=body.text, division=body.division, mark=body.mark)
            .returning(notes.c.id)
        )
        reached.set()
        await gate.wait()
        if body.text == "crash":
            raise RuntimeError(f"crashed on {body.text} of a person")
        if body.text.startswith("reject "):
            raise Rejected(body.text.removeprefix("reject "))
        response.headers["ETag"] = etag(1)
        return NoteAnswer(id=inserted.scalar_one(), by=caller.person_id)

    return router


def build_routes() -> APIRouter:
    router = create_router(prefix="/notes")

    @router.post("/final", dependencies=[Depends(require_idempotency_key)])
    async def finalize(tx: Tx) -> int:
        return (await tx.execute(sa.select(sa.func.count()).select_from(notes))).scalar_one()

    @router.get("")
    async def listed(tx: Tx) -> list[str]:
        return list((await tx.execute(sa.select(notes.c.text).order_by(notes.c.id))).scalars())

    @router.put("/{note_id}")
    async def change(note_id: int, tx: Tx, version: ExpectedVersion) -> str:
        check_version(expected=version, current=4, changed=[{"version": 4, "what": "text"}])
        return "changed"

    @router.delete("/{note_id}")
    async def remove(note_id: int, tx: Tx, version: RequiredVersion) -> int:
        return version

    @router.get("/trace")
    async def trace() -> str | None:
        return current_traceparent()

    @router.get("/{note_id}/rating")
    async def rating(note_id: int, tx: Tx, caller: Caller) -> str:
        require(
            {Relation.SELF},
            action=Action.READ,
            resource=Resource.PROPOSED_RATING,
            state=State.BEFORE_RELEASE,
        )
        return "4"

    return router


def build_refusing() -> APIRouter:
    router = create_router(prefix="/refused")

    @router.get("")
    async def refused(tx: Tx) -> None:
        raise Rejected("forbidden")

    return router


def person(
    person_id: str,
    *,
    division: str,
    manager_id: str | None = None,
    roles: tuple[str, ...] = (),
    status: str = "active",
) -> DirectoryPerson:
    return DirectoryPerson(
        person_id=person_id,
        manager_id=manager_id,
        dotted_line_manager_id=None,
        division=division,
        department="D",
        team="T",
        level="L4",
        job_family="",
        location="",
        hire_date=date(2020, 1, 1),
        status=status,
        roles=roles,
    )


def speak_as(person_id: str, app: FastAPI, state: Path) -> httpx.AsyncClient:
    """The api as this person calls it."""
    token = issue_token(person_id, state, now=datetime.now(UTC), local=True)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://test",
        headers={"Authorization": f"Bearer {token}"},
    )


@pytest.fixture
def bare(database: MakeDatabase) -> Database:
    return database("apitest", migrate=False)


@pytest.fixture
def base(database: MakeDatabase) -> Database:
    """A real service's database, for the tests of what the runtime keeps in each of them."""
    return database("outcomes")


@pytest.fixture
async def bootstrap(kafka: str) -> str:
    """The broker with all of its topics."""
    await topics.apply(kafka)
    return kafka


@pytest_asyncio.fixture
async def engine(bare: Database) -> AsyncIterator[AsyncEngine]:
    async with connected(bare.owner_url) as owner, owner.begin() as tx:
        for table in (directory, answers, notes):
            await tx.run_sync(table.create)
        for statement in enable_division_security("notes", service="apitest"):
            await tx.execute(sa.text(statement))
        people = [
            person("ann", division="Engineering"),
            person("sam", division="Sales"),
            person("boss", division="Sales"),
            person("rep", division="Legal", manager_id="boss"),
            person("pay", division="Finance", roles=("payroll",)),
            person("gone", division="Engineering", status="left"),
        ]
        await store_people(tx, people)
        await let_api_do_everything(tx, "apitest_api")
    async with connected(bare.api_url) as api:
        yield api


@pytest.fixture
def reached() -> asyncio.Event:
    """Set when a command stands inside its transaction."""
    return asyncio.Event()


@pytest.fixture
def gate() -> asyncio.Event:
    """Commands wait inside their transaction while a test keeps this cleared."""
    gate = asyncio.Event()
    gate.set()
    return gate


@pytest.fixture
def app(engine: AsyncEngine, reached: asyncio.Event, gate: asyncio.Event, tmp_path: Path) -> FastAPI:
    settings = Settings(local=True, state=tmp_path, max_body_bytes=2000, cors_origins=("https://hr.example",))
    return create_api(
        service="notes",
        settings=settings,
        engine=engine,
        routers=[build_writing(reached, gate), build_routes(), build_refusing()],
        rejected=Rejected,
    )


@pytest.fixture
def client_for(app: FastAPI, tmp_path: Path) -> Callable[[str], httpx.AsyncClient]:
    return lambda person_id: speak_as(person_id, app, tmp_path)


@pytest.fixture
def ann(client_for: Callable[[str], httpx.AsyncClient]) -> httpx.AsyncClient:
    return client_for("ann")


@pytest.fixture
def count_notes(bare: Database) -> Callable[[], Awaitable[int]]:
    async def count() -> int:
        async with connected(bare.owner_url) as owner, owner.connect() as connection:
            counted = await connection.execute(sa.text("SELECT count(*) FROM notes"))
        return counted.scalar_one()

    return count
