"""The commands over managers: spreadsheets in, the documented keys out, bad cells refused."""

import json
from pathlib import Path

import pytest
from typer.testing import Result

from calibration.inbound.cli_managers import register_managers
from plumbline_local.testing_commands import run_commands


def run(folder: Path, text: str, *arguments: str) -> Result:
    file = folder / "input.csv"
    file.write_text(text, encoding="utf-8")
    command, *options = arguments
    return run_commands(register_managers, "calc", command, str(file), *options)


LENIENCY = "manager_id,rating\n" + "".join(
    f"{manager},{rating}\n"
    for manager, ratings in {"a": "334", "b": "32343", "c": "5545545", "d": "3323", "e": "343332"}.items()
    for rating in ratings
)


def test_leniency_answers_with_the_documented_keys(tmp_path: Path) -> None:
    result = run(tmp_path, LENIENCY, "leniency", "--json")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert {"mu", "msw", "tau2", "n0", "managers", "detectable", "rule_version"} <= answer.keys()
    keys = {"manager_id", "n", "mean", "shrinkage", "estimate", "standard_error"}
    assert all(keys <= manager.keys() for manager in answer["managers"])
    assert answer["n0_exact"] == "49/10"
    assert answer["n0"] == "4.9"
    assert [manager["manager_id"] for manager in answer["managers"] if manager["flag"]] == ["c"]
    assert "cannot separate a lenient manager from a strong team" in answer["sentence"]


def test_leniency_prints_a_table_with_the_limitation(tmp_path: Path) -> None:
    result = run(tmp_path, LENIENCY, "leniency")
    assert result.exit_code == 0
    assert "Leniency" in result.stdout
    assert "lenient manager" in " ".join(result.stdout.split())


def test_leniency_on_too_few_managers_says_why(tmp_path: Path) -> None:
    answer = json.loads(run(tmp_path, "manager_id,rating\na,3\na,4\na,3\n", "leniency", "--json").stdout)
    assert answer["state"] == "insufficient_data"
    assert answer["mu"] is None
    assert answer["reason"] == "1 managers have 3 or more rated people; 5 are needed"


def test_leniency_can_expect_what_attainment_gives(tmp_path: Path) -> None:
    lines = [f"m{index % 5},{1 + index % 5},{(1 + index % 5) / 4}" for index in range(20)]
    text = "manager_id,rating,attainment\n" + "\n".join(lines)
    plain = json.loads(run(tmp_path, text, "leniency", "--json").stdout)
    adjusted = json.loads(run(tmp_path, text, "leniency", "--json", "--on-attainment").stdout)
    assert plain["mu"] is None
    assert plain["n0"] == "4"
    assert adjusted["msb"] == "0"


def test_leniency_refuses_every_bad_cell(tmp_path: Path) -> None:
    result = run(tmp_path, "manager_id,rating\n,3\nb,six\nc,7\n", "leniency", "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert [f"line {line}" in result.stderr for line in (2, 3, 4)] == [True] * 3


@pytest.mark.parametrize(
    ("arguments", "column"), [(["leniency"], "expected"), (["leniency", "--on-attainment"], "attainment")]
)
def test_a_half_filled_column_is_refused(tmp_path: Path, arguments: list[str], column: str) -> None:
    result = run(tmp_path, f"manager_id,rating,{column}\na,3,3\na,4,\n", *arguments)
    assert result.exit_code == 2
    assert f"line 3, column {column}" in result.stderr


DRIFT = "manager_id,cycle,rating\n" + "".join(
    f"{manager},{cycle},{rating}\n"
    for cycle, manager, ratings in [("Q1", "ann", "23334"), ("Q2", "ann", "44455"), ("Q2", "eve", "33")]
    for rating in ratings
)


def test_drift_answers_with_z_and_flag(tmp_path: Path) -> None:
    answer = json.loads(run(tmp_path, DRIFT, "drift", "--json").stdout)
    ann, eve = answer["managers"]
    assert answer["cycles"] == ["Q1", "Q2"]
    assert ann["shift_exact"] == "7/5"
    assert ann["flag"] is True
    assert float(ann["z"]) > 2.58
    assert (eve["z"], eve["flag"], eve["state"]) == (None, False, "insufficient_data")


def test_drift_prints_a_table(tmp_path: Path) -> None:
    result = run(tmp_path, DRIFT, "drift")
    assert result.exit_code == 0
    assert "|z| above 2.58: ann." in " ".join(result.stdout.split())


def test_drift_refuses_one_cycle(tmp_path: Path) -> None:
    result = run(tmp_path, "manager_id,cycle,rating\na,Q1,3\n", "drift", "--json")
    assert result.exit_code == 2
    assert "exactly two different cycles" in result.stderr


INFLUENCE = """proposal_id,proposer,accepted,own_report,shift,new_evidence,position
1,ann,1,1,1,0,1
2,ann,1,1,2,1,2
3,ann,1,0,-1,0,3
4,bob,0,1,1,0,4
5,bob,1,0,-1,1,5
6,eve,0,0,-1,0,6
"""


def test_influence_answers_with_the_documented_keys(tmp_path: Path) -> None:
    answer = json.loads(run(tmp_path, INFLUENCE, "influence", "--json").stdout)
    ann = answer["participants"][0]
    assert (ann["proposer"], ann["proposed"], ann["accepted"]) == ("ann", 3, 3)
    assert (ann["p_exact"], ann["p_value"]) == ("1/5", "0.2")
    assert ann["acceptance_shrunken_exact"] == "17/21"
    assert ann["shift_own_minus_others"] == "2.5"
    assert ann["share_without_evidence"] == "0.5"
    assert float(answer["order_tau_b"]) < 0
    assert 0 < float(answer["order_p_value"]) < 1


def test_a_space_after_the_comma_changes_nothing(tmp_path: Path) -> None:
    spaced = run(tmp_path, INFLUENCE.replace(",", ", "), "influence", "--json")
    assert spaced.exit_code == 0, spaced.stderr
    assert spaced.stdout == run(tmp_path, INFLUENCE, "influence", "--json").stdout


def test_influence_prints_a_table(tmp_path: Path) -> None:
    result = run(tmp_path, INFLUENCE, "influence")
    assert result.exit_code == 0
    assert "4 of 6 proposals were accepted" in " ".join(result.stdout.split())


def test_influence_refuses_what_is_neither_0_nor_1_and_a_repeated_proposal(tmp_path: Path) -> None:
    text = INFLUENCE.replace("1,ann,1,1,1,0,1", "1,ann,yes,1,9,0,0") + "2,eve,0,0,-1,0,7\n"
    result = run(tmp_path, text, "influence")
    assert result.exit_code == 2
    for place in ("line 2, column accepted", "line 2, column shift", "line 2, column position", "line 8"):
        assert place in result.stderr
