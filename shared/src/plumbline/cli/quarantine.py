"""``plumbline quarantine``: events that cannot be sent, why, and how they go on."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from plumbline.cli.answers import output, print_json, print_table
from plumbline.cli.commands import Commands
from plumbline.cli.running import OperatorName, RunningService, operating, running
from plumbline.cli.spreadsheet import BAD_INPUT, errors

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")


def register(commands: Commands) -> None:
    """Join the command line."""
    group = typer.Typer(
        no_args_is_help=True, help="Events that cannot be sent, and how they go on after a repair."
    )
    group.command("list")(list_rows)
    group.command("release")(release_row)
    commands.app.add_typer(group, name="quarantine")


def list_rows(
    service: Annotated[str | None, typer.Option("--service", help="One service only.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List the events that can never be sent as they are, and the topics that the broker refuses for now."""
    stack = running()
    asked = [stack.service(service)] if service else stack.services
    quarantined, held = list[dict[str, object]](), list[dict[str, object]]()
    for each in asked:
        rows, topics = _in_transaction(each, _read)
        quarantined += [{"service": each.name, **row} for row in rows]
        held += [{"service": each.name, **topic} for topic in topics]
    if as_json:
        print_json({"quarantined": quarantined, "held": held})
        return
    columns = ("service", "id", "topic", "key", "sequence", "reason", "quarantined_at", "behind")
    sentence = f"{len(quarantined)} events are quarantined; later events of the same key wait behind them."
    print_table("Quarantined events", quarantined, columns=columns, sentence=sentence)
    columns = ("service", "topic", "rows", "reason", "held_since")
    sentence = f"{len(held)} topics are held; their events go out in order by themselves once that is mended."
    print_table("Held topics", held, columns=columns, sentence=sentence)


def release_row(
    row_id: Annotated[int, typer.Argument(metavar="ID")],
    service: Annotated[str, typer.Option("--service", help="The service whose outbox it is.")],
    operator: OperatorName,
) -> None:
    """Try a quarantined event again, before those that wait behind it; what is still too large comes back here.

    An entry of the service's audit log says who did.
    """
    from plumbline.runtime.outbox_repair import release

    async def put_back(tx: "AsyncConnection") -> None:
        await release(tx, row_id, by=operating(operator, service))

    try:
        _in_transaction(running().service(service), put_back)
    except LookupError as error:
        errors.print(str(error))
        raise SystemExit(BAD_INPUT) from None
    output.print("released")


async def _read(tx: "AsyncConnection") -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    from dataclasses import asdict

    from plumbline.runtime.outbox_repair import list_held, list_quarantined

    rows: list[dict[str, object]] = [
        {**asdict(row), "quarantined_at": row.quarantined_at.isoformat(timespec="seconds")}
        for row in await list_quarantined(tx)
    ]
    topics: list[dict[str, object]] = [
        {**asdict(topic), "held_since": topic.held_since.isoformat(timespec="seconds")}
        for topic in await list_held(tx)
    ]
    return rows, topics


def _in_transaction(service: RunningService, work: "Callable[[AsyncConnection], Awaitable[T]]") -> T:
    """Run ``work`` in a transaction of the service's database, as its worker's role."""
    from plumbline.runtime.database import connect

    async def run() -> T:
        engine = connect(service.database_url, pool_size=1)
        try:
            async with engine.begin() as tx:
                return await work(tx)
        finally:
            await engine.dispose()

    return asyncio.run(run())
