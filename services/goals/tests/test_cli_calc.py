"""The goals commands on a spreadsheet."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from goals.inbound.cli import register
from plumbline_local.testing_commands import run_commands

JANE = """\
id,kind,baseline,target,strict,actual,due_date,done_date
schema,binary,,1,false,1,2026-07-14,2026-07-14
isolation,binary,,1,false,1,2026-08-11,2026-08-18
load test,numeric,0,10,false,12,2026-08-25,2026-09-01
reviews,numeric,0,3,false,4,2026-09-29,2026-09-29
mentoring,numeric,0,1,false,1,2026-09-29,2026-09-29
blog post,numeric,0,1,false,1,2026-09-29,2026-09-29
"""


def run(*arguments: str, text: str | None = None) -> Result:
    return run_commands(register, "calc", *arguments, given=text)


def answer(*arguments: str, text: str | None = None) -> dict[str, Any]:
    result = run(*arguments, "--json", text=text)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_jane_does_six_rows_are_graded_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "goals.csv"
    file.write_text(JANE)
    results = answer("grade", str(file))["results"]
    grades = [(each["score_exact"], each["grade"]) for each in results]
    assert grades == [
        ("1", "Met"),
        ("9/10", "Mostly Met"),
        ("11/10", "Exceeded"),
        ("4/3", "Exceeded"),
        ("1", "Met"),
        ("1", "Met"),
    ]
    assert results[3] == {
        "id": "reviews",
        "attainment_exact": "4/3",
        "attainment": "1.33333333333",
        "weeks_late": 0,
        "score_exact": "4/3",
        "score": "1.33333333333",
        "grade": "Exceeded",
    }


def test_delimiter_mark_order_and_unknown_columns_do_not_matter() -> None:
    text = "﻿actual;id;note;kind;target\n99,9;a;x;availability;99.9\n".replace("99,9", "99.9")
    result = run("grade", "-", "--json", text=text)
    assert json.loads(result.stdout)["results"][0]["attainment_exact"] == "1"
    assert result.stderr == "Ignored columns: note\n"


def test_every_bad_cell_is_listed_and_nothing_is_written() -> None:
    text = (
        "id,kind,baseline,target,actual,due_date,done_date,strict\n"
        ",numeric,,x,1e3,2026-02-30,,maybe\n"
        "b,binary,,,2,,,\n"
        "c,availability,,101,-1,,,\n"
        "d,binary,,,1,2026-01-01,,\n"
        "d,other,1,2,3,,,\n"
    )
    result = run("grade", "-", "--json", text=text)
    assert (result.exit_code, result.stdout) == (2, "")
    places = [each.split(":")[0] for each in result.stderr.splitlines()]
    assert places == [
        *[f"line 2, column {name}" for name in ("id", "baseline", "target", "strict", "actual", "due_date")],
        "line 3, column actual",
        *[f"line 4, column {name}" for name in ("target", "actual")],
        "line 5, column done_date",
        *[f"line 6, column {name}" for name in ("kind", "id")],
    ]
    assert "'1e3' cannot be used; allowed: a plain decimal number" in result.stderr


def test_unfinished_results_are_late_to_the_cycles_end() -> None:
    text = "id,kind,actual,due_date\na,binary,1,2026-09-22\n"
    result = answer("grade", "-", "--cycle-end", "2026-09-30", text=text)["results"][0]
    assert (result["weeks_late"], result["score_exact"]) == (2, "4/5")


def test_missing_columns_are_named() -> None:
    result = run("grade", "-", text="id,kind\na,binary\n")
    assert result.exit_code == 2
    assert "column actual is missing" in result.stderr


@pytest.mark.parametrize("arguments", [("grade", "absent.csv"), ("grade", "-", "--cycle-end", "soon")])
def test_what_cannot_be_read_leaves_with_status_two(arguments: tuple[str, ...]) -> None:
    result = run(*arguments, text=JANE)
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_readable_table_ends_with_the_sentence_that_says_what_it_means() -> None:
    result = run("grade", "-", text=JANE)
    assert "Mostly Met" in result.stdout
    assert " ".join(result.stdout.split()).endswith("beside the person's own grade and never instead of it.")


ROLLUP = "id,weight_percent,score,state\na,50,1.2,active\nb,30,0.9,active\nc,20,,cancelled\n"


def test_goals_roll_up_with_the_weights_used() -> None:
    assert answer("rollup", "-", text=ROLLUP) == {
        "rule_version": "goals-1",
        "score_exact": "87/80",
        "score": "1.0875",
        "weights_used": [
            {"id": "a", "weight_percent_exact": "125/2", "weight_percent": "62.5"},
            {"id": "b", "weight_percent_exact": "75/2", "weight_percent": "37.5"},
        ],
    }


def test_children_are_capped_on_request() -> None:
    assert answer("rollup", "-", "--cap", text=ROLLUP)["score_exact"] == "77/80"


@pytest.mark.parametrize(
    ("rows", "column"),
    [
        ("a,50,1,active\nb,49.99,1,active", "weight_percent"),
        ("a,100,1,cancelled", "state"),
        ("a,100,,active", "score"),
        ("a,100,-1,active", "score"),
        ("a,101,1,active", "weight_percent"),
        ("a,100,1,done", "state"),
        ("", "weight_percent"),
    ],
)
def test_goals_that_cannot_roll_up_are_refused_by_column(rows: str, column: str) -> None:
    result = run("rollup", "-", "--json", text=f"id,weight_percent,score,state\n{rows}\n")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"column {column}:" in result.stderr


def test_payouts_are_exact() -> None:
    text = "id,threshold,target,stretch,actual\nup,80,100,120,90\ndown,250,200,150,190\nbelow,80,100,120,1\n"
    results = answer("payout", "-", text=text)["results"]
    assert [(each["id"], each["multiplier_exact"]) for each in results] == [
        ("up", "3/4"),
        ("down", "11/10"),
        ("below", "0"),
    ]


def test_payout_steps_go_one_way() -> None:
    result = run("payout", "-", text="id,threshold,target,stretch,actual\na,80,70,120,90\n")
    assert result.exit_code == 2
    assert result.stderr.startswith("line 2, column stretch: '120' cannot be used")


def test_a_due_week_is_a_date() -> None:
    assert answer("due-week", "--start", "2026-07-01", "--week", "6")["date"] == "2026-08-11"
    assert "2026-08-11" in run("due-week", "--start", "2026-07-01", "--week", "6").stdout


@pytest.mark.parametrize(("start", "week"), [("1 July", "1"), ("2026-07-01", "0"), ("2026-07-01", "x")])
def test_an_impossible_due_week_leaves_with_status_two(start: str, week: str) -> None:
    result = run("due-week", "--start", start, "--week", week, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
