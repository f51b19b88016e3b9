"""The import commands against a people service that answers on a port."""

import asyncio
import csv
import json
import socket
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import uvicorn
from typer.testing import CliRunner, Result

from people.api import build
from people.settings import PeopleSettings
from plumbline.cli.main import build as build_command
from plumbline_local.testing import MakeDatabase
from plumbline_local.testing_services import local_settings

SAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "people.csv"
PAGE = SAMPLE.parents[1] / "import-people.md"
ELSEWHERE = {"PLUMBLINE_PEOPLE_URL": None, "PLUMBLINE_TOKEN": None}


@pytest_asyncio.fixture
async def stack(database: MakeDatabase, tmp_path: Path) -> AsyncIterator[Path]:
    """A running people api whose address stands in the state file of the folder that this returns."""
    settings = local_settings(PeopleSettings, database("people"), tmp_path)
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    (tmp_path / "state.json").write_text(json.dumps({"services": [{"name": "people", "url": url}]}))
    server = uvicorn.Server(uvicorn.Config(build(settings), log_config=None))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    yield tmp_path
    server.should_exit = True
    await serving


async def run(folder: Path, *arguments: str) -> Result:
    """Run ``plumbline import`` as a person would, in a thread, since the service runs in this loop."""
    runner = CliRunner()
    environment = {**ELSEWHERE, "PLUMBLINE_STATE": str(folder), "COLUMNS": "200"}
    return await asyncio.to_thread(runner.invoke, build_command(), ["import", *arguments], env=environment)


async def test_the_sample_organization_goes_in_whole(stack: Path) -> None:
    result = await run(stack, "people", str(SAMPLE), "--as-of", "2026-04-01", "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert (answer["as_of"], answer["accepted"], answer["rejected"]) == ("2026-04-01", 57, [])
    assert (answer["ignored_columns"], answer["missing_columns"]) == ([], [])


async def test_bad_rows_are_listed_and_leave_with_status_2_while_good_ones_are_stored(stack: Path) -> None:
    file = stack / "people.csv"
    file.write_text(SAMPLE.read_text().replace("182000", "182 000 EUR"))
    result = await run(stack, "people", str(file))
    assert result.exit_code == 2
    assert (
        "line 10, column salary: '182 000 EUR'. Write the amount in the currency of its row" in result.stderr
    )
    assert "Stored as of" in result.stdout
    assert result.stderr.splitlines()[-1] in PAGE.read_text()
    strict = await run(stack, "people", str(file), "--strict")
    assert (strict.exit_code, "this was a strict import, and a row is bad" in strict.stdout) == (2, True)
    assert "leave out --strict" in strict.stdout
    assert " ".join(strict.stdout.partition("Nothing was")[2].split()) in PAGE.read_text()


@pytest.mark.parametrize(
    ("arguments", "rows", "words"),
    [
        ((), "E1,,\n", "this import found no good row. Correct the listed rows (2 bad cells)"),
        (("--dry-run",), "E1,,\n", "this dry run found no good row. Correct the listed rows (2 bad cells)"),
        (("--strict", "--dry-run"), "E1,,\n", "this was a strict dry run, and a row is bad."),
        ((), "", "this import found no row in the file."),
    ],
)
async def test_a_file_without_a_good_row_says_why_nothing_was_stored_and_what_to_do(
    stack: Path, arguments: tuple[str, ...], rows: str, words: str
) -> None:
    file = stack / "people.csv"
    file.write_text("employee_id,name,hire_date\n" + rows)
    result = await run(stack, "people", str(file), "--division", "X", *arguments)
    assert "Refused" in result.stderr  # no department
    file.write_text("employee_id,name,department,hire_date\n" + rows.replace(",,", ",,y,"))
    result = await run(stack, "people", str(file), "--division", "X", *arguments)
    assert (result.exit_code, f"Nothing was stored: {words}" in result.stdout) == (2, True), result.output


async def test_a_dry_run_says_how_to_store_what_it_counted(stack: Path) -> None:
    result = await run(stack, "people", str(SAMPLE), "--dry-run")
    assert (result.exit_code, "Leave out --dry-run to store it." in result.stdout) == (0, True)


async def test_division_and_currency_of_everybody_reach_the_service(stack: Path) -> None:
    file = stack / "people.csv"
    file.write_text("employee_id,name,department,hire_date,salary\nE1,Jane,y,2020-01-01,100\n")
    refused = await run(stack, "people", str(file))
    assert (refused.exit_code, "say with --division NAME" in refused.stderr) == (2, True)
    result = await run(stack, "people", str(file), "--division", "Engineering", "--currency", "USD")
    assert (result.exit_code, "Stored as of" in result.stdout) == (0, True), result.output


async def test_an_older_file_is_refused_with_what_to_do(stack: Path) -> None:
    await run(stack, "people", str(SAMPLE), "--as-of", "2026-07-01")
    result = await run(stack, "people", str(SAMPLE), "--as-of", "2026-06-30")
    assert result.exit_code == 2
    assert "Refused (409)" in result.stderr
    assert "Export a file as of 2026-07-01 or later." in result.stderr


async def test_a_dry_run_and_a_snapshot_reach_the_service(stack: Path) -> None:
    await run(stack, "people", str(SAMPLE))
    short = stack / "short.csv"
    short.write_text("".join(SAMPLE.read_text().splitlines(keepends=True)[:-1]))
    for arguments, departed in ((("--snapshot", "--dry-run"), 1), (("--snapshot",), 1), (("--snapshot",), 0)):
        result = await run(stack, "people", str(short), *arguments, "--json")
        assert json.loads(result.stdout)["departed"] == departed, arguments


async def test_leave_goes_in(stack: Path) -> None:
    await run(stack, "people", str(SAMPLE))
    file = stack / "leave.csv"
    file.write_text(
        "employee_id,starts_on,ends_on,unpaid,protected\nE0101,2026-05-04,2026-05-29,true,false\n"
    )
    result = await run(stack, "leave", str(file), "--json")
    assert (result.exit_code, json.loads(result.stdout)["changed"]) == (0, 1)


@pytest.mark.parametrize("content", ["", '{"services": []}'])
def test_without_a_stack_the_command_says_how_to_get_one(tmp_path: Path, content: str) -> None:
    if content:
        (tmp_path / "state.json").write_text(content)
    environment = {**ELSEWHERE, "PLUMBLINE_STATE": str(tmp_path)}
    result = CliRunner().invoke(build_command(), ["import", "people", str(SAMPLE)], env=environment)
    assert (result.exit_code, "plumbline up" in result.stderr) == (1, True)


def test_in_the_sample_every_department_has_groups_that_checks_can_compare() -> None:
    with SAMPLE.open(newline="") as file:
        engineers = [row for row in csv.DictReader(file) if row["division"] == "Engineering"]
    assert len(engineers) == 50
    genders = Counter((row["department"], row["gender"]) for row in engineers)
    newcomers = Counter(row["department"] for row in engineers if row["hire_date"] >= "2026")
    assert (len(genders), min(genders.values()), len(newcomers)) == (6, 7, 3)
    assert min(newcomers.values()) >= 5
    jane = next(row for row in engineers if row["name"] == "Jane Doe")
    assert (jane["level"], jane["salary"], jane["department"]) == ("L4", "182000", "Payments")
