"""The frame of an api on a real PostgreSQL: versions, access, problems, probes."""

import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline.runtime.auth import Principal
from plumbline.runtime.database import connect
from plumbline.runtime.http import create_api
from plumbline.runtime.settings import Settings
from plumbline_local.databases import Database
from plumbline_local.testing_databases import connected

Client = Callable[[str], httpx.AsyncClient]
Count = Callable[[], Awaitable[int]]
INSERT = "INSERT INTO notes (division, text) VALUES (:division, :text)"


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
    assert all(error["fix"] for error in answer.json()["errors"])
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
    client_for: Client, bare: Database, count_notes: Count
) -> None:
    async with connected(bare.owner_url) as owner, owner.begin() as tx:
        rows = [{"division": name, "text": name} for name in ("Engineering", "Sales", "Legal", "*")]
        await tx.execute(sa.text(INSERT), rows)
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
    assert await count_notes() == 4


async def test_the_worker_sees_every_division(
    engine: AsyncEngine, ann: httpx.AsyncClient, bare: Database
) -> None:
    await ann.post("/notes", json={"text": "a"})
    async with connected(bare.worker_url) as worker, worker.connect() as connection:
        assert list((await connection.execute(sa.text("SELECT text FROM notes"))).scalars()) == ["a"]
    async with engine.connect() as connection:
        assert list((await connection.execute(sa.text("SELECT text FROM notes"))).scalars()) == []


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


async def test_an_unknown_address_or_method_is_a_problem_document_that_says_what_to_do(
    ann: httpx.AsyncClient,
) -> None:
    nowhere, method = await ann.get("/nowhere"), await ann.patch("/notes")
    assert (nowhere.status_code, nowhere.headers["content-type"]) == (404, "application/problem+json")
    assert nowhere.json()["fix"] == "Check the address; GET /openapi.json lists those there are."
    assert "/notes" in (await ann.get("/openapi.json")).json()["paths"]
    assert (method.status_code, method.json()["code"]) == (405, "method_not_allowed")
    assert method.json()["fix"] == f"Use {method.headers['Allow']} here."
    assert method.headers["Allow"] in {"GET", "POST"}


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ([], ["tags"]),
        (["a"], ["tags.0"]),
        (["ok", "a", "b"], ["tags.1", "tags.2"]),
    ],
)
async def test_a_list_is_too_short_only_if_it_was_sent_so(
    tags: list[str], expected: list[str], ann: httpx.AsyncClient
) -> None:
    answer = await ann.post("/notes", json={"text": "a", "tags": tags})
    errors = answer.json()["errors"]
    assert [each["field"] for each in errors] == expected
    assert all("Tuple" not in each["message"] and each["fix"] for each in errors)


async def test_what_a_list_names_twice_is_refused_at_its_place(ann: httpx.AsyncClient) -> None:
    links = [{"to": "a"}, {"to": "a", "kind": "b"}, {"to": "a"}, {"to": "c"}, {"to": "a", "kind": "b"}]
    answer = await ann.post("/notes", json={"text": "a", "links": links, "readers": ["x", "y", "x"]})
    assert (answer.status_code, answer.json()["errors"]) == (
        422,
        [
            {
                "field": field,
                "message": f"Number {first} of this list names the same.",
                "fix": "Name each once.",
            }
            for field, first in (("links.2.kind", 0), ("links.4.kind", 1), ("readers.2", 0))
        ],
    )
    fine = {"text": "a", "links": [{"to": "a"}, {"to": "b"}], "readers": ["x", "y"]}
    assert (await ann.post("/notes", json=fine)).status_code == 201


@pytest.mark.parametrize("address", ["/notes/1/rating", "/refused"])
async def test_the_403_of_somebody_unknown_or_gone_says_that_the_directory_does_not_know_them(
    address: str, client_for: Client
) -> None:
    for stranger in ("unheard-of", "gone"):
        answer = await client_for(stranger).get(address)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert answer.json()["detail"].startswith("The directory knows nobody who works here")
        assert "ask HR to import you" in answer.json()["fix"]
        assert stranger not in answer.text
    known = await client_for("ann").get(address)
    assert known.status_code == 403
    assert "directory" not in known.json()["detail"]


def test_a_principal_has_no_rights_of_its_own() -> None:
    assert set(Principal.__dataclass_fields__) == {"person_id", "roles_claim"}


async def test_a_request_continues_the_trace_that_it_carries(ann: httpx.AsyncClient) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    inside = (await ann.get("/notes/trace", headers={"traceparent": parent})).json()
    assert inside.split("-")[1] == "0af7651916cd43dd8448eb211c80319c"
    assert inside.split("-")[2] != "b7ad6b7169203331"
