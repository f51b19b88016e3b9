"""A service's commands as a person runs them, for their tests."""

from collections.abc import Callable

import typer
from typer.testing import CliRunner, Result

from plumbline.cli.commands import Commands


def run_commands(
    register: Callable[[Commands], None], *arguments: str, given: str | None = None, columns: int = 80
) -> Result:
    """What ``plumbline ARGUMENTS`` answers where ``register`` is all that is installed.

    ``given`` stands on standard input; a table may be ``columns`` wide.
    """
    commands = Commands(app=typer.Typer(), calc=typer.Typer(), imports=typer.Typer(), policy=typer.Typer())
    register(commands)
    commands.app.add_typer(commands.calc, name="calc")
    commands.app.add_typer(commands.policy, name="policy")
    return CliRunner().invoke(commands.app, list(arguments), input=given, env={"COLUMNS": str(columns)})
