"""The people api on a real PostgreSQL: imports, what they publish, and who may do and see what."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from people.api import build
from people.outbound.tables import person
from people.settings import PeopleSettings
from plumbline.runtime.audit import audit_log
from plumbline.runtime.database import connect
from plumbline.runtime.issuer import create_keys, issue_token
from plumbline.runtime.outbox import outbox
from plumbline.runtime.security import limit_to_divisions
from plumbline_local.databases import Database
from plumbline_local.testing import MakeDatabase

HEADER = (
    "employee_id,name,email,manager_id,division,department,team,level,hire_date,gender,birth_date,"
    "salary,currency,roles,status\n"
)
VICE = (
    "VP,Vera Pike,vera@example.com,,Engineering,Office,Office,L6,2015-03-01,F,1975-01-01,310000,USD,,active\n"
)
JANE = "E1,Jane Doe,jane@example.com,VP,Engineering,Payments,Core,L4,2020-05-04,F,1990-02-03,182000,USD,,active\n"
HANA = "H1,Hana Ross,,,People,HR,HR,L4,2019-01-01,female,1985-01-01,120000,EUR,hr_admin,active\n"
THREE = HEADER + VICE + JANE + HANA
TODAY = datetime.now(UTC).date().isoformat()
Post = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def people_database(database: MakeDatabase) -> Database:
    return database("people")


def settings_of(
    database: Database, state: Path, *, local: bool = True, bootstrap: str = ""
) -> PeopleSettings:
    create_keys(state, local=True)
    return PeopleSettings(
        local=local,
        state=state,
        database_url=database.worker_url,
        api_database_url=database.api_url,
        bootstrap_admin=bootstrap,
    )


@pytest_asyncio.fixture
async def app(people_database: Database, tmp_path: Path) -> AsyncIterator[FastAPI]:
    built = build(settings_of(people_database, tmp_path))
    yield built
    await built.state.engine.dispose()


@pytest_asyncio.fixture
async def owner(people_database: Database) -> AsyncIterator[AsyncEngine]:
    engine = connect(people_database.owner_url)
    yield engine
    await engine.dispose()


def headers(state: Path, who: str, **more: str) -> dict[str, str]:
    token = issue_token(who, state, now=datetime.now(UTC), local=True)
    return {"Authorization": f"Bearer {token}", **more}


@pytest_asyncio.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://people") as opened:
        yield opened


@pytest.fixture
def post(client: httpx.AsyncClient, tmp_path: Path) -> Post:
    async def send(text: str, *, kind: str = "people", who: str = "admin", **query: Any) -> httpx.Response:
        return await client.post(
            f"/imports/{kind}",
            content=text.encode(),
            params=query,
            headers=headers(tmp_path, who, **{"Content-Type": "text/csv"}),
        )

    return send


async def published(engine: AsyncEngine) -> list[tuple[str, str]]:
    """Take the outbox's (topic, key) pairs, so that the next call gives only what came since."""
    async with engine.begin() as tx:
        rows = await tx.execute(sa.delete(outbox).returning(outbox.c.topic, outbox.c.key))
        return sorted((row.topic.removeprefix("pm.").removesuffix(".state.v1"), row.key) for row in rows)


async def test_a_first_import_publishes_every_group_of_each_person(post: Post, owner: AsyncEngine) -> None:
    answer = await post(THREE)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["accepted"], body["changed"], body["unchanged"], body["rejected"]) == (3, 3, 0, [])
    topics = ("people", "people-demographics", "people-pay")
    assert await published(owner) == sorted((topic, key) for topic in topics for key in ("VP", "E1", "H1"))


async def test_names_and_addresses_never_reach_the_bus(post: Post, owner: AsyncEngine) -> None:
    await post(THREE)
    async with owner.begin() as tx:
        rows = (await tx.execute(sa.select(outbox.c.payload, outbox.c.headers))).all()
    text = repr(rows)
    assert len(rows) == 9
    assert "Jane" not in text
    assert "example.com" not in text


