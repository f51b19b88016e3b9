"""The command: a stack of its own, the scenario on it, the report; nothing is left running."""

import asyncio
import shutil
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer
from rich.console import Console

from plumbline_local.demo.apis import Apis, DemoError
from plumbline_local.demo.play import Played, play
from plumbline_local.demo.setup import Script, choose_script
from plumbline_local.demo.stage import Stage, Timer
from plumbline_local.display import Steps
from plumbline_local.launch import Options, run_stack
from plumbline_local.stack import StackError
from plumbline_local.state import StackState, state_folder

_INTERRUPTED = 130


def demo(
    people: Annotated[
        Path | None,
        typer.Option("--people", metavar="FILE.csv", help="Your own export instead of the sample's people."),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option("--policy", metavar="FILE.toml", help="The policy of your people: ranges, equity."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE.json", help="Write the report here too.")
    ] = None,
    quarters: Annotated[int, typer.Option(min=1, max=2, help="1 plays the last quarter alone.")] = 2,
    seed: Annotated[int, typer.Option(help="The same seed gives the same report.")] = 1,
) -> None:
    """Play a whole performance cycle on a stack of its own, and print its report."""
    console = Console(stderr=True)
    try:
        script = choose_script(people, policy)
        run_demo(script, quarters=quarters, seed=seed, console=console)
    except (DemoError, StackError) as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        console.print("Stopped; nothing is left running.")
        raise typer.Exit(_INTERRUPTED) from None


def run_demo(script: Script, *, quarters: int, seed: int, console: Console) -> None:
    """Start a stack, play on it, read the report, and stop it."""
    timer = Timer()
    with _folder() as folder:
        steps = Steps()
        with timer.phase("Stack"), steps:
            running = run_stack(folder, options=Options(durable=False, services=("people","reviews","calibration","outcomes")), on_event=steps)
            state = running.__enter__()
        timer.supervisor = state.supervisor.pid
        try:
            asyncio.run(_play(state, script, quarters=quarters, seed=seed, timer=timer, console=console))
        finally:
            running.__exit__(None, None, None)
    for t in timer.timings:
        console.print(t.phase, t.seconds, t.cpu_seconds)


async def _play(
    state: StackState, script: Script, *, quarters: int, seed: int, timer: Timer, console: Console
) -> None:
    async with Apis.of(state) as apis:
        stage = Stage(state=state, apis=apis, timer=timer, console=console)
        await play(stage, script, quarters=quarters, seed=seed)
        console.print(stage.notes, apis.calls)


@contextmanager
def _folder() -> Generator[Path]:
    """A folder of this run alone, so that several demos can run at once; removed afterwards."""
    folder = state_folder() / f"demo-{uuid4().hex[:8]}"
    folder.mkdir(parents=True, mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
