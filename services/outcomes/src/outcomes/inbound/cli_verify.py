"""``plumbline outcomes verify``: every stored outcome, recomputed from its frozen inputs."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from plumbline.cli.answers import print_json, print_table
from plumbline.cli.commands import Commands
from plumbline.cli.running import running

if TYPE_CHECKING:
    from outcomes.usecases.verify_outcomes import Verified

DIFFERENT = 1


def register_verify(commands: Commands) -> None:
    """Add ``outcomes verify``."""
    group = typer.Typer(no_args_is_help=True, help="The stored outcomes.")
    group.callback()(describe)
    group.command("verify")(verify)
    commands.app.add_typer(group, name="outcomes")


def describe() -> None:
    """The stored outcomes."""


def verify(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Recompute every stored outcome from its frozen inputs; leaves with status 1 when one differs."""
    verified = asyncio.run(_recompute())
    rows = [
        {
            "outcome_id": each.outcome_id,
            "component": each.component,
            "field": each.field,
            "stored": each.stored,
            "recomputed": each.recomputed,
        }
        for each in verified.differences
    ]
    if as_json:
        counts = {
            "recomputed": verified.recomputed,
            "pools": verified.pools,
            "follow_ups": verified.follow_ups,
        }
        print_json({**counts, "differences": rows})
    else:
        columns = ("outcome_id", "component", "field", "stored", "recomputed")
        sentence = (
            f"{verified.recomputed} outcomes and awards, {verified.pools} pools and {verified.follow_ups} follow-ups "
            f"were recomputed; {len(rows)} values differ."
        )
        print_table("Outcomes that differ", rows, columns=columns, sentence=sentence)
    raise typer.Exit(DIFFERENT if rows else 0)


async def _recompute() -> "Verified":
    # Imported here, so that commands over a spreadsheet start without the runtime.
    from outcomes.usecases.verify_outcomes import verify_outcomes
    from plumbline.runtime.database import connect

    engine = connect(running().service("outcomes").database_url, pool_size=1)
    try:
        # One instant for all statements: what the worker decides meanwhile would differ.
        reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        async with reading.begin() as tx:
            return await verify_outcomes(tx)
    finally:
        await engine.dispose()
