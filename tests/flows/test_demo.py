"""The demo on a real stack: what its report says, against numbers worked out from the files alone."""

import csv
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import pytest
from recorded import Recorded, recording
from rich.console import Console

from plumbline_local.demo import texts
from plumbline_local.demo.report import write_report
from plumbline_local.demo.run import run_demo
from plumbline_local.demo.setup import choose_script
from plumbline_local.testing import private_folder_in

ROOT = Path(__file__).resolve().parents[2]
Report = dict[str, Any]


@pytest.fixture(scope="module")
def recorded() -> Iterator[Recorded]:
    with recording() as recorded:
        yield recorded


@pytest.fixture(scope="module")
def report(test_servers: Path, recorded: Recorded) -> Iterator[Report]:
    del recorded
    with private_folder_in(test_servers) as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLUMBLINE_STATE", str(folder))
        found, timings = run_demo(
            choose_script(None, None), quarters=1, seed=7, console=Console(stderr=True, quiet=True)
        )
        assert list(folder.iterdir()) == []
        write_report(found, timings, folder / "report.json")
        yield json.loads((folder / "report.json").read_text())


@pytest.fixture(scope="module")
def quarter(report: Report) -> Report:
    (only,) = report["quarters"]
    return only


@pytest.fixture(scope="module")
def engineers() -> list[dict[str, str]]:
    """The rows of the people who are rated: the scenario's organization without the one at its top."""
    with (ROOT / "docs/examples/people.csv").open() as file:
        return [row for row in csv.DictReader(file) if row["division"] == "Engineering"]


def counts_of(quarter: Report) -> dict[tuple[str, str], int]:
    return {(row["outcome"], row["state"]): row["count"] for row in quarter["outcomes"]["counts"]}


def test_nothing_is_left_running(report: Report) -> None:
    assert report["timings"]
    assert [each.cmdline() for each in psutil.Process().children() if "demo-" in str(each.cmdline())] == []


def test_fifty_people_are_rated_inside_the_guideline(
    quarter: Report, engineers: list[dict[str, str]]
) -> None:
    found = quarter["distribution"]
    assert found["people"] == len(engineers) == 50
    assert {row["rating"]: row["final"] for row in found["ratings"]} == {
        "5": 4,
        "4": 12,
        "3": 27,
        "2": 5,
        "1": 2,
    }
    feasible = {row["rating"]: (row["feasible_low"], row["feasible_high"]) for row in found["ratings"]}
    assert feasible == {"5": (3, 5), "4": (10, 15), "3": (25, 30), "2": (5, 7), "1": (0, 2)}
    assert found["moves"]
    assert all(move["rationale"] and move["from"] != move["to"] for move in found["moves"])


def test_jane_gets_what_the_scenario_says(quarter: Report) -> None:
    jane = quarter["jane"]
    (merit,) = jane["merit"]
    assert (jane["name"], jane["level"], jane["rating"], jane["acknowledged"]) == (
        "Jane Doe",
        "L4",
        "4",
        True,
    )
    assert (merit["percent"], merit["salary"], merit["new_salary"]) == ("7", "182000.00", "194740.00")
    assert jane["equity_shares"] == 3000
    assert jane["promotion_case"] == {"state": "open", "from_level": "L4", "target_level": "L5"}
    assert jane["assignment"]["text"] == "Architecture owner for the payments domain"
    (received,) = jane["payroll_received"]
    assert (received["previous_salary"], received["salary"]) == ("182000.00", "194740.00")


def test_every_rating_leads_to_what_the_scenario_says(quarter: Report) -> None:
    found = counts_of(quarter)
    assert found["equity", "granted"] == found["assignment (stretch_assignment)", "offered"] == 4 + 12
    assert found["development_plan (growth)", "draft"] == 27
    # Five people rated 2, and the one whose PIP the gate refused.
    assert found["development_plan (ninety_day)", "draft"] == 5 + 1
    assert quarter["outcomes"]["waiting"] == 0


def test_one_pip_is_allowed_and_one_refused_for_want_of_evidence(quarter: Report) -> None:
    pips = {pip["state"]: pip for pip in quarter["outcomes"]["pips"]}
    assert set(pips) == {"proposed", "refused"}
    assert pips["proposed"]["missing"] == []
    assert "two_contemporaneous_concerns" in pips["refused"]["missing"]