async def test_the_same_file_again_publishes_nothing(post: Post, owner: AsyncEngine) -> None:
    await post(THREE)
    await published(owner)
    body = (await post(THREE)).json()
    assert (body["accepted"], body["changed"], body["unchanged"]) == (3, 0, 3)
    assert await published(owner) == []


async def test_only_the_group_that_changed_is_published(post: Post, owner: AsyncEngine) -> None:
    await post(THREE)
    await published(owner)
    await post(
        THREE.replace("182000", "190000").replace("1975-01-01", "1975-01-02").replace("Hana", "Hannah")
    )
    assert await published(owner) == [("people-demographics", "VP"), ("people-pay", "E1")]


async def test_good_rows_go_in_beside_bad_ones(post: Post, owner: AsyncEngine) -> None:
    bad = "E2,Joe,,NOBODY,Engineering,Payments,,L2,2020-13-01,M,,x,USD,,active\n"
    body = (await post(THREE + bad)).json()
    assert body["accepted"] == 3
    assert [(row["line"], row["column"], row["value"]) for row in body["rejected"]] == [
        (5, "hire_date", "2020-13-01"),
        (5, "salary", "x"),
    ]
    assert {key for _, key in await published(owner)} == {"VP", "E1", "H1"}


async def test_a_strict_import_stores_nothing_when_a_row_is_bad(post: Post, owner: AsyncEngine) -> None:
    body = (await post(THREE + JANE, strict=True)).json()
    assert (body["stored"], body["accepted"], len(body["rejected"])) == (False, 0, 2)
    assert await published(owner) == []


async def test_a_dry_run_tells_what_would_change_and_stores_nothing(post: Post, owner: AsyncEngine) -> None:
    body = (await post(THREE, dry_run=True)).json()
    assert (body["stored"], body["accepted"], body["changed"]) == (False, 3, 3)
    assert await published(owner) == []
    assert (await post(THREE)).json()["changed"] == 3


async def test_an_older_file_is_refused_and_changes_nothing(post: Post, owner: AsyncEngine) -> None:
    assert (await post(THREE, as_of="2026-07-02")).status_code == 200
    await published(owner)
    answer = await post(THREE.replace("182000", "1"), as_of="2026-07-01")
    assert (answer.status_code, answer.json()["code"]) == (409, "older_file")
    assert await published(owner) == []
    assert (await post(THREE.replace("182000", "190000"), as_of="2026-07-02")).json()["changed"] == 1


async def test_people_absent_from_a_snapshot_leave_and_others_stay(post: Post, owner: AsyncEngine) -> None:
    await post(THREE)
    assert (await post(HEADER + VICE)).json()["departed"] == 0
    await published(owner)
    body = (await post(HEADER + VICE + HANA, snapshot=True)).json()
    assert body["departed"] == 1
    assert await published(owner) == [("people", "E1")]


async def test_leave_is_published_whole_for_each_person_whose_leave_changed(
    post: Post, owner: AsyncEngine
) -> None:
    await post(THREE)
    await published(owner)
    head = "employee_id,starts_on,ends_on,unpaid,protected\n"
    text = head + "E1,2026-01-05,2026-02-06,true,true\nXX,2026-01-05,2026-01-06,no,no\n"
    body = (await post(text, kind="leave")).json()
    assert (body["accepted"], body["changed"]) == (1, 1)
    assert [(row["line"], row["column"]) for row in body["rejected"]] == [(3, "employee_id")]
    assert await published(owner) == [("people-leave", "E1")]
    more = head + "E1,2026-05-05,2026-05-06,false,false\n"
    assert (await post(more, kind="leave")).json()["changed"] == 1
    async with owner.begin() as tx:
        payload = (await tx.execute(sa.select(outbox.c.payload))).scalar_one()
    assert [span["starts_on"] for span in httpx.Response(200, content=payload).json()["spans"]] == [
        "2026-01-05",
        "2026-05-05",
    ]


