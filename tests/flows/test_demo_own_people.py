"""The demo on an export in which everybody with a role is rated too: nobody acts on the own case, and all count."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from played import Report, play

from plumbline_local.demo.setup import choose_script

EXAMPLES = Path(__file__).resolve().parents[2] / "docs/examples"


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    """Everybody but the one at the top, whom nobody rates."""
    with (EXAMPLES / "people.csv").open() as file:
        return [row for row in csv.DictReader(file) if row["manager_id"]]


@pytest.fixture(scope="module")
def report(test_servers: Path) -> Report:
    script = choose_script(EXAMPLES / "people.csv", EXAMPLES / "engineering-policy.toml")
    return play(script, quarters=1, seed=1, servers=test_servers)


@pytest.fixture(scope="module")
def quarter(report: Report) -> Report:
    [only] = report["quarters"]
    return only


def test_whoever_holds_a_role_is_rated_and_gets_somebody_beside_only_where_nobody_else_may(
    report: Report, rows: list[dict[str, str]]
) -> None:
    holders = {role for row in rows for role in row["roles"].split(";") if role}
    assert holders == {"hr_admin", "hr_partner:Engineering", "coordinator", "payroll", "auditor", "finance"}
    assert report["organization"]["rated"] == len(rows) == 56
    said = "\n".join(report["notes"])
    assert "stand-ins play them: hr_partner:People" in said
    assert "so stand-ins play them beside: auditor" in said


def test_everybody_has_goals_assessments_a_session_and_a_final_rating(
    quarter: Report, rows: list[dict[str, str]]
) -> None:
    assert quarter["goals"]["mid_cycle"]["key_results"] == 6 * len(rows)
    found, divisions = quarter["distribution"], Counter(row["division"] for row in rows)
    assert {name: each["people"] for name, each in found["divisions"].items()} == dict(divisions)
    for group in (found, *found["divisions"].values()):
        assert sum(row["final"] for row in group["ratings"]) == group["people"]
    assert found["people"] == len(rows)
    actual = {row["metric"]: row["actual"] for row in quarter["criteria"]}
    assert actual["On-time completion"] == f"{2 * len(rows)} of {2 * len(rows)} assessments (100.0 %)"
    assert actual["Calibration sessions held"] == "4 of 4 departments"


def test_every_rating_is_counted_in_the_outcomes(quarter: Report) -> None:
    final = {row["rating"]: row["final"] for row in quarter["distribution"]["ratings"]}
    counts = Counter[str]()
    for row in quarter["outcomes"]["counts"]:
        counts[row["outcome"]] += row["count"]
    assert counts["assignment (stretch_assignment)"] == counts["equity"] == final["5"] + final["4"]
    assert counts["development_plan (growth)"] == final["3"]
    assert counts["pip"] == final["1"]
    refused = sum(pip["state"] == "refused" for pip in quarter["outcomes"]["pips"])
    assert counts["development_plan (ninety_day)"] == final["2"] + refused
    assert quarter["outcomes"]["waiting"] == 0


def test_every_award_is_signed_by_somebody_else_and_reaches_payroll(
    quarter: Report, rows: list[dict[str, str]]
) -> None:
    pools = {pool["division"]: pool for pool in quarter["pay"]["pools"]}
    people = Counter(row["division"] for row in rows)
    assert {name: pool["people"] for name, pool in pools.items()} == dict(people)
    (check,) = quarter["pay"]["cross_checks"]
    assert check["awards"] == check["pay_changes"] > 45
    assert check["sum_of_awards"] == check["sum_of_pay_changes"]
    assert check["equal"] is True
