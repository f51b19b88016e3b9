"""The outcomes commands as a person runs them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner, Result

from outcomes.inbound.cli import register
from plumbline.cli.commands import Commands

POLICY = str(Path(__file__).parents[3] / "docs/examples/policy.toml")


def run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(_app(), list(arguments), input=given)


def answer(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


# At the first use, not at import: what the rules are by then is what is run.
@cache
def _app() -> typer.Typer:
    commands = Commands(app=typer.Typer(), calc=typer.Typer(), imports=typer.Typer(), policy=typer.Typer())
    register(commands)
    commands.app.add_typer(commands.calc, name="calc")
    commands.app.add_typer(commands.policy, name="policy")
    return commands.app
