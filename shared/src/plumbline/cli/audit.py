"""``plumbline audit verify``: whether every service's audit log is as it was sealed."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plumbline.cli.answers import print_json, print_table
from plumbline.cli.commands import Commands
from plumbline.cli.running import RunningService, running
from plumbline.cli.spreadsheet import BAD_INPUT, errors

if TYPE_CHECKING:
    from plumbline.runtime.audit import Verification

BROKEN = 1
KEPT = "It is not what `plumbline audit verify --json` printed: give that file, unchanged."


def register(commands: Commands) -> None:
    """Join the command line."""
    group = typer.Typer(no_args_is_help=True, help="Who saw or changed what about whom.")
    group.callback()(describe)
    group.command("verify")(verify_logs)
    commands.app.add_typer(group, name="audit")


def describe() -> None:
    """The audit logs."""


def verify_logs(
    kept: Annotated[
        Path | None,
        typer.Option(
            help="What an earlier `audit verify --json` printed, kept elsewhere: its seals must still be there.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compute every seal of every service again; leaves with status 1 when an entry was changed, removed or slipped in."""
    stack, earlier = running(), {} if kept is None else _read_kept(kept)

    async def run() -> list["Verification"]:
        return [await _verify(service, earlier.get(service.name)) for service in stack.services]

    rows = [
        {"service": service.name, **found.describe()}
        for service, found in zip(stack.services, asyncio.run(run()), strict=True)
    ]
    broken = [str(row["service"]) for row in rows if not row["intact"]]
    if as_json:
        print_json({"services": rows})
    else:
        columns = ("service", "entries", "batches", "waiting", "last", "problems")
        sentence = f"Broken: {', '.join(broken)}." if broken else "Every log is as it was sealed."
        print_table("Audit logs", rows, columns=columns, sentence=sentence)
    raise typer.Exit(BROKEN if broken else 0)


async def _verify(service: RunningService, kept: bytes | None) -> "Verification":
    # Imported here, so that commands over a spreadsheet start without the runtime.
    from plumbline.runtime.audit import verify
    from plumbline.runtime.database import connect

    engine = connect(service.database_url, pool_size=1)
    try:
        async with engine.begin() as tx:
            return await verify(tx, kept=kept)
    finally:
        await engine.dispose()


def _read_kept(file: Path) -> dict[str, bytes]:
    try:
        rows = json.loads(file.read_text())["services"]
        return {row["service"]: bytes.fromhex(row["last"]) for row in rows}
    except (ValueError, KeyError, TypeError):
        errors.print(f"--kept {file}: {KEPT}")
        raise SystemExit(BAD_INPUT) from None
