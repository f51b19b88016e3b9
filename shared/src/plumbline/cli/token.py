"""``plumbline token``: a bearer token for a persona, from the development issuer of this machine."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from plumbline.cli.answers import print_json
from plumbline.cli.commands import Commands
from plumbline.cli.running import STATE_FILE, running
from plumbline.cli.spreadsheet import errors


def register(commands: Commands) -> None:
    """Join the command line."""
    commands.app.command("token")(print_token)


def print_token(
    person: Annotated[
        str, typer.Option("--as", metavar="PERSON", help="The person's id, as the people file has it.")
    ],
    state: Annotated[
        Path | None,
        typer.Option(
            help="The stack's state folder; otherwise that of the stack that runs here.", show_default=False
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print a token that is valid for one hour; for a stack of this machine only."""
    # Imported here, so that commands that need no runtime start without it.
    from plumbline.runtime.issuer import LIFE, issue_token
    from plumbline.runtime.settings import ConfigurationError, Settings

    settings = Settings()
    folder = state or settings.state or running().folder
    # Only a local stack keeps a state file beside its issuer's keys.
    local = settings.local or (folder / STATE_FILE).is_file()
    now = datetime.now(UTC)
    try:
        token = issue_token(person, folder, now=now, local=local, audience=settings.oidc_audience)
    except ConfigurationError as error:
        errors.print(str(error))
        raise typer.Exit(2) from None
    if as_json:
        print_json(
            {"token": token, "person": person, "expires_at": (now + LIFE).isoformat(timespec="seconds")}
        )
    else:
        typer.echo(token)
