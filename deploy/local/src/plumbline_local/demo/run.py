"""Runs the demo: a stack of its own, the scenario on it, its report; nothing is left running."""

import asyncio
import shutil
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

from rich.console import Console

from plumbline_local.demo.apis import Apis
from plumbline_local.demo.play import play
from plumbline_local.demo.reading import Json
from plumbline_local.demo.report import read_report
from plumbline_local.demo.setup import Script
from plumbline_local.demo.stage import Stage, Timer, Timing, watch
from plumbline_local.display import Steps
from plumbline_local.launch import Options, named_servers, run_stack
from plumbline_local.state import StackState, state_folder

STACK = "Stack"


def run_demo(script: Script, *, quarters: int, seed: int, console: Console) -> tuple[Json, list[Timing]]:
    """Start a stack, play on it, read the report, and stop it; whatever ends this, nothing is left running.

    Raises:
        DemoError: the demo cannot go on.
        StackError: the stack did not start.
    """
    if given := named_servers():
        console.print(f"{', '.join(given)}: not used, the demo makes up a company on servers of its own.")
    timer, steps = Timer(), Steps()
    with _folder() as folder, ExitStack() as running:
        with timer.phase(STACK), steps:
            # What is played is thrown away at the end, so nothing has to survive a power cut.
            state = running.enter_context(
                run_stack(folder, options=Options(durable=False, own_servers=True), on_event=steps)
            )
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
