"""The settings that say whom to trust, the development issuer, and the command that asks it."""

import contextlib
import json
import os
import stat
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from pydantic import ValidationError
from typer.testing import CliRunner

from plumbline.cli import token as token_command
from plumbline.cli.commands import Commands
from plumbline.cli.running import STATE_FILE
from plumbline.runtime.auth import UnauthenticatedError, Verifier
from plumbline.runtime.issuer import KEY_FILE, create_keys, issue_token
from plumbline.runtime.settings import DEVELOPMENT_ISSUER, ConfigurationError, Settings
from plumbline_local.ports import free_port
from plumbline_local.stack import process_arguments, service_environment
from plumbline_local.testing import MakeDatabase

PEOPLE = Path(__file__).parents[2] / "docs" / "examples" / "people.csv"


def test_outside_local_mode_an_issuer_must_be_configured_and_it_is_not_the_development_one(
    tmp_path: Path,
) -> None:
    with pytest.raises(ConfigurationError):
        Verifier(Settings(state=tmp_path))
    with pytest.raises(ConfigurationError):
        Verifier(Settings(local=True))
    with pytest.raises(ValidationError):
        Settings(oidc_issuer=DEVELOPMENT_ISSUER, oidc_jwks_url=str(tmp_path))
    with pytest.raises(ValidationError):
        Settings(oidc_issuer="https://id.example")
    with pytest.raises(ValidationError):
        Settings.model_validate({"oidc_algorithms": ["HS256"]})


def test_settings_never_show_a_database_password() -> None:
    secret = Settings(database_url="postgresql://a:hidden@h/d", api_database_url="postgresql://b:hidden@h/d")
    assert "hidden" not in repr(secret)
    assert secret.database_for_api() == "postgresql://b:hidden@h/d"


def test_an_api_never_takes_the_workers_role_for_want_of_its_own() -> None:
    for local in (False, True):
        with pytest.raises(ConfigurationError, match=r"PLUMBLINE_API_DATABASE_URL .* api's own role"):
            Settings(local=local, database_url="postgresql://h/d").database_for_api()


async def test_the_development_issuer_signs_for_personas_for_one_hour(tmp_path: Path) -> None:
    state = tmp_path / "state"
    subject = Verifier(Settings(local=True, state=state))
    now = datetime.now(UTC)
    token = issue_token("ann", state, now=now, local=True)
    assert (await subject.principal(f"Bearer {token}")).person_id == "ann"
    assert stat.S_IMODE((state / KEY_FILE).stat().st_mode) == 0o600
    assert {file.name for file in state.iterdir()} == {KEY_FILE, "jwks.json"}
    assert set(json.loads((state / "jwks.json").read_text())["keys"][0]) & {"d", "k"} == set()
    expired = issue_token("ann", state, now=now - timedelta(hours=1, seconds=31), local=True)
    with pytest.raises(UnauthenticatedError, match="expired"):
        await subject.principal(f"Bearer {expired}")


def test_the_development_issuer_keeps_its_key_and_refuses_to_act_elsewhere(tmp_path: Path) -> None:
    first = create_keys(tmp_path, local=True).read_text()
    assert create_keys(tmp_path, local=True).read_text() == first
    for state in (tmp_path, tmp_path / "new"):
        with pytest.raises(ConfigurationError, match="local mode only"):
            issue_token("ann", state, now=datetime.now(UTC), local=False)
    assert not (tmp_path / "new").exists()


def run_token(*arguments: str, env: dict[str, str | None]) -> Any:
    app = typer.Typer()
    app.callback()(lambda: None)
    token_command.register(Commands(app=app, calc=app, imports=app, policy=app))
    blank = {"PLUMBLINE_LOCAL": None, "PLUMBLINE_STATE": None}
    return CliRunner().invoke(app, ["token", *arguments], env={**blank, **env})


async def test_the_token_command_prints_a_token_that_the_apis_accept(tmp_path: Path) -> None:
    env: dict[str, str | None] = {"PLUMBLINE_LOCAL": "1", "PLUMBLINE_STATE": str(tmp_path)}
    plain, as_json = run_token("--as", "ann", env=env), run_token("--as", "bob", "--json", env=env)
    subject = Verifier(Settings(local=True, state=tmp_path))
    assert (await subject.principal(f"Bearer {plain.stdout.strip()}")).person_id == "ann"
    answer = json.loads(as_json.stdout)
    assert set(answer) == {"token", "person", "expires_at"}
    assert (await subject.principal(f"Bearer {answer['token']}")).person_id == "bob"


def test_the_token_command_refuses_outside_local_mode(tmp_path: Path) -> None:
    for env in ({"PLUMBLINE_STATE": str(tmp_path)}, {"PLUMBLINE_LOCAL": "1"}):
        refused = run_token("--as", "ann", env=dict(env))
        assert (refused.exit_code, refused.stdout) == (2, "")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def people_api(database: MakeDatabase, tmp_path: Path) -> Iterator[str]:
    """The address of a people service that runs, in a folder with its state file."""
    base = database("people")
    port = free_port()
    environment = service_environment(
        folder=tmp_path, kafka="", database=base, http_port=port, probe_port=free_port()
    )
    process = subprocess.Popen(process_arguments("api", "people"), env=os.environ | environment)
    url = f"http://127.0.0.1:{port}"
    services = [{"name": "people", "url": url, "database_url": base.worker_url}]
    (tmp_path / STATE_FILE).write_text(
        json.dumps({"folder": str(tmp_path), "kafka": "", "services": services})
    )
    try:
        wait_until_ready(f"{url}/readyz", process)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + 120
    while time.monotonic() < give_up:
        assert process.poll() is None
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url).status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError("the people service did not get ready")


def test_the_token_command_says_that_nobody_has_an_id_while_the_stack_runs(
    people_api: str, tmp_path: Path
) -> None:
    env: dict[str, str | None] = {"PLUMBLINE_STATE": str(tmp_path)}
    admin = run_token("--as", "admin", env=env)
    assert admin.exit_code == 0, "who imports the first people is no employee"
    headers = {"Authorization": f"Bearer {admin.stdout.strip()}", "Content-Type": "text/csv"}
    imported = httpx.post(
        f"{people_api}/imports/people", content=PEOPLE.read_bytes(), headers=headers, timeout=60
    )
    assert imported.status_code == 200, imported.text
    assert run_token("--as", "E0101", env=env).exit_code == 0
    nobody = run_token("--as", "NOBODY", env=env)
    assert (nobody.exit_code, nobody.stdout) == (2, "")
    said = " ".join(nobody.stderr.split())
    assert "Nobody who works here has the id 'NOBODY'" in said
    assert "plumbline import people FILE.csv" in said
