"""The demo's command; what it needs is imported when it runs, because every other command starts without it."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from plumbline.cli.answers import output
from plumbline_local.stack import StackError

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
    quarters: Annotated[
        int | None,
        typer.Option(min=1, max=2, help="1 plays the last quarter alone.", show_default="2; 1 with --people"),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same report.")] = 1,
) -> None:
    """Play a whole performance cycle on a stack of its own, and print its report."""
    from plumbline_local.demo.apis import DemoError
    from plumbline_local.demo.render import print_report
    from plumbline_local.demo.report import write_report
    from plumbline_local.demo.run import run_demo
    from plumbline_local.demo.setup import choose_script

    console = Console(stderr=True)
    _require_writable(report)
    try:
        script = choose_script(people, policy)
        count = quarters or (2 if people is None else 1)
        found, timings = run_demo(script, quarters=count, seed=seed, console=console)
    except (DemoError, StackError) as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        console.print("Stopped; nothing is left running.")
        raise typer.Exit(_INTERRUPTED) from None
    print_report(found, timings, output)
    if report is not None:
        try:
            write_report(found, timings, report)
        except OSError as error:
            console.print(
                f"The report could not be written: {error}", style="red", markup=False, soft_wrap=True
            )
            raise typer.Exit(1) from error


def _require_writable(report: Path | None) -> None:
    """Refuse a file that cannot be written before the demo starts, not after minutes of it.

    Raises:
        BadParameter: its folder is missing, or it or its folder may not be written.
    """
    if report is None:
        return
    folder = report.absolute().parent
    if not folder.is_dir():
        problem = f"the folder {folder} does not exist; create it first, or name a file in one that does"
    elif report.is_dir():
        problem = f"{report} is a folder; name a file in it"
    elif not os.access(report if report.exists() else folder, os.W_OK):
        problem = f"{report} may not be written; name a file in a folder of yours"
    else:
        return
    raise typer.BadParameter(problem, param_hint="--report")
