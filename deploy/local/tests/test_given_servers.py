"""Servers that somebody else runs: what is there stays as it is, and a demo leaves them alone."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from plumbline_local.databases import Database
from plumbline_local.external import ExternalPostgres, PasswordUnknownError
from plumbline_local.launch import Options, run_stack
from plumbline_local.postgres import Postgres

ASKS_FOR_PASSWORDS = "local all postgres trust\nlocal all all scram-sha-256\n"


@pytest.fixture
def server(private_postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Postgres:
    """Lets its superuser in as it is, and everybody else with a password."""
    monkeypatch.delenv("PLUMBLINE_ROLES_PASSWORD", raising=False)
    (private_postgres.data / "pg_hba.conf").write_text(ASKS_FOR_PASSWORDS)
    private_postgres.run_sql("SELECT pg_reload_conf()")
    return private_postgres


def let_in(url: str) -> str:
    async def ask() -> str:
        address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(address)
        try:
            return await connection.fetchval("SELECT current_user::text")
        finally:
            await connection.close()

    return asyncio.run(ask())


def names(database: Database) -> list[str]:
    return [let_in(url) for url in (database.owner_url, database.worker_url, database.api_url)]


def test_a_stack_gets_roles_of_one_password_and_finds_them_again(server: Postgres, tmp_path: Path) -> None:
    external = ExternalPostgres(url=server.url(), folder=tmp_path)
    made = external.create_database("alpha")
    assert names(made) == ["alpha_owner", "alpha_worker", "alpha_api"]
    assert external.create_database("alpha") == made
    assert (tmp_path / "database-password").stat().st_mode & 0o777 == 0o600


def test_another_stack_is_refused_and_locks_nobody_out(server: Postgres, tmp_path: Path) -> None:
    first = ExternalPostgres(url=server.url(), folder=tmp_path / "first").create_database("alpha")
    second = ExternalPostgres(url=server.url(), folder=tmp_path / "second")
    with pytest.raises(
        PasswordUnknownError, match=r"alpha_owner exists.*PLUMBLINE_ROLES_PASSWORD"
    ) as refused:
        second.create_database("alpha")
    assert (tmp_path / "second" / "database-password").read_text() not in str(refused.value)
    assert names(first) == ["alpha_owner", "alpha_worker", "alpha_api"]


def test_a_given_password_is_used_whatever_it_is_made_of(
    server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLUMBLINE_ROLES_PASSWORD", "it's 100% \\ @:/ours")
    first = ExternalPostgres(url=server.url(), folder=tmp_path / "first").create_database("alpha")
    second = ExternalPostgres(url=server.url(), folder=tmp_path / "second").create_database("alpha")
    assert first == second
    assert names(second) == ["alpha_owner", "alpha_worker", "alpha_api"]
    assert list(tmp_path.rglob("database-password")) == []


def test_a_stack_of_own_servers_ignores_given_ones(
    private_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLUMBLINE_KAFKA", "broker.invalid:9092")
    monkeypatch.setenv("PLUMBLINE_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("PLUMBLINE_DATABASE_URL", "postgresql+asyncpg://nobody@database.invalid/none")
    own = Options(services=("people",), durable=False, own_servers=True)
    with run_stack(private_folder, options=own) as state:
        assert state.kafka.startswith("127.0.0.1:")
        assert "database.invalid" not in state.database_url
        assert set(state.pids) == {"postgres", "kafka", "people"}
