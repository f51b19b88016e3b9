"""An auditor reads the log and verifies its seals, over HTTP and on the command line; nobody else does."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner

from plumbline.cli.main import build
from plumbline.runtime.access import Action, Resource
from plumbline.runtime.audit import AuditEntry, audit_log, record, seal, seals, unsealed
from plumbline.runtime.audit_routes import audit_router
from plumbline.runtime.directory import directory, store_people
from plumbline.runtime.http import create_api
from plumbline.runtime.issuer import create_keys
from plumbline.runtime.settings import Settings
from plumbline_local.databases import Database
from plumbline_local.testing_databases import connected
from plumbline_local.testing_rights import let_api_do_everything

from .conftest import person, speak_as

NOW = datetime(2026, 3, 4, 15, 16, tzinfo=UTC)
ENTRIES = [
    AuditEntry(who=who, action=Action.READ, resource=Resource.FINAL_RATING, subject=subject, purpose="a page")
    for who, subject in (("ann", "bob"), ("ann", "cid"), ("eve", "bob"))
]
Client = Callable[[str], httpx.AsyncClient]


@pytest_asyncio.fixture
async def owner(bare: Database) -> AsyncIterator[AsyncEngine]:
    """Three entries, sealed."""
    async with connected(bare.owner_url) as engine:
        async with engine.begin() as tx:
            for table in (directory, audit_log, unsealed, seals):
                await tx.run_sync(table.create)
            roles = {"aud": ("auditor",), "pay": ("payroll",), "hr": ("hr_admin",), "ann": ()}
            await let_api_do_everything(tx, "apitest_api")
            await store_people(tx, [person(each, division="E", roles=held) for each, held in roles.items()])
            await record(tx, ENTRIES, service="notes", now=NOW)
            assert await seal(tx, NOW) == len(ENTRIES)
        yield engine


@pytest.fixture
def client(bare: Database, owner: AsyncEngine, tmp_path: Path) -> Client:
    create_keys(tmp_path, local=True)
    settings = Settings(local=True, state=tmp_path, api_database_url=bare.api_url)
    app = create_api(service="notes", settings=settings, routers=[audit_router("notes")])
    return lambda person_id: speak_as(person_id, app, tmp_path)


async def tamper(owner: AsyncEngine) -> None:
    async with owner.begin() as tx:
        await tx.execute(sa.text("ALTER TABLE audit_log DISABLE TRIGGER ALL"))
        await tx.execute(sa.text("UPDATE audit_log SET who = 'nobody' WHERE who = 'eve'"))


async def test_an_auditor_reads_entries_by_reader_subject_time_and_page(client: Client) -> None:
    auditor = client("aud")

    async def read(**query: str) -> list[tuple[str, str]]:
        answer = await auditor.get("/audit", params=query)
        assert answer.status_code == 200, answer.text
        return [(each["who"], each["subject"]) for each in answer.json()["entries"]]

    pairs = [("ann", "bob"), ("ann", "cid"), ("eve", "bob")]
    assert await read() == pairs
    assert await read(who="ann") == pairs[:2]
    assert await read(subject="bob") == [pairs[0], pairs[2]]
    assert await read(since=(NOW + timedelta(seconds=1)).isoformat()) == [("aud", "notes")] * 3
    first = (await auditor.get("/audit", params={"limit": 2})).json()
    assert [each["subject"] for each in first["entries"]] == ["bob", "cid"]
    assert (await read(after=str(first["next"])))[0] == ("eve", "bob")


@pytest.mark.parametrize("who", ["ann", "pay", "hr"])
async def test_nobody_else_reads_or_verifies_the_log(client: Client, who: str) -> None:
    for path in ("/audit", "/audit/verification"):
        answer = await client(who).get(path)
        assert answer.status_code == 403
        assert "bob" not in answer.text


async def test_a_changed_entry_breaks_the_verification(client: Client, owner: AsyncEngine) -> None:
    auditor = client("aud")
    whole = (await auditor.get("/audit/verification")).json()
    assert (whole["intact"], whole["entries"], whole["problems"]) == (True, 3, [])
    kept = await auditor.get("/audit/verification", params={"kept": whole["last"]})
    assert kept.json()["intact"] is True
    lost = (await auditor.get("/audit/verification", params={"kept": "ab" * 32})).json()
    assert (lost["intact"], len(lost["problems"])) == (False, 1)
    assert (await auditor.get("/audit/verification", params={"kept": "x"})).status_code == 422
    await tamper(owner)
    broken = (await auditor.get("/audit/verification")).json()
    assert broken["problems"] == ["batch 1 does not match its seal"]


async def test_the_command_leaves_with_a_status_that_says_whether_a_log_is_broken(
    bare: Database, owner: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = {"name": "notes", "url": "http://test", "database_url": bare.worker_url}
    state = {"folder": str(tmp_path), "kafka": "127.0.0.1:1", "services": [service]}
    (tmp_path / "state.json").write_text(json.dumps(state))
    monkeypatch.setenv("PLUMBLINE_STATE", str(tmp_path))

    async def run(*arguments: str) -> tuple[int, str]:
        done = await asyncio.to_thread(CliRunner().invoke, build(), ["audit", "verify", *arguments])
        return done.exit_code, done.output

    code, whole = await run("--json")
    assert code == 0
    (found,) = json.loads(whole)["services"]
    assert (found["service"], found["intact"], found["entries"]) == ("notes", True, 3)
    kept = tmp_path / "kept.json"
    kept.write_text(whole)
    assert (await run("--kept", str(kept)))[0] == 0
    kept.write_text("{}")
    code, refused = await run("--kept", str(kept))
    assert (code, "audit verify --json" in refused) == (2, True)
    await tamper(owner)
    code, told = await run()
    assert (code, "Broken: notes." in told) == (1, True)
