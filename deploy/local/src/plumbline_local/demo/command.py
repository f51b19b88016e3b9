"""The command: a stack of its own, the scenario on it, the report; nothing is left running."""

import asyncio
import shutil
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer
from rich.console import Console

from plumbline.cli.answers import output
from plumbline_local.demo.apis import Apis, DemoError
from plumbline_local.demo.play import play
from plumbline_local.demo.reading import Json
from plumbline_local.demo.render import print_report
from plumbline_local.demo.report import read_report, write_report
from plumbline_local.demo.setup import Script, choose_script
from plumbline_local.demo.stage import Stage, Timer, Timing, watch
from plumbline_local.display import Steps
from plumbline_local.launch import Options, run_stack
from plumbline_local.stack import StackError
from plumbline_local.state import StackState, state_folder

STACK = "Stack"
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
        found, timings = run_demo(script, quarters=quarters, seed=seed, console=console)
    except (DemoError, StackError) as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        console.print("Stopped; nothing is left running.")
        raise typer.Exit(_INTERRUPTED) from None
    if report is not None:
        write_report(found, timings, report)
    print_report(found, timings, output)


def run_demo(script: Script, *, quarters: int, seed: int, console: Console) -> tuple[Json, list[Timing]]:
    """Start a stack, play on it, read the report, and stop it; whatever ends this, nothing is left running.

    Raises:
        DemoError: the demo cannot go on.
        StackError: the stack did not start.
    """
    timer, steps = Timer(), Steps()
    with _folder() as folder, ExitStack() as running:
        with timer.phase(STACK), steps:
            # What is played is thrown away at the end, so nothing has to survive a power cut.
            state = running.enter_context(run_stack(folder, options=Options(durable=False), on_event=steps))
            timer.follow(state.supervisor.pid)
        report = asyncio.run(_play(state, script, quarters=quarters, seed=seed, timer=timer, console=console))
    return report, timer.timings


async def _play(
    state: StackState, script: Script, *, quarters: int, seed: int, timer: Timer, console: Console
) -> Json:
    async with Apis.of(state) as apis, watch(state) as watcher:
        stage = Stage(state=state, apis=apis, watcher=watcher, timer=timer, console=console)
        played = await play(stage, script, quarters=quarters, seed=seed)
        with stage.act("Report"):
            return await read_report(stage, played, seed=seed)


@contextmanager
def _folder() -> Generator[Path]:
    """A folder of this run alone, so that several demos can run at once; removed afterwards."""
    folder = state_folder() / f"demo-{uuid4().hex[:8]}"
    folder.mkdir(parents=True, mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
