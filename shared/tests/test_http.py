"""The api's frame on a real PostgreSQL: transactions, kept answers, versions, problems, probes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

import httpx
import pytest
import pytest_asyncio
import sqlalchemy as sa
from fastapi import Depends, FastAPI, Response
from pydantic import BaseModel, ConfigDict, field_validator
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline.runtime.access import Action, Relation, Resource, State
from plumbline.runtime.auth import Principal
from plumbline.runtime.database import connect
from plumbline.runtime.directory import DirectoryPerson, directory, store_people
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
from plumbline.runtime.idempotency import answers, forget_answers
from plumbline.runtime.issuer import issue_token
from plumbline.runtime.security import enable_division_security
from plumbline.runtime.settings import Settings
from plumbline_local.databases import Database
from plumbline_local.testing import MakeDatabase

metadata = sa.MetaData()
notes = sa.Table(
    "notes",
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)


class NoteBody(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    text: str
    division: str = "Engineering"
    kind: Literal["plain", "bold"] = "plain"

    @field_validator("text")
    @classmethod
    def _no_secret(cls, value: str) -> str:
        if "secret" in value:
            raise ValueError(f"{value} must not stand here")
        return value


class NoteAnswer(BaseModel):
    id: int
    by: str


@dataclass(frozen=True, kw_only=True)
class Gate:
    """Lets a test hold a command inside its transaction."""

    reached: asyncio.Event
    open: asyncio.Event


class Rejected(Exception):
    def __init__(self, status: str) -> None:
        self.status, self.message, self.field, self.fix = status, "not now", "text", "wait"


def build_routes(gate: Gate):  # noqa: ANN201 - a router
    router = create_router(prefix="/notes")

    @router.post("", status_code=201)
    async def add(body: NoteBody, tx: Tx, caller: Caller, response: Response) -> NoteAnswer:
        inserted = await tx.execute(
            sa.insert(notes).values(text=body.text, division=body.division).returning(notes.c.id)
        )
        gate.reached.set()
        await gate.open.wait()
        if body.text == "crash":
            raise RuntimeError(f"crashed on {body.text} of a person")
        if body.text.startswith("reject "):
            raise Rejected(body.text.removeprefix("reject "))
        response.headers["ETag"] = etag(1)
        return NoteAnswer(id=inserted.scalar_one(), by=caller.person_id)

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

    @router.get("/{note_id}/rating")
    async def rating(note_id: int, caller: Caller) -> str:
        require(
            {Relation.SELF},
            action=Action.READ,
            resource=Resource.PROPOSED_RATING,
            state=State.BEFORE_RELEASE,
        )
        return "4"

    return router


def person(
    person_id: str, *, division: str, manager_id: str | None = None, roles: tuple[str, ...] = ()
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
        status="active",
        roles=roles,
    )


@pytest.fixture
def bare(database: MakeDatabase) -> Database:
    return database("apitest", migrate=False)


@pytest_asyncio.fixture
async def engine(bare: Database) -> AsyncIterator[AsyncEngine]:
    owner = connect(bare.owner_url)
    async with owner.begin() as tx:
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
        ]
        await store_people(tx, people)
    await owner.dispose()
    api = connect(bare.api_url)
    yield api
    await api.dispose()


@pytest.fixture
def gate() -> Gate:
    gate = Gate(reached=asyncio.Event(), open=asyncio.Event())
    gate.open.set()
    return gate


@pytest.fixture
def app(engine: AsyncEngine, gate: Gate, tmp_path: Path) -> FastAPI:
    settings = Settings(local=True, state=tmp_path, max_body_bytes=2000, cors_origins=("https://hr.example",))
    return create_api(
        service="notes", settings=settings, engine=engine, routers=[build_routes(gate)], rejected=Rejected
    )


@pytest.fixture
def client_for(app: FastAPI, tmp_path: Path) -> Callable[[str], httpx.AsyncClient]:
    def build(person_id: str) -> httpx.AsyncClient:
        token = issue_token(person_id, tmp_path, now=datetime.now(UTC), local=True)
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://test",
            headers={"Authorization": f"Bearer {token}"},
        )

    return build


@pytest.fixture
def ann(client_for: Callable[[str], httpx.AsyncClient]) -> httpx.AsyncClient:
    return client_for("ann")


async def count_notes(bare: Database) -> int:
    owner = connect(bare.owner_url)
    async with owner.connect() as connection:
        count = (await connection.execute(sa.select(sa.func.count()).select_from(notes))).scalar_one()
    await owner.dispose()
    return count


async def test_the_same_key_and_body_get_the_first_answer_again(
    ann: httpx.AsyncClient, bare: Database
) -> None:
    first = await ann.post("/notes", json={"text": "a"}, headers={"Idempotency-Key": "k1"})
    again = await ann.post("/notes", json={"text": "a"}, headers={"Idempotency-Key": "k1"})
    assert (first.status_code, first.headers["etag"]) == (201, '"1"')
    assert (again.status_code, again.content, again.headers["etag"]) == (201, first.content, '"1"')
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert await count_notes(bare) == 1


async def test_the_same_key_with_another_body_path_or_query_is_refused(
    ann: httpx.AsyncClient, bare: Database
) -> None:
    key = {"Idempotency-Key": "k1"}
    await ann.post("/notes", json={"text": "a"}, headers=key)
    others = [
        await ann.post("/notes", json={"text": "b"}, headers=key),
        await ann.post("/notes?x=1", json={"text": "a"}, headers=key),
        await ann.post("/notes/final", json={"text": "a"}, headers=key),
        await ann.post("/notes", json={"text": "a"}, headers={**key, "If-Match": "3"}),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in others] == [
        (422, "idempotency_key_reused")
    ] * 4
    assert await count_notes(bare) == 1


async def test_a_key_belongs_to_the_person_who_sent_it(
    client_for: Callable[[str], httpx.AsyncClient], bare: Database
) -> None:
    body = {"text": "a", "division": "Sales"}
    await client_for("sam").post("/notes", json=body, headers={"Idempotency-Key": "k1"})
    other = await client_for("boss").post("/notes", json=body, headers={"Idempotency-Key": "k1"})
    assert other.json()["by"] == "boss"
    assert await count_notes(bare) == 2


async def test_a_concurrent_repeat_waits_for_the_first_answer(
    ann: httpx.AsyncClient, gate: Gate, bare: Database
) -> None:
    gate.open.clear()
    key = {"Idempotency-Key": "k1"}
    first = asyncio.create_task(ann.post("/notes", json={"text": "a"}, headers=key))
    await gate.reached.wait()
    repeat = asyncio.create_task(ann.post("/notes", json={"text": "a"}, headers=key))
    done, _ = await asyncio.wait([repeat], timeout=0.3)
    assert not done
    gate.open.set()
    assert (await repeat).content == (await first).content
    assert (await repeat).headers["Idempotency-Replayed"] == "true"
    assert await count_notes(bare) == 1


async def test_a_command_that_failed_leaves_its_key_free(ann: httpx.AsyncClient, bare: Database) -> None:
    key = {"Idempotency-Key": "k1"}
    for _ in range(2):
        refused = await ann.post("/notes", json={"text": "reject conflict"}, headers=key)
        assert refused.status_code == 409
        assert "Idempotency-Replayed" not in refused.headers
    accepted = await ann.post("/notes", json={"text": "a"}, headers=key)
    assert accepted.status_code == 201
    assert await count_notes(bare) == 1


async def test_kept_answers_are_forgotten_by_age(ann: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await ann.post("/notes", json={"text": "a"}, headers={"Idempotency-Key": "k1"})
    async with engine.begin() as tx:
        assert await forget_answers(tx, before=datetime(2000, 1, 1, tzinfo=UTC)) == 0
        assert await forget_answers(tx, before=datetime.now(UTC).replace(year=2999)) == 1


async def test_a_command_that_must_not_run_twice_needs_a_key(ann: httpx.AsyncClient) -> None:
    missing = await ann.post("/notes/final")
    unusable = await ann.post("/notes/final", headers={"Idempotency-Key": "k" * 201})
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_required")
    assert (unusable.status_code, unusable.json()["code"]) == (400, "invalid_idempotency_key")


@pytest.mark.parametrize(
    ("status", "code"), [("invalid", 422), ("conflict", 409), ("forbidden", 403), ("not_found", 404)]
)
async def test_a_rejection_rolls_back_and_says_what_to_do(
    status: str, code: int, ann: httpx.AsyncClient, bare: Database
) -> None:
    answer = await ann.post("/notes", json={"text": f"reject {status}"})
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (code, code, status)
    assert (body["detail"], body["field"], body["fix"]) == ("not now", "text", "wait")
    assert await count_notes(bare) == 0


async def test_an_unexpected_error_rolls_back_and_tells_nothing(
    ann: httpx.AsyncClient, bare: Database, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await ann.post("/notes", json={"text": "crash"})
    assert (answer.status_code, answer.json()["code"]) == (500, "unexpected")
    assert "crashed on" not in answer.text
    assert "RuntimeError" in caplog.text
    assert "crashed on" not in caplog.text
    assert await count_notes(bare) == 0


async def test_a_stale_version_is_refused_with_what_changed(ann: httpx.AsyncClient) -> None:
    stale = await ann.put("/notes/1", headers={"If-Match": '"3"'})
    assert (stale.status_code, stale.headers["etag"]) == (409, '"4"')
    assert stale.json()["current_version"] == 4
    assert stale.json()["changed"] == [{"version": 4, "what": "text"}]
    for version in ('"4"', 'W/"4"', "4"):
        assert (await ann.put("/notes/1", headers={"If-Match": version})).status_code == 200
    assert (await ann.put("/notes/1")).status_code == 200
    assert (await ann.put("/notes/1", headers={"If-Match": "*"})).status_code == 400
    assert (await ann.delete("/notes/1")).status_code == 428
    assert (await ann.delete("/notes/1", headers={"If-Match": "7"})).json() == 7


async def test_without_a_valid_token_nothing_is_told(app: FastAPI, ann: httpx.AsyncClient) -> None:
    for header in ({}, {"Authorization": "Basic x"}, {"Authorization": "Bearer not.a.token"}):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            answer = await client.get("/notes", headers=header)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
        assert answer.json()["code"] == "unauthenticated"
        assert "not.a.token" not in answer.text


async def test_the_policy_answers_403(ann: httpx.AsyncClient) -> None:
    answer = await ann.get("/notes/1/rating")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "my secret"}, "text"),
        ({"text": "a", "kind": "my secret"}, "kind"),
        ({"text": ["my secret"]}, "text"),
        ({"division": "my secret"}, "text"),
    ],
)
async def test_an_invalid_request_names_the_field_and_never_repeats_what_was_sent(
    body: dict[str, object], field: str, ann: httpx.AsyncClient
) -> None:
    answer = await ann.post("/notes", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert "secret" not in answer.text


async def test_a_body_that_is_not_json_or_too_long_is_refused(ann: httpx.AsyncClient) -> None:
    broken = await ann.post(
        "/notes", content=b'{"text": my secret', headers={"Content-Type": "application/json"}
    )
    long = await ann.post("/notes", json={"text": "x" * 3000})
    assert (broken.status_code, broken.json()["code"]) == (400, "unreadable_body")
    assert "secret" not in broken.text
    assert long.status_code == 413


async def test_an_api_shows_and_writes_only_the_divisions_of_the_caller(
    client_for: Callable[[str], httpx.AsyncClient], bare: Database
) -> None:
    owner = connect(bare.owner_url)
    async with owner.begin() as tx:
        rows = [{"division": name, "text": name} for name in ("Engineering", "Sales", "Legal", "*")]
        await tx.execute(sa.insert(notes), rows)
    await owner.dispose()
    seen = {
        name: (await client_for(name).get("/notes")).json()
        for name in ("ann", "sam", "boss", "pay", "nobody")
    }
    assert seen == {
        "ann": ["Engineering"],
        "sam": ["Sales"],
        "boss": ["Sales", "Legal"],
        "pay": ["Engineering", "Sales", "Legal", "*"],
        "nobody": [],
    }
    elsewhere = await client_for("sam").post("/notes", json={"text": "a", "division": "Engineering"})
    assert elsewhere.status_code == 500
    assert await count_notes(bare) == 4


async def test_the_worker_sees_every_division(
    engine: AsyncEngine, bare: Database, ann: httpx.AsyncClient
) -> None:
    await ann.post("/notes", json={"text": "a"})
    worker = connect(bare.worker_url)
    async with worker.connect() as connection:
        assert list((await connection.execute(sa.select(notes.c.text))).scalars()) == ["a"]
    await worker.dispose()
    async with engine.connect() as connection:
        assert list((await connection.execute(sa.select(notes.c.text))).scalars()) == []


async def test_probes_need_no_token_and_metrics_name_no_person(app: FastAPI, ann: httpx.AsyncClient) -> None:
    await ann.get("/notes/987654321/rating")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        assert (await client.get("/readyz")).status_code == 200
        metrics = (await client.get("/metrics")).text
    assert 'route="/notes/{note_id}/rating"' in metrics
    assert "987654321" not in metrics


async def test_an_api_without_its_database_is_alive_and_unready(tmp_path: Path) -> None:
    away = connect(f"postgresql+asyncpg:///none?host={tmp_path}&user=nobody")
    settings = Settings(local=True, state=tmp_path)
    app = create_api(service="notes", settings=settings, engine=away, routers=[])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 503
    with contextlib.suppress(OSError):
        await away.dispose()


async def test_an_unknown_address_is_a_problem_document_too(ann: httpx.AsyncClient) -> None:
    answer = await ann.get("/nowhere")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_a_principal_has_no_rights_of_its_own() -> None:
    assert set(Principal.__dataclass_fields__) == {"person_id", "roles_claim"}
