"""The people commands: a file goes to the people service, and what became of it comes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from people.inbound.cli_answer import sentence, show
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFlags:
    """What both commands are told beside their file."""

    as_of: datetime | None
    snapshot: bool
    strict: bool
    dry_run: bool


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
    division: Annotated[
        str | None, typer.Option(metavar="NAME", help="Where everybody belongs, if the file has no division.")
    ] = None,
    currency: Annotated[
        str | None, typer.Option(metavar="CODE", help="The currency of every salary, if the file has none.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring people in; good rows are stored, bad ones are listed and leave with status 2."""
    options = ImportFlags(as_of=as_of, snapshot=snapshot, strict=strict, dry_run=dry_run)
    told = {"division": division, "currency": currency}
    _import("people", file, options, as_json=as_json, told=told)


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
    options = ImportFlags(as_of=as_of, snapshot=snapshot, strict=strict, dry_run=dry_run)
    _import("leave", file, options, as_json=as_json, told={})


def _import(
    kind: str, file: Path, options: ImportFlags, *, as_json: bool, told: Mapping[str, str | None]
) -> None:
    query = {
        "snapshot": str(options.snapshot).lower(),
        "strict": str(options.strict).lower(),
        "dry_run": str(options.dry_run).lower(),
        **({"as_of": options.as_of.date().isoformat()} if options.as_of is not None else {}),
        **{name: value for name, value in told.items() if value is not None},
    }
    result = send_file(f"/imports/{kind}", file, query=query)
    meaning = sentence(result, strict=options.strict, dry_run=options.dry_run)
    show(result, title=f"Import of {kind}", sentence=meaning, as_json=as_json)
    if result.rejected or not result.accepted:
        raise typer.Exit(BAD_INPUT)
