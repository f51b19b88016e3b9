"""The outcomes commands: what they print, what they refuse, and that a bad file writes nothing."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from outcomes.inbound.cli import register
from plumbline.cli.commands import Commands

POLICY = str(Path(__file__).parents[3] / "docs/examples/policy.toml")
HEADER = "employee_id,level,location,salary,currency,rating,hire_date,unpaid_leave_days,protected_leave_days"
JANE = "jane,L4,Austin,182000.00,USD,4,2019-03-04,0,0"


@pytest.fixture(scope="module")
def app() -> typer.Typer:
    commands = Commands(app=typer.Typer(), calc=typer.Typer(), imports=typer.Typer(), policy=typer.Typer())
    register(commands)
    commands.app.add_typer(commands.calc, name="calc")
    commands.app.add_typer(commands.policy, name="policy")
    return commands.app


def run(app: typer.Typer, *arguments: str, given: str | None = None) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, list(arguments), input=given)


def merit(app: typer.Typer, rows: str, *options: str) -> Result:
    arguments = ("calc", "merit", "-", "--policy", POLICY, "--year", "2026", *options)
    return run(app, *arguments, given=f"{HEADER}\n{rows}\n")


def answer(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_jane_receives_seven_percent_and_194740(app: typer.Typer) -> None:
    got = answer(merit(app, JANE, "--json"))
    assert (got["rule_version"], got["policy_version"]) == ("merit.1", "2026.1")
    jane = got["awards"][0]
    assert (jane["quartile"], jane["guideline_percent"], jane["new_salary"]) == (3, "7", "194740.00")
    assert (jane["compa_ratio"], jane["compa_ratio_exact"]) == ("1.01111111111", "91/90")
    assert (jane["proration_exact"], jane["penetration_exact"]) == ("1", "37/70")
    assert len(jane["steps"]) == 9
    assert got["totals"] == [
        {
            "currency": "USD",
            "people": 1,
            "eligible": 1,
            "guideline": "12740.00",
            "floor": "9100.00",
            "award": "12740.00",
            "base_increase": "12740.00",
            "lump_sum": "0.00",
            "budget": None,
            "shortfall": "0.00",
            "factor": "1",
            "factor_exact": "1",
        }
    ]


def test_a_budget_is_spent_to_the_cent(app: typer.Typer) -> None:
    rows = f"{JANE}\nomar,L3,Austin,168500.00,USD,5,2021-06-01,0,45"
    total = answer(merit(app, rows, "--json", "--budget", "20000.01"))["totals"][0]
    assert (total["budget"], total["award"], total["shortfall"]) == ("20000.01", "20000.01", "0.00")
    assert total["factor_exact"] == "247501/701000"
    by_percent = answer(merit(app, rows, "--json", "--budget-percent", "5.5"))["totals"][0]
    assert by_percent["budget"] == by_percent["award"] == "19277.50"


def test_a_budget_below_the_floors_is_refused_with_the_shortfall(app: typer.Typer, tmp_path: Path) -> None:
    out = tmp_path / "awards.csv"
    result = merit(app, JANE, "--json", "--budget", "9099.99", "--out", str(out))
    assert result.exit_code == 2
    assert "shortfall 0.01 USD" in result.stderr
    got = json.loads(result.stdout)
    assert (got["totals"][0]["shortfall"], got["totals"][0]["award"]) == ("0.01", None)
    assert got["awards"][0]["award"] is None
    assert not out.exists()


def test_each_currency_is_a_pool_and_an_amount_serves_only_one(app: typer.Typer) -> None:
    rows = f"{JANE}\nlena,L4,Berlin,100000,EUR,3,2020-01-01,0,0"
    totals = answer(merit(app, rows, "--json", "--budget-percent", "5"))["totals"]
    assert [(each["currency"], each["budget"]) for each in totals] == [("EUR", "5000.00"), ("USD", "9100.00")]
    refused = merit(app, rows, "--json", "--budget", "9000")
    assert refused.exit_code == 2
    assert "EUR, USD" in refused.stderr
    assert refused.stdout == ""


def test_awards_are_written_one_line_a_person(app: typer.Typer, tmp_path: Path) -> None:
    out = tmp_path / "awards.csv"
    assert merit(app, JANE, "--out", str(out)).exit_code == 0
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["employee_id"], row["award"], row["eligible"]) for row in rows] == [
        ("jane", "12740.00", "true")
    ]
    assert rows[0]["steps"].endswith("new salary 182000.00 + 12740.00 / 1 = 194740.00")


def test_a_file_that_cannot_be_written_is_refused(app: typer.Typer, tmp_path: Path) -> None:
    result = merit(app, JANE, "--json", "--out", str(tmp_path / "nowhere" / "awards.csv"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--out" in result.stderr


def test_a_file_without_people_has_no_awards(app: typer.Typer, tmp_path: Path) -> None:
    out = tmp_path / "awards.csv"
    got = answer(merit(app, "", "--json", "--out", str(out)))
    assert (got["awards"], got["totals"]) == ([], [])
    assert out.read_text().startswith("employee_id,")
    assert merit(app, "", "--budget", "1").exit_code == 2


def test_the_table_ends_with_the_sentence_that_says_what_it_means(app: typer.Typer) -> None:
    result = merit(app, f"{JANE}\nlate,L4,Austin,150000,USD,3,2026-10-01,0,0")
    assert result.exit_code == 0
    assert "194740.00" in result.stdout
    assert "1 of 2 people are eligible; without a budget everyone receives the guideline" in result.stdout


@pytest.mark.parametrize(
    ("row", "column", "value", "allowed"),
    [
        (",L4,A,1,USD,4,2019-03-04,0,0", "employee_id", "", "at least 1 character"),
        ("j,L4,A,182000.005,USD,4,2019-03-04,0,0", "salary", "182000.005", "at most 2 decimals, as USD has"),
        ("j,L4,A,-1,USD,4,2019-03-04,0,0", "salary", "-1", "a decimal number from 0 on"),
        ("j,L4,A,1,usd,4,2019-03-04,0,0", "currency", "usd", "an ISO 4217 currency code"),
        ("j,L4,A,1,USD,6,2019-03-04,0,0", "rating", "6", "a rating from 1 to 5"),
        ("j,L4,A,1,USD,0,2019-03-04,0,0", "rating", "0", "a rating from 1 to 5"),
        ("j,L4,A,1,USD,4,45000,0,0", "hire_date", "45000", "a date as YYYY-MM-DD"),
        ("j,L4,A,1,USD,4,20190304,0,0", "hire_date", "20190304", "a date as YYYY-MM-DD"),
        ("j,L4,A,1,USD,4,2019-W10-1,0,0", "hire_date", "2019-W10-1", "a date as YYYY-MM-DD"),
        (
            "j,L4,A,1,USD,4,2019-03-04,1.5,0",
            "unpaid_leave_days",
            "1.5",
            "a whole number of days from 0 to 366",
        ),
        ("j,L4,A,1,USD,4,2019-03-04,0,367", "protected_leave_days", "367", "from 0 to 366"),
        ("j,L9,A,1,USD,4,2019-03-04,0,0", "level", "L9, A, USD", "the policy has a salary range"),
    ],
)
def test_a_bad_cell_is_listed_and_nothing_is_written(
    app: typer.Typer, tmp_path: Path, row: str, column: str, value: str, allowed: str
) -> None:
    out = tmp_path / "awards.csv"
    result = merit(app, f"{JANE}\n{row}", "--json", "--out", str(out))
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"line 3, column {column}: {value!r} cannot be used" in result.stderr
    assert allowed in result.stderr
    assert not out.exists()


@pytest.mark.parametrize("fte", ["0", "1.01", "-0.5", "x"])
def test_an_fte_is_a_share_of_full_time(app: typer.Typer, fte: str) -> None:
    options = ("calc", "merit", "-", "--policy", POLICY, "--year", "2026")
    assert run(app, *options, given=f"{HEADER},fte\n{JANE},{fte}\n").exit_code == 2
    assert run(app, *options, given=f"{HEADER},fte\n{JANE},\n").exit_code == 0


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--budget", "1", "--budget-percent", "1"), "either --budget or --budget-percent"),
        (("--budget", "1.005"), "at most 2 decimals"),
        (("--budget", "many"), "--budget: 'many' cannot be used"),
        (("--budget-percent", "-1"), "--budget-percent: '-1' cannot be used"),
    ],
)
def test_a_bad_budget_is_refused(app: typer.Typer, options: tuple[str, ...], told: str) -> None:
    result = merit(app, JANE, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


def test_a_policy_without_merit_is_refused(app: typer.Typer, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('version = "1"')
    result = run(
        app, "calc", "merit", "-", "--policy", str(policy), "--year", "2026", given=f"{HEADER}\n{JANE}\n"
    )
    assert result.exit_code == 2
    assert "a table [merit]" in result.stderr


BONUS = (
    "employee_id,base,currency,target_percent,individual,team,team_met\njane,182000.00,USD,15,1.25,1.1,1\n"
)


def test_a_bonus_is_base_times_target_times_multiplier(app: typer.Typer) -> None:
    got = answer(run(app, "calc", "bonus", "-", "--json", given=BONUS))
    assert got["rule_version"] == "bonus.1"
    result = got["results"][0]
    assert (result["multiplier_exact"], result["multiplier"], result["bonus"]) == (
        "241/200",
        "1.205",
        "32896.50",
    )


def test_bonus_weights_are_shares_of_one_or_percentages_of_a_hundred(app: typer.Typer) -> None:
    shares = run(app, "calc", "bonus", "-", "--weight-individual", "0.6", "--weight-team", "0.4", given=BONUS)
    percent = run(app, "calc", "bonus", "-", "--weight-individual", "60", "--weight-team", "40", given=BONUS)
    assert shares.exit_code == 0
    assert shares.stdout == percent.stdout
    wrong = run(app, "calc", "bonus", "-", "--weight-individual", "0.6", "--weight-team", "0.5", given=BONUS)
    assert wrong.exit_code == 2
    assert "sum to 1" in wrong.stderr


def test_a_bonus_is_capped(app: typer.Typer) -> None:
    got = answer(run(app, "calc", "bonus", "-", "--cap", "1.1", "--json", given=BONUS))
    assert got["results"][0]["multiplier_exact"] == "11/10"


@pytest.mark.parametrize(("old", "new"), [(",1\n", ",yes\n"), ("182000.00", "182000.001"), ("1.25", "-1")])
def test_a_bad_bonus_cell_is_refused(app: typer.Typer, old: str, new: str) -> None:
    assert run(app, "calc", "bonus", "-", "--json", given=BONUS.replace(old, new)).exit_code == 2


def test_3000_shares_vest_in_16_parts(app: typer.Typer) -> None:
    got = answer(run(app, "calc", "vesting", "--shares", "3000", "--parts", "16", "--json"))
    assert got == {"rule_version": "vesting.1", "parts": [187, 188] * 8, "total": 3000}
    shown = run(app, "calc", "vesting", "--shares", "10", "--parts", "3")
    assert "3 parts sum to 10 shares" in shown.stdout
    assert run(app, "calc", "vesting", "--shares", "-1", "--parts", "3").exit_code == 2
    assert run(app, "calc", "vesting", "--shares", "1", "--parts", "0").exit_code == 2


def test_plan_dates_are_listed(app: typer.Typer) -> None:
    got = answer(run(app, "calc", "plan-dates", "--start", "2027-01-11", "--kind", "plan", "--json"))
    assert got["checkpoints"] == ["2027-02-10", "2027-03-12", "2027-04-11"]
    assert (got["end"], got["extension_end"]) == ("2027-04-11", "2027-06-10")
    pip = answer(run(app, "calc", "plan-dates", "--start", "2027-01-11", "--kind", "pip", "--json"))
    assert pip["checkpoint_days"] == [7, 14, 21, 28, 35, 42, 49, 56, 60]
    assert (pip["checkpoints"][-1], pip["end"], pip["extension_end"]) == ("2027-03-12", "2027-03-12", None)
    shown = run(app, "calc", "plan-dates", "--start", "2027-01-11", "--kind", "pip")
    assert "HR sets the length of an extension" in shown.stdout
    assert run(app, "calc", "plan-dates", "--start", "11.1.2027", "--kind", "pip").exit_code == 2
    assert run(app, "calc", "plan-dates", "--start", "2027-01-11", "--kind", "other").exit_code == 2


GATE = """employee_id;gap;occurred_on;recorded_on;delivered_on;acknowledged_on;resource_offered_on
sam;handovers;2026-09-01;2026-09-03;2026-09-04;2026-09-05;2026-09-10
sam;handovers;2026-09-22;2026-09-22;2026-09-23;2026-09-23;
pat;;;;;;
"""


def test_the_pip_gate_names_what_is_missing_and_cites_lines(app: typer.Typer) -> None:
    gate = ("calc", "pip-gate", "-", "--proposed-on", "2026-11-02", "--json")
    sam, pat = answer(run(app, *gate, "--hr-attested", given=GATE))["employees"]
    assert (sam["allowed"], sam["route"], sam["missing"]) == (True, "pip", [])
    assert sam["evidence"]["delivered_and_acknowledged"] == ["line 2", "line 3"]
    assert (pat["allowed"], pat["route"], len(pat["missing"])) == (False, "plan", 5)
    sam, _ = answer(run(app, *gate, given=GATE))["employees"]
    assert (sam["route"], sam["missing"]) == ("plan", ["hr_attestation"])
    late = run(app, *gate, "--hr-attested", "--cycle-start", "2026-09-15", given=GATE)
    assert answer(late)["employees"][0]["route"] == "plan"
    shown = run(app, *gate[:-1], "--hr-attested", given=GATE)
    assert "1 of 2 proposals may go ahead" in shown.stdout


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("2026-09-03", "2026-08-31", "recorded_on"),
        ("2026-09-04", "2026-08-31", "delivered_on"),
        ("2026-09-05", "2026-09-03", "acknowledged_on"),
        ("2026-09-10", "soon", "resource_offered_on"),
    ],
)
def test_dates_that_cannot_follow_each_other_are_refused(
    app: typer.Typer, old: str, new: str, column: str
) -> None:
    result = run(app, "calc", "pip-gate", "-", "--proposed-on", "2026-11-02", given=GATE.replace(old, new, 1))
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"line 2, column {column}: '{new}' cannot be used" in result.stderr


def test_a_policy_file_is_checked(app: typer.Typer, tmp_path: Path) -> None:
    assert "Version 2026.1 can be used" in run(app, "policy", "check", POLICY).stdout
    assert answer(run(app, "policy", "check", POLICY, "--json"))["ranges"] == 3
    bad = tmp_path / "bad.toml"
    bad.write_text('version = "1"\n[merit]\nhire_cut_off = "never"\n[goals]\n')
    result = run(app, "policy", "check", str(bad))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "merit.hire_cut_off: 'never' cannot be used; allowed: a month and day" in result.stderr
    assert "merit.matrix: allowed: a value; it is missing" in result.stderr
    assert run(app, "policy", "check", str(tmp_path / "none.toml")).exit_code == 2
    noticed = run(app, "policy", "check", "-", given='version = "1"\n[goals]\n')
    assert (noticed.exit_code, noticed.stderr) == (0, "Ignored tables: goals\n")


def test_the_schema_is_printed_as_json(app: typer.Typer) -> None:
    assert answer(run(app, "policy", "schema"))["title"] == "PolicyFile"