async def test_only_hr_administrators_may_import(post: Post) -> None:
    assert (await post(THREE, who="E1")).status_code == 403
    assert (await post(THREE)).status_code == 200
    assert (await post(THREE, who="E1")).status_code == 403
    assert (await post(THREE, who="H1")).status_code == 200


async def test_elsewhere_the_bootstrap_administrator_may_import_until_somebody_has_the_role(
    people_database: Database, tmp_path: Path
) -> None:
    settings = settings_of(people_database, tmp_path, bootstrap="boss")
    app = build(settings)
    app.state.settings = settings.model_copy(update={"local": False})
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://people") as client:
        told = [
            (await client.post("/imports/people", content=text, headers=headers(tmp_path, who))).status_code
            for who, text in (("admin", THREE), ("boss", HEADER + VICE), ("boss", THREE), ("boss", THREE))
        ]
    await app.state.engine.dispose()
    assert told == [403, 200, 200, 403]


async def test_a_person_record_tells_the_name_and_nothing_of_pay(
    post: Post, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    await post(THREE)
    me = await client.get("/people/me", headers=headers(tmp_path, "E1"))
    assert (me.status_code, me.json()["name"]) == (200, "Jane Doe")
    other = await client.get("/people/H1", headers=headers(tmp_path, "E1"))
    assert other.json()["name"] == "Hana Ross"
    several = await client.get("/people", params={"ids": "VP,H1,XX"}, headers=headers(tmp_path, "E1"))
    assert [each["name"] for each in several.json()["people"]] == ["Hana Ross", "Vera Pike"]
    for answer in (me, other, several):
        assert not {"salary", "182000", "gender", "birth_date"} & set(answer.text.split('"'))


async def test_somebody_who_does_not_work_here_sees_nobody(
    post: Post, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    await post(THREE)
    await post(HEADER + JANE.replace(",active", ",terminated"))
    for who in ("E1", "stranger"):
        for path in ("/people/me", "/people/H1", "/people?ids=H1", "/imports"):
            answer = await client.get(path, headers=headers(tmp_path, who))
            assert answer.status_code == 403, (who, path)
    assert (await client.get("/people/me")).status_code == 401


async def test_accepted_files_are_listed_for_hr_administrators(
    post: Post, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    await post(THREE, as_of="2026-07-02")
    await post(THREE, dry_run=True)
    listed = await client.get("/imports", headers=headers(tmp_path, "H1"))
    (only,) = listed.json()["imports"]
    assert (only["kind"], only["as_of"], only["changed"], only["imported_by"]) == (
        "people",
        "2026-07-02",
        3,
        "admin",
    )


async def test_every_changed_record_is_in_the_audit_log(post: Post, owner: AsyncEngine) -> None:
    await post(THREE)
    await post(THREE.replace("182000", "190000"))
    async with owner.begin() as tx:
        rows = await tx.execute(
            sa.select(audit_log.c.resource, audit_log.c.subject)
            .where(audit_log.c.who == "admin", audit_log.c.resource != "import")
            .order_by(audit_log.c.id)
        )
        assert [tuple(row) for row in rows] == [
            ("people_record", "VP"),
            ("people_record", "E1"),
            ("people_record", "H1"),
            ("people_record", "E1"),
            ("pay", "E1"),
        ]


async def test_the_same_key_and_file_gets_the_first_answer_again(
    client: httpx.AsyncClient, tmp_path: Path, owner: AsyncEngine
) -> None:
    sent = headers(tmp_path, "admin", **{"Idempotency-Key": "once"})
    first = await client.post("/imports/people", content=THREE, headers=sent)
    await published(owner)
    again = await client.post("/imports/people", content=THREE, headers=sent)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await published(owner) == []


async def test_the_apis_role_sees_nobody_until_a_request_names_its_divisions(
    post: Post, people_database: Database
) -> None:
    await post(THREE)
    engine = connect(people_database.api_url)
    counted = sa.select(sa.func.count()).select_from(person)
    async with engine.begin() as tx:
        assert await tx.scalar(counted) == 0
        await limit_to_divisions(tx, ["People"])
        assert await tx.scalar(counted) == 1
    await engine.dispose()
