"""``plumbline token``: a bearer token for a persona, from the development issuer of this machine."""

from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import httpx
import typer

from plumbline.cli.answers import print_json
from plumbline.cli.commands import Commands
from plumbline.cli.running import STATE_FILE, Running, running
from plumbline.cli.spreadsheet import BAD_INPUT, errors

ASK_SECONDS = 5.0


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
        raise typer.Exit(BAD_INPUT) from None
    if works_here(token, folder) is False:
        errors.print(
            f"Nobody who works here has the id {person!r}, so this token would be refused everywhere. "
            "Take an id of the people file, or import the person: `plumbline import people FILE.csv`."
        )
        raise typer.Exit(BAD_INPUT)
    if as_json:
        print_json(
            {"token": token, "person": person, "expires_at": (now + LIFE).isoformat(timespec="seconds")}
        )
    else:
        typer.echo(token)


def works_here(token: str, folder: Path) -> bool | None:
    """Whether the stack of this folder knows the token's person; None when it cannot be asked.

    Who may import the first people is no employee, and is known by that right.
    """
    state = folder / STATE_FILE
    if not state.is_file():
        return None
    stack = Running.model_validate_json(state.read_text())
    address = next((service.url for service in stack.services if service.name == "people"), None)
    if address is None:
        return None
    headers = {"Authorization": f"Bearer {token}"}
    try:
        with httpx.Client(base_url=address, headers=headers, timeout=ASK_SECONDS) as client:
            statuses = {client.get(path).status_code for path in ("/people/me", "/imports?limit=1")}
    except httpx.HTTPError:
        return None
    if HTTPStatus.OK in statuses:
        return True
    return False if statuses == {HTTPStatus.FORBIDDEN} else None
