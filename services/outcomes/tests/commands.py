"""The outcomes commands as a person runs them."""

import json
from pathlib import Path
from typing import Any

from typer.testing import Result

from outcomes.inbound.cli import register
from plumbline_local.testing_commands import run_commands

POLICY = str(Path(__file__).parents[3] / "docs/examples/policy.toml")


def run(*arguments: str, given: str | None = None) -> Result:
    return run_commands(register, *arguments, given=given, columns=200)


def answer(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)