def test_budget_and_spend_agree_with_the_files_and_with_payroll(
    quarter: Report, engineers: list[dict[str, str]]
) -> None:
    (pool,) = quarter["pay"]["pools"]
    payroll = sum((Decimal(row["salary"]) * Decimal(row["fte"]) for row in engineers), Decimal(0))
    assert Decimal(pool["budget"]) == (payroll * Decimal("0.055")).quantize(Decimal("0.01"))
    assert Decimal(pool["award"]) <= Decimal(pool["budget"])
    assert Decimal(pool["unspent"]) == Decimal(pool["budget"]) - Decimal(pool["award"])
    (check,) = quarter["pay"]["cross_checks"]
    assert check["sum_of_awards"] == check["sum_of_pay_changes"] == pool["award"]
    assert check["equal"] is True
    assert check["awards"] == check["pay_changes"] > 40


def test_the_middle_of_the_quarter_looks_as_the_scenario_expects(quarter: Report) -> None:
    found = quarter["goals"]["mid_cycle"]
    counts = {name: row["key_results"] for name, row in found["outcomes"].items() if row["key_results"]}
    # Six key results a person.
    assert found["key_results"] == 300
    assert counts == {"on_track_unchanged": 180, "adjusted": 75, "replaced": 30, "at_risk_with_plan": 15}
    cascade = quarter["goals"]["cascade"]
    assert Decimal(cascade["objectives_with_path"]) == Decimal(cascade["company_key_results_with_child"]) == 1


def test_five_checks_have_a_state_and_no_flag_is_left_without_justification(quarter: Report) -> None:
    assert len(quarter["checks"]) == 5
    assert all("flag" not in check["in_sessions"] for check in quarter["checks"])
    assert {check["state"] for check in quarter["checks"]} <= {
        "clear",
        "justified",
        "flag",
        "insufficient_data",
    }


def test_eight_criteria_have_target_actual_and_source(quarter: Report) -> None:
    criteria = quarter["criteria"]
    assert len(criteria) == 8
    assert all(each["target"] and each["actual"] and "GET " in each["source"] for each in criteria)
    by_name = {each["metric"]: each for each in criteria}
    assert by_name["On-time completion"]["actual"] == "100 of 100 assessments (100.0 %)"
    assert by_name["Calibration sessions held"]["actual"] == "3 of 3 departments"
    assert by_name["Development plans created"]["actual"] == "5 of 5 people rated 2"
    assert by_name["PIPs initiated with proper documentation"]["met"] is True


def written_by_people() -> set[str]:
    """Every sentence that somebody writes in the scenario."""
    found = [each for name in vars(texts) if name.isupper() for each in strings_in(getattr(texts, name))]
    return {each for each in found if len(each.split()) >= 4}


def strings_in(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for each in value.values() for text in strings_in(each)]
    if isinstance(value, (tuple, list, set, frozenset)):
        return [text for each in value for text in strings_in(each)]
    return []


def test_no_log_and_no_metric_names_a_person_or_repeats_what_people_wrote_or_earn(
    report: Report, recorded: Recorded
) -> None:
    assert report["quarters"]
    services = {"people", "goals", "feedback", "reviews", "calibration", "outcomes"}
    assert {f"{name}.log" for name in services} <= set(recorded.logs)
    assert len(recorded.metrics) == 2 * len(services)
    with (ROOT / "docs/examples/people.csv").open() as file:
        people = list(csv.DictReader(file))
    secrets = {row[column] for row in people for column in ("name", "email")} | written_by_people()
    assert len(secrets) > 2 * len(people)
    salaries = re.compile(
        r"(?<![\d.-])(" + "|".join({row["salary"] for row in people}) + r")(\.\d\d)?(?![\d-])"
    )
    for place, text in {**recorded.logs, **recorded.metrics}.items():
        assert text, place
        assert [secret for secret in secrets if secret in text] == [], place
        assert [found[0] for found in salaries.finditer(text)] == [], place


def test_no_metric_has_a_label_with_somebodys_id(report: Report, recorded: Recorded) -> None:
    assert report["quarters"]
    ids = re.compile(r"\bE\d{4}\b")
    assert {place: ids.findall(text) for place, text in recorded.metrics.items() if ids.search(text)} == {}
