"""The settings that say whom to trust, the development issuer, and the command that asks it."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import ValidationError
from typer.testing import CliRunner

from plumbline.cli import token as token_command
from plumbline.cli.commands import Commands
from plumbline.runtime.auth import UnauthenticatedError, Verifier
from plumbline.runtime.issuer import KEY_FILE, create_keys, issue_token
from plumbline.runtime.settings import DEVELOPMENT_ISSUER, ConfigurationError, Settings


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
    assert Settings(database_url="postgresql://h/d").database_for_api() == "postgresql://h/d"


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
