"""The commands that run the whole of Plumbline on one machine."""

import asyncio
import time
from typing import Annotated

import typer

from plumbline.cli.answers import output, print_json, print_table
from plumbline.cli.commands import Commands
from plumbline_local.demo.command import demo
from plumbline_local.display import Steps
from plumbline_local.doctor import examine
from plumbline_local.launch import run_stack, start_stack, stop_stack
from plumbline_local.probes import Measured, measure
from plumbline_local.stack import StackError, is_ready
from plumbline_local.state import StackState, as_json, load_state, state_folder

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(commands: Commands) -> None:
    """Add the local stack's commands to ``plumbline``."""
    commands.app.command()(up)
    commands.app.command()(down)
    commands.app.command()(status)
    commands.app.command()(doctor)
    commands.app.command()(demo)


def up(
    detach: Annotated[
        bool, typer.Option("--detach", help="Return when it is ready; `down` stops it.")
    ] = False,
) -> None:
    """Start PostgreSQL, Kafka and every service in this folder, and print where they answer."""
    folder = state_folder()
    running = load_state(folder)
    if running is not None and running.running():
        print_addresses(running, "It runs already.")
        return
    try:
        _start(detach)
    except StackError as error:
        output.print(str(error))
        raise typer.Exit(1) from error


def _start(detach: bool) -> None:
    folder = state_folder()
    if detach:
        with Steps() as steps:
            state, _ = start_stack(folder, on_event=steps)
        print_addresses(state, "It stays up; `plumbline down` stops it.")
        return
    steps = Steps()
    with steps, run_stack(folder, on_event=steps) as state:
        steps.finish()
        print_addresses(state, "Ctrl-C stops it.")
        _sleep_while_running(state)


def _sleep_while_running(state: StackState) -> None:
    try:
        while state.running():
            time.sleep(0.5)
    except KeyboardInterrupt:
        output.print("Stopping …")


def down() -> None:
    """Stop the stack of this folder; what it has stored stays."""
    begun = time.monotonic()
    if stop_stack(state_folder()):
        output.print(f"Stopped in {time.monotonic() - begun:.1f} s.")
    else:
        output.print("Nothing runs here.")


def status(as_object: Json = False) -> None:
    """Show addresses, and each service's lag, outbox, parked and waiting events."""
    state = load_state()
    if state is None or not state.running():
        if as_object:
            print_json({"running": False})
        else:
            output.print("Nothing runs here: `plumbline up` starts it.")
        raise typer.Exit(1)
    measured = asyncio.run(measure(state))
    if as_object:
        print_json({"running": True, **_status(state, measured)})
        return
    print_addresses(state, "")
    names = list(dict.fromkeys(name for entry in measured for name in entry.measures))
    rows = [{"service": entry.service, **entry.measures, "error": entry.error} for entry in measured]
    print_table("Delivery", rows, columns=["service", *names, "error"], sentence="")


def _status(state: StackState, measured: list[Measured]) -> dict[str, object]:
    whole = as_json(state)
    by_name = {entry.service: entry for entry in measured}
    services = [
        {
            **service.model_dump(),
            "pid": state.pids.get(service.name),
            "ready": is_ready(service),
            **by_name[service.name].measures,
            "error": by_name[service.name].error,
        }
        for service in state.services
    ]
    return {**whole, "services": services}


def doctor(as_object: Json = False) -> None:
    """Say what this machine lacks to run Plumbline, and how to get it."""
    findings = examine(state_folder())
    rows = [{"what": f.name, "ok": f.ok, "found": f.found, "remedy": f.remedy} for f in findings]
    missing = sum(not finding.ok for finding in findings)
    if as_object:
        print_json({"ok": missing == 0, "findings": rows})
    else:
        sentence = "Nothing is missing." if missing == 0 else f"{missing} to fix: see the last column."
        print_table("This machine", rows, columns=["what", "ok", "found", "remedy"], sentence=sentence)
    if missing:
        raise typer.Exit(1)


def print_addresses(state: StackState, sentence: str) -> None:
    """One table of everything that has an address."""
    rows: list[dict[str, object]] = [
        {"what": service.name, "address": service.url, "database": service.database_url}
        for service in state.services
    ]
    rows.append({"what": "Kafka", "address": state.kafka})
    rows.append({"what": "PostgreSQL", "database": state.database_url})
    print_table("Plumbline", rows, columns=["what", "address", "database"], sentence=sentence)
