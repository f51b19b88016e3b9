"""Every page of a command shows at least one example, and each example prints exactly what the page says."""

import os
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import CliRunner

PAGES = Path(__file__).parents[2] / "docs" / "commands"
FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
WIDTH = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A command as it is typed, the status with which it leaves, and exactly what it prints."""

    command: str
    status: int
    printed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page's files by name, and its examples in order; later examples see files that earlier ones wrote."""

    files: dict[str, str] = field(default_factory=dict[str, str])
    examples: list[Example] = field(default_factory=list[Example])


def read_page(text: str) -> Page:
    """Collect fences: ``csv file=NAME`` (any language) is a file, ``console [exit=N]`` holds ``$ command`` and output.

    Raises:
        ValueError: a console fence does not begin with a command, or a file is named twice or outside its folder.
    """
    page = Page()
    for fence in FENCE.finditer(text):
        words = fence["info"].split()
        options = dict(word.split("=", 1) for word in words[1:] if "=" in word)
        if words[:1] == ["console"]:
            page.examples.extend(read_console(fence["body"], status=int(options.get("exit", "0"))))
        elif "file" in options:
            name = options["file"]
            if name in page.files or Path(name).name != name:
                raise ValueError(f"{name} is named twice, or is no plain file name")
            page.files[name] = fence["body"]
    return page


def read_console(body: str, *, status: int) -> list[Example]:
    """Split a console fence at its lines that begin with ``$ ``; what follows each is what it prints."""
    if not body.startswith("$ "):
        raise ValueError("a console fence begins with a line '$ command'")
    parts = re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]
    return [
        Example(command=command, status=status, printed=printed)
        for command, _, printed in (part.partition("\n") for part in parts)
    ]


def run_example(example: Example) -> tuple[int, str]:
    """Run one command in this process; a refusal is compared with what it prints on standard error too."""
    from plumbline.cli.main import build

    program, *arguments = shlex.split(example.command)
    if program != "plumbline":
        raise ValueError(f"an example runs plumbline, not {program}")
    result = CliRunner().invoke(build(), arguments, prog_name="plumbline")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout if example.status == 0 else result.output


def pages() -> list[str]:
    """The names of all pages, without their ending."""
    return sorted(page.stem for page in PAGES.glob("*.md"))


@pytest.mark.parametrize("name", pages())
def test_every_example_prints_exactly_what_its_page_says(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = read_page((PAGES / f"{name}.md").read_text())
    assert page.examples, f"docs/commands/{name}.md has no runnable example"
    assert any(f" {name}" in example.command for example in page.examples), f"no example runs {name}"
    for file, content in page.files.items():
        (tmp_path / file).write_text(content)
    monkeypatch.chdir(tmp_path)
    fix_width(monkeypatch)
    for example in page.examples:
        assert run_example(example) == (example.status, example.printed), example.command


def fix_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tables be as wide as the pages say, whatever terminal runs the tests."""
    from plumbline.cli import answers, spreadsheet

    monkeypatch.setitem(os.environ, "COLUMNS", str(WIDTH))
    for console in (answers.output, spreadsheet.errors):
        monkeypatch.setattr(console, "_width", WIDTH)


def test_there_are_pages() -> None:
    assert {"grade", "rollup", "payout", "due-week", "anonymity", "linter"} <= set(pages())


def test_the_runner_sees_files_and_commands() -> None:
    page = read_page(
        "```csv file=a.csv\nid\n1\n```\ntext\n```console exit=2\n$ plumbline a\nx\n$ plumbline b\n```\n"
    )
    assert page.files == {"a.csv": "id\n1\n"}
    assert page.examples == [
        Example(command="plumbline a", status=2, printed="x\n"),
        Example(command="plumbline b", status=2, printed=""),
    ]


@pytest.mark.parametrize(
    "text",
    ["```console\nplumbline a\n```\n", "```csv file=../a\n```\n", "```csv file=a\n```\n```csv file=a\n```\n"],
)
def test_a_page_that_cannot_run_is_an_error(text: str) -> None:
    with pytest.raises(ValueError):
        read_page(text)
