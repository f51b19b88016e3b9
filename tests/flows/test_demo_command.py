"""The demo's command before and after the scenario: where the report goes is checked first, and it is never lost."""

from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from plumbline_local.demo.command import demo


def run_with(patch: pytest.MonkeyPatch, report: Path, *, played: list[str]) -> Result:
    """The command with a scenario that only notes that it was played, and a report that says one word."""

    def play(*_: object, **__: object) -> tuple[dict[str, Any], list[Any]]:
        played.append("played")
        return {"organization": {}}, []

    def show(*_: object) -> None:
        typer.echo("the whole report")

    patch.setattr("plumbline_local.demo.run.run_demo", play)
    patch.setattr("plumbline_local.demo.render.print_report", show)
    app = typer.Typer()
    app.command()(demo)
    return CliRunner().invoke(app, ["--report", str(report)], env={"COLUMNS": "200"})


def test_a_report_in_a_folder_that_does_not_exist_is_refused_before_anything_is_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played: list[str] = []
    result = run_with(monkeypatch, tmp_path / "missing" / "r.json", played=played)
    assert (result.exit_code, played) == (2, [])
    said = " ".join(result.stderr.replace("│", " ").split())
    assert "Invalid value for --report" in said
    assert "does not exist; create it first, or name a file in one that does" in said


def test_a_folder_is_no_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[str] = []
    result = run_with(monkeypatch, tmp_path, played=played)
    assert (result.exit_code, played) == (2, [])
    assert "is a folder" in result.stderr


def test_a_report_that_cannot_be_written_is_shown_all_the_same_and_one_line_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device", "r.json")

    monkeypatch.setattr("plumbline_local.demo.report.write_report", fail)
    result = run_with(monkeypatch, tmp_path / "r.json", played=[])
    assert result.exit_code == 1
    assert result.stdout == "the whole report\n"
    [line] = result.stderr.splitlines()
    assert line == "The report could not be written: [Errno 28] No space left on device: 'r.json'"


def test_a_report_is_written_where_it_was_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[str] = []
    result = run_with(monkeypatch, tmp_path / "r.json", played=played)
    assert (result.exit_code, played) == (0, ["played"])
    assert '"organization"' in (tmp_path / "r.json").read_text()
