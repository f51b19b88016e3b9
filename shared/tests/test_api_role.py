"""An api's connections on a real PostgreSQL: its own role or none, its own answers, and the log for auditors alone."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from plumbline.runtime.access import Action, Resource
from plumbline.runtime.api_role import connect_as_api, refuse_a_role_that_sees_all
from plumbline.runtime.audit import AuditEntry, record, verify
from plumbline.runtime.directory import limit_to_visible_divisions, store_people
from plumbline.runtime.migrate import upgrade_async
from plumbline.runtime.rights import UndeclaredTablesError
from plumbline.runtime.security import limit_to_divisions
from plumbline.runtime.service import find
from plumbline.runtime.settings import ConfigurationError
from plumbline_local.ports import free_port
from plumbline_local.postgres import Postgres
from plumbline_local.testing import MakeDatabase
from plumbline_local.testing_databases import connected, rows

from .conftest import person

NOW = datetime(2026, 3, 4, tzinfo=UTC)
ENTRY = AuditEntry(
    who="ann", action=Action.READ, resource=Resource.FINAL_RATING, subject="bob", purpose="review page"
)


async def test_an_api_takes_no_role_that_passes_by_row_level_security(
    database: MakeDatabase, postgres: Postgres
) -> None:
    base = database("outcomes")
    for url, role in (
        (base.worker_url, "outcomes_worker"),
        (base.owner_url, "outcomes_owner"),
        (postgres.url(base.name), "postgres"),
    ):
        engine = connect_as_api(url, pool_size=1)
        for _ in range(2):
            with pytest.raises(ConfigurationError, match=f"names {role}, which passes by row-level security"):
                await refuse_a_role_that_sees_all(engine)
            with pytest.raises(ConfigurationError):
                async with engine.begin():
                    pass
        await engine.dispose()
    held = connect_as_api(base.api_url, pool_size=1)
    await refuse_a_role_that_sees_all(held)
    async with held.begin() as tx:
        assert await tx.scalar(sa.text("SELECT current_user")) == "outcomes_api"
    await held.dispose()


async def test_a_database_that_is_away_is_asked_later(tmp_path: Path) -> None:
    engine = connect_as_api(f"postgresql+asyncpg://a@/a?host={tmp_path}", pool_size=1)
    await refuse_a_role_that_sees_all(engine)
    await engine.dispose()


@pytest.mark.parametrize("local", ["0", "1"])
@pytest.mark.parametrize(
    ("given", "words"),
    [("", "set PLUMBLINE_API_DATABASE_URL"), ("worker", "PLUMBLINE_API_DATABASE_URL names outcomes_worker")],
)
def test_an_api_process_without_a_role_of_its_own_ends_and_names_the_variable(
    database: MakeDatabase, tmp_path: Path, local: str, given: str, words: str
) -> None:
    base = database("outcomes")
    mine = {key: value for key, value in os.environ.items() if not key.startswith("PLUMBLINE_")}
    told = {
        "PLUMBLINE_LOCAL": local,
        "PLUMBLINE_STATE": str(tmp_path),
        "PLUMBLINE_HTTP_PORT": str(free_port()),
        "PLUMBLINE_OIDC_ISSUER": "https://id.example",
        "PLUMBLINE_OIDC_JWKS_URL": "https://id.example/keys",
        "PLUMBLINE_DATABASE_URL": base.worker_url,
        **({"PLUMBLINE_API_DATABASE_URL": base.worker_url} if given else {}),
    }
    done = subprocess.run(
        [sys.executable, "-m", "plumbline.runtime.run", "api", "outcomes"],
        env={**mine, **told},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert base.worker_url not in done.stderr


async def test_answers_are_shown_to_whom_they_were_given(database: MakeDatabase) -> None:
    base = database("goals")
    async with connected(base.owner_url) as owner, owner.begin() as tx:
        await store_people(tx, [person("ann", division="E"), person("aud", division="E", roles=("auditor",))])
        await tx.execute(
            sa.text("INSERT INTO idempotency VALUES ('ann', 'k', 'POST /', '', 200, '{}', 'pay', now())")
        )
    seen: dict[str, int] = {}
    async with connected(base.api_url) as api:
        for viewer in ("ann", "aud", "gone"):
            async with api.begin() as tx:
                await limit_to_visible_divisions(tx, viewer)
                seen[viewer] = (await tx.execute(sa.text("SELECT count(*) FROM idempotency"))).scalar_one()
        async with api.begin() as tx:
            await limit_to_visible_divisions(tx, "aud")
            for_another = (
                "INSERT INTO idempotency (person_id, key, request, digest) VALUES ('ann', 'l', '', '')"
            )
            with pytest.raises(ProgrammingError, match="row-level security"):
                await tx.execute(sa.text(for_another))
            await tx.rollback()
    assert seen == {"ann": 1, "aud": 0, "gone": 0}


async def test_anybody_writes_the_audit_log_and_only_who_sees_every_division_reads_it(
    database: MakeDatabase,
) -> None:
    base = database("goals")
    async with connected(base.api_url) as api:
        async with api.begin() as tx:
            await limit_to_divisions(tx, ["E"])
            await record(tx, [ENTRY], service="goals", now=NOW)
        seen: list[int] = []
        for divisions in (["E"], [], ["*"]):
            async with api.begin() as tx:
                await limit_to_divisions(tx, divisions)
                seen.append((await tx.execute(sa.text("SELECT count(*) FROM audit_log"))).scalar_one())
        for statement in (
            "UPDATE audit_log SET who = 'x'",
            "DELETE FROM audit_log",
            "DELETE FROM audit_unsealed",
        ):
            with pytest.raises(ProgrammingError, match="permission denied"):
                async with api.begin() as tx:
                    await tx.execute(sa.text(statement))
    assert seen == [0, 0, 1]
    async with connected(base.worker_url) as worker, worker.begin() as tx:
        found = await verify(tx)
    assert (found.intact, found.waiting) == (True, 1)
    assert await rows_of(base.worker_url) == [(1, "ann", "bob", "goals")]


async def rows_of(url: str) -> list[tuple[object, ...]]:
    async with connected(url) as engine:
        return await rows(engine, "SELECT id, who, subject, service FROM audit_log")


async def test_a_table_that_nobody_declared_stops_the_migration(database: MakeDatabase) -> None:
    base = database("goals")
    async with connected(base.owner_url) as owner, owner.begin() as tx:
        await tx.execute(sa.text("CREATE TABLE secrets (person_id text)"))
        await tx.execute(sa.text("GRANT SELECT ON secrets TO goals_api"))
    with pytest.raises(UndeclaredTablesError, match="secrets"):
        await upgrade_async(find("goals"), base.owner_url)


async def test_a_migration_takes_what_an_older_version_granted(database: MakeDatabase) -> None:
    base = database("goals")
    async with connected(base.owner_url) as owner, owner.begin() as tx:
        await tx.execute(sa.text("GRANT SELECT, DELETE ON ALL TABLES IN SCHEMA public TO goals_api"))
    await upgrade_async(find("goals"), base.owner_url)
    async with connected(base.api_url) as api:
        with pytest.raises(ProgrammingError, match="permission denied for table outbox"):
            await rows(api, "SELECT payload FROM outbox")
