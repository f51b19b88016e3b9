"""Who may import and see what through the people api, and what is remembered of it."""

from pathlib import Path

import httpx
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from people.api import build
from people.outbound.tables import person
from people.settings import PeopleSettings
from plumbline.runtime.audit import audit_log
from plumbline.runtime.security import limit_to_divisions
from plumbline_local.databases import Database
from plumbline_local.testing_databases import connected
from plumbline_local.testing_services import client_of, local_settings, signed_in

from .exported import HEADER, JANE, THREE, VICE, Post


async def test_only_hr_administrators_may_import(post: Post) -> None:
    assert (await post(THREE, who="E1")).status_code == 403
    assert (await post(THREE)).status_code == 200
    assert (await post(THREE, who="E1")).status_code == 403
    assert (await post(THREE, who="H1")).status_code == 200


async def test_elsewhere_the_bootstrap_administrator_may_import_until_somebody_has_the_role(
    people_database: Database, tmp_path: Path
) -> None:
    settings = local_settings(PeopleSettings, people_database, tmp_path)
    app = build(settings)
    app.state.settings = settings.model_copy(update={"local": False, "bootstrap_admin": "boss"})
    async with client_of(app) as client:
        told = [
            (await client.post("/imports/people", content=text, headers=signed_in(who, tmp_path))).status_code
            for who, text in (("admin", THREE), ("boss", HEADER + VICE), ("boss", THREE), ("boss", THREE))
        ]
    assert told == [403, 200, 200, 403]


async def test_a_person_record_tells_the_name_and_nothing_of_pay(
    post: Post, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    await post(THREE)
    me = await client.get("/people/me", headers=signed_in("E1", tmp_path))
    assert (me.status_code, me.json()["name"]) == (200, "Jane Doe")
    other = await client.get("/people/H1", headers=signed_in("E1", tmp_path))
    assert other.json()["name"] == "Hana Ross"
    several = await client.get("/people", params={"ids": "VP,H1,XX"}, headers=signed_in("E1", tmp_path))
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
            answer = await client.get(path, headers=signed_in(who, tmp_path))
            assert answer.status_code == 403, (who, path)
    assert (await client.get("/people/me")).status_code == 401


async def test_accepted_files_are_listed_for_hr_administrators(
    post: Post, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    await post(THREE, as_of="2026-07-02")
    await post(THREE, dry_run=True)
    listed = await client.get("/imports", headers=signed_in("H1", tmp_path))
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


async def test_the_apis_role_sees_nobody_until_a_request_names_its_divisions(
    post: Post, people_database: Database
) -> None:
    await post(THREE)
    counted = sa.select(sa.func.count()).select_from(person)
    async with connected(people_database.api_url) as engine, engine.begin() as tx:
        assert await tx.scalar(counted) == 0
        await limit_to_divisions(tx, ["People"])
        assert await tx.scalar(counted) == 1
