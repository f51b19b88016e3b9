"""The people commands: a file goes to the people service, and what became of it comes back."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from people.inbound.cli_answer import show
from people.inbound.cli_client import send_file
from plumbline.cli.commands import Commands
from plumbline.cli.spreadsheet import BAD_INPUT

FilePath = Annotated[Path, typer.Argument(metavar="FILE.csv", help="The export; - reads standard input.")]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"], help="The day of which the file tells; today if absent.", show_default=False
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="Store nothing when a row is bad.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Store nothing, only say what would change.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(commands: Commands) -> None:
    """Add this service's commands to ``plumbline``."""
    commands.imports.command("people")(import_people)
    commands.imports.command("leave")(import_leave)


def import_people(
    file: FilePath,
    as_of: AsOf = None,
    snapshot: Annotated[
        bool, typer.Option("--snapshot", help="The file tells of everybody: people absent from it have left.")
    ] = False,
    strict: Strict = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Bring people in; good rows are stored, bad ones are listed and leave with status 2."""
    _import("people", file, as_of, snapshot=snapshot, strict=strict, dry_run=dry_run, as_json=as_json)


def import_leave(
    file: FilePath,
    as_of: AsOf = None,
    snapshot: Annotated[
        bool,
        typer.Option("--snapshot", help="The file tells all leave: what is absent from it is forgotten."),
    ] = False,
    strict: Strict = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Bring recorded leave in; good rows are stored, bad ones are listed and leave with status 2."""
    _import("leave", file, as_of, snapshot=snapshot, strict=strict, dry_run=dry_run, as_json=as_json)


def _import(
    kind: str,
    file: Path,
    as_of: datetime | None,
    *,
    snapshot: bool,
    strict: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    query = {
        "snapshot": str(snapshot).lower(),
        "strict": str(strict).lower(),
        "dry_run": str(dry_run).lower(),
        **({"as_of": as_of.date().isoformat()} if as_of is not None else {}),
    }
    result = send_file(f"/imports/{kind}", file, query=query)
    show(result, title=f"Import of {kind}", as_json=as_json)
    if result.rejected:
        raise typer.Exit(BAD_INPUT)
