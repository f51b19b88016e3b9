"""Plays the demo on a stack of its own, for the tests of its report."""

import json
from pathlib import Path
from typing import Any

import psutil
import pytest
from rich.console import Console

from plumbline_local.demo.report import write_report
from plumbline_local.demo.run import run_demo
from plumbline_local.demo.setup import Script
from plumbline_local.testing import private_folder_in

Report = dict[str, Any]


def processes_of(folder: Path) -> list[str]:
    """The command lines of every process that names the folder or keeps its state there."""
    found: list[str] = []
    for process in psutil.process_iter():
        try:
            line = " ".join(process.cmdline())
            if str(folder) in line or process.environ().get("PLUMBLINE_STATE", "").startswith(str(folder)):
                found.append(line)
        except psutil.Error:
            continue
    return found


def play(script: Script, *, quarters: int, seed: int, servers: Path) -> Report:
    """The report as it is written, from a folder under ``servers``; the demo leaves no file and no process."""
    with private_folder_in(servers) as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLUMBLINE_STATE", str(folder))
        console = Console(stderr=True, quiet=True)
        found, timings = run_demo(script, quarters=quarters, seed=seed, console=console)
        assert processes_of(folder) == []
        assert list(folder.iterdir()) == []
        write_report(found, timings, folder / "report.json")
        return json.loads((folder / "report.json").read_text())
