"""The merit command: what it prints, what it refuses, and that a bad file writes nothing."""

import csv
import json
from pathlib import Path

import pytest
from commands import POLICY, answer, run
from typer.testing import Result

HEADER = "employee_id,level,location,salary,currency,rating,hire_date,unpaid_leave_days,protected_leave_days"
JANE = "jane,L4,Austin,182000.00,USD,4,2019-03-04,0,0"


def merit(rows: str, *options: str) -> Result:
    arguments = ("calc", "merit", "-", "--policy", POLICY, "--year", "2026", *options)
    return run(*arguments, given=f"{HEADER}\n{rows}\n")


def test_jane_receives_seven_percent_and_194740() -> None:
    got = answer(merit(JANE, "--json"))
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


def test_a_budget_is_spent_to_the_cent() -> None:
    rows = f"{JANE}\nomar,L3,Austin,168500.00,USD,5,2021-06-01,0,45"
    total = answer(merit(rows, "--json", "--budget", "20000.01"))["totals"][0]
    assert (total["budget"], total["award"], total["shortfall"]) == ("20000.01", "20000.01", "0.00")
    assert total["factor_exact"] == "247501/701000"
    by_percent = answer(merit(rows, "--json", "--budget-percent", "5.5"))["totals"][0]
    assert by_percent["budget"] == by_percent["award"] == "19277.50"


def test_a_budget_below_the_floors_is_refused_with_the_shortfall(tmp_path: Path) -> None:
    out = tmp_path / "awards.csv"
    result = merit(JANE, "--json", "--budget", "9099.99", "--out", str(out))
    assert result.exit_code == 2
    assert "shortfall 0.01 USD" in result.stderr
    got = json.loads(result.stdout)
    assert (got["totals"][0]["shortfall"], got["totals"][0]["award"]) == ("0.01", None)
    assert got["awards"][0]["award"] is None
    assert not out.exists()


def test_each_currency_is_a_pool_and_an_amount_serves_only_one() -> None:
    rows = f"{JANE}\nlena,L4,Berlin,100000,EUR,3,2020-01-01,0,0"
    totals = answer(merit(rows, "--json", "--budget-percent", "5"))["totals"]
    assert [(each["currency"], each["budget"]) for each in totals] == [("EUR", "5000.00"), ("USD", "9100.00")]
    refused = merit(rows, "--json", "--budget", "9000")
    assert refused.exit_code == 2
    assert "EUR, USD" in refused.stderr
    assert refused.stdout == ""


def test_awards_are_written_one_line_a_person(tmp_path: Path) -> None:
    out = tmp_path / "awards.csv"
    assert merit(JANE, "--out", str(out)).exit_code == 0
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["employee_id"], row["award"], row["eligible"]) for row in rows] == [
        ("jane", "12740.00", "true")
    ]
    assert rows[0]["steps"].endswith("new salary 182000.00 + 12740.00 / 1 = 194740.00")


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    result = merit(JANE, "--json", "--out", str(tmp_path / "nowhere" / "awards.csv"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--out" in result.stderr


def test_a_file_without_people_has_no_awards(tmp_path: Path) -> None:
    out = tmp_path / "awards.csv"
    got = answer(merit("", "--json", "--out", str(out)))
    assert (got["awards"], got["totals"]) == ([], [])
    assert out.read_text().startswith("employee_id,")
    assert merit("", "--budget", "1").exit_code == 2


def test_the_table_ends_with_the_sentence_that_says_what_it_means() -> None:
    result = merit(f"{JANE}\nlate,L4,Austin,150000,USD,3,2026-10-01,0,0")
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
    tmp_path: Path, row: str, column: str, value: str, allowed: str
) -> None:
    out = tmp_path / "awards.csv"
    result = merit(f"{JANE}\n{row}", "--json", "--out", str(out))
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"line 3, column {column}: {value!r} cannot be used" in result.stderr
    assert allowed in result.stderr
    assert not out.exists()


@pytest.mark.parametrize("fte", ["0", "1.01", "-0.5", "x"])
def test_an_fte_is_a_share_of_full_time(fte: str) -> None:
    options = ("calc", "merit", "-", "--policy", POLICY, "--year", "2026")
    assert run(*options, given=f"{HEADER},fte\n{JANE},{fte}\n").exit_code == 2
    assert run(*options, given=f"{HEADER},fte\n{JANE},\n").exit_code == 0


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--budget", "1", "--budget-percent", "1"), "either --budget or --budget-percent"),
        (("--budget", "1.005"), "at most 2 decimals"),
        (("--budget", "many"), "--budget: 'many' cannot be used"),
        (("--budget-percent", "-1"), "--budget-percent: '-1' cannot be used"),
    ],
)
def test_a_bad_budget_is_refused(options: tuple[str, ...], told: str) -> None:
    result = merit(JANE, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


def test_a_policy_without_merit_is_refused(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('version = "1"')
    result = run("calc", "merit", "-", "--policy", str(policy), "--year", "2026", given=f"{HEADER}\n{JANE}\n")
    assert result.exit_code == 2
    assert "a table [merit]" in result.stderr
