"""The progress display of a starting stack: one line a step, with its seconds."""

from types import TracebackType

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from plumbline_local.launch import Event


class Steps:
    """Shows the events of ``launch``; what is printed goes to standard error, so that ``--json`` stays clean."""

    def __init__(self) -> None:
        self._progress = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "Steps":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.finish()

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if event.event == "begin":
            self._tasks[event.text] = self._progress.add_task(event.text, total=1)
        elif event.event == "end":
            self._progress.update(
                self._tasks[event.text], completed=1, description=f"{event.text} ({event.seconds:.1f} s)"
            )

    def finish(self) -> None:
        """Stop drawing; what was shown stays."""
        self._progress.stop()
