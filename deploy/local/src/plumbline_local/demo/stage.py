"""What every act of the demo works with, and the display of how far it is."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from plumbline.contracts.grants import group_of
from plumbline.runtime.status import depths
from plumbline_local.demo.apis import Apis, together, until
from plumbline_local.demo.bus import Watcher
from plumbline_local.state import StackState


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long a phase took, in seconds of the clock and of all processors."""

    phase: str
    seconds: float
    cpu_seconds: float


@dataclass(slots=True, kw_only=True)
class Timer:
    """Measures phases, with the processor time of this process and of the stack's."""

    timings: list[Timing] = field(default_factory=list[Timing])
    supervisor: int | None = None

    @contextmanager
    def phase(self, name: str) -> Generator[None]:
        """Measure what runs inside."""
        begun, cpu = time.monotonic(), self._cpu()
        yield
        used = round(self._cpu() - cpu, 1)
        self.timings.append(Timing(phase=name, seconds=round(time.monotonic() - begun, 1), cpu_seconds=used))

    def follow(self, supervisor: int) -> None:
        """Count the processor time of a stack from its start on."""
        self.supervisor = supervisor

    def _cpu(self) -> float:
        processes = [psutil.Process()]
        try:
            if self.supervisor is not None:
                root = psutil.Process(self.supervisor)
                processes += [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            self.supervisor = None
        return sum(_cpu_of(each) for each in processes)


def _cpu_of(process: psutil.Process) -> float:
    try:
        used = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return used.user + used.system


@dataclass(slots=True, kw_only=True)
class Stage:
    """The running stack, its apis, and what is drawn and measured meanwhile; ``notes`` go into the report."""

    state: StackState
    apis: Apis
    watcher: Watcher
    timer: Timer
    console: Console
    notes: list[str] = field(default_factory=list[str])

    @contextmanager
    def act(self, name: str) -> Generator["Bar"]:
        """A step of the scenario: drawn while it runs, measured when it is done."""
        columns = (
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.console) as progress, self.timer.phase(name):
            bar = Bar(progress=progress, name=name)
            yield bar
            bar.finish()

    async def settle(self) -> None:
        """Wait until every event is published and has been read by everybody who reads it."""
        await until("the end of what is on its way", self._on_its_way, good=lambda count: count == 0)

    async def _on_its_way(self) -> int:
        """Partitions that somebody has not read to the end, else rows in the outboxes and events that wait.

        Who has read everything may have written because of it, and what is published has to be read: only when
        nothing came on the topics from the first look to the last is what each look saw true at once.
        """
        before = await self.watcher.look()
        if before.late:
            return before.late
        found = await together(depths(service.database_url) for service in self.state.services)
        rows = sum(each["outbox"] + each["waiting"] for each in found)
        return rows or int((await self.watcher.look()).ends != before.ends)


def watch(state: StackState) -> Watcher:
    """A watcher of every service that reads events; people reads none."""
    groups = [group_of(service.name) for service in state.services if service.name != "people"]
    return Watcher(state.kafka, groups)


@dataclass(slots=True, kw_only=True)
class Bar:
    """A step's bar; ``expect`` says how much there is to do, ``done`` that some of it is."""

    progress: Progress
    name: str

    def __post_init__(self) -> None:
        """Draw it."""
        self._task = self.progress.add_task(self.name, total=None)

    _task: int = field(init=False, default=0)

    def expect(self, count: int) -> None:
        """Add to what there is to do."""
        total = self.progress.tasks[0].total or 0
        self.progress.update(self.progress.task_ids[0], total=total + count)

    def done(self, count: int = 1) -> None:
        """Note that some of it is done."""
        self.progress.advance(self.progress.task_ids[0], count)

    def finish(self) -> None:
        """Show it as done."""
        task = self.progress.tasks[0]
        self.progress.update(self.progress.task_ids[0], total=task.total or 1, completed=task.total or 1)
