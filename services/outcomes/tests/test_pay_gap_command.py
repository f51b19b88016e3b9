"""The pay-gap command: documented keys, a readable table, bad cells refused."""

import json
from pathlib import Path

from typer.testing import Result

from outcomes.inbound.cli_pay_gap import register_pay_gap
from plumbline_local.testing_commands import run_commands

HEADER = "employee_id,gender,level,location,salary,currency\n"
ROWS = [
    (gender, level, location, salary)
    for level, base in (("L1", 50000), ("L2", 70000))
    for location in ("Berlin", "Munich")
    for gender, step in (("F", 0), ("M", 4000))
    for salary in (base + step, base + step + 1000, base + step + 3000)
]
SHEET = HEADER + "".join(f"e{i},{g},{lv},{lo},{s}.00,EUR\n" for i, (g, lv, lo, s) in enumerate(ROWS))


def run(folder: Path, text: str, *options: str) -> Result:
    file = folder / "people.csv"
    file.write_text(text, encoding="utf-8")
    return run_commands(register_pay_gap, "calc", "pay-gap", str(file), *options)


def test_the_answer_has_the_documented_keys(tmp_path: Path) -> None:
    result = run(tmp_path, SHEET, "--json")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert answer["joint_assessment"] is True
    assert answer["rule_version"] == "pay-gap-1"
    (euro,) = answer["currencies"]
    assert (euro["women"], euro["men"]) == (12, 12)
    assert [level["level"] for level in euro["by_level"]] == ["L1", "L2"]
    assert (
        float(euro["adjusted_gap"]["low"])
        < float(euro["adjusted_gap"]["value"])
        < float(euro["adjusted_gap"]["high"])
    )


def test_the_gap_by_hand(tmp_path: Path) -> None:
    """Women's mean is 60,000 + 4,000/3, men's 4,000 more: 4000 / (64,000 + 4,000/3) = 3/49."""
    (euro,) = json.loads(run(tmp_path, SHEET, "--json").stdout)["currencies"]
    assert euro["raw_gap_exact"] == "3/49"
    assert euro["raw_gap"] == "0.0612244897959"
    assert euro["by_level"][0]["gap_exact"] == "6/83"


def test_without_json_a_table_says_what_it_means(tmp_path: Path) -> None:
    result = run(tmp_path, SHEET)
    assert result.exit_code == 0
    assert "women earn 6.1 % less than men on average" in " ".join(result.stdout.split())
    assert "Directive (EU) 2023/970" in " ".join(result.stdout.split())


def test_a_small_currency_is_not_shown(tmp_path: Path) -> None:
    text = SHEET + "x1,F,L1,Oslo,500000.00,NOK\nx2,M,L1,Oslo,510000.00,NOK\n"
    answer = json.loads(run(tmp_path, text, "--json").stdout)
    krone = answer["currencies"][1]
    assert (krone["state"], krone["women"], krone["raw_gap"], krone["by_level"]) == (
        "insufficient_data",
        None,
        None,
        [],
    )
    assert "NOK: fewer than 5 women" in " ".join(run(tmp_path, text).stdout.split())


def test_every_bad_cell_is_listed_and_nothing_is_written(tmp_path: Path) -> None:
    text = HEADER + "a,F,L1,x,0,EUR\nb,F,,x,10,EUR\nc,M,L1,x,1e5,EUR\nd,M,L1,x,10,euro\na,M,L1,x,10,EUR\n"
    result = run(tmp_path, text, "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    for place in (
        "line 2, column salary",
        "line 3, column level",
        "line 4, column salary",
        "line 5, column currency",
    ):
        assert place in result.stderr
