"""The demo on a real stack: what its report says, against numbers worked out from the files alone."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from collector import causes
from collector import place as place_of
from headers import faults_of
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from personal import PERSON_ID, Personal
from played import Report, play
from recorded import Recorded, recording

from plumbline.contracts.calibration import RatingsFinalizedV1
from plumbline_local.demo.setup import choose_script

ROOT = Path(__file__).resolve().parents[2]
SERVICES = frozenset({"people", "goals", "feedback", "reviews", "calibration", "outcomes"})


@pytest.fixture(scope="module")
def recorded() -> Iterator[Recorded]:
    with recording() as recorded:
        yield recorded


@pytest.fixture(scope="module")
def report(test_servers: Path, recorded: Recorded) -> Report:
    del recorded
    return play(choose_script(None, None), quarters=2, seed=7, servers=test_servers)


@pytest.fixture(scope="module")
def quarter(report: Report) -> Report:
    """The quarter with merit, which follows the one without."""
    _, last = report["quarters"]
    return last


@pytest.fixture(scope="module")
def before(report: Report) -> Report:
    """The quarter without merit."""
    first, _ = report["quarters"]
    return first


@pytest.fixture(scope="module")
def engineers() -> list[dict[str, str]]:
    """The rows of the people who are rated: the scenario's organization without the one at its top."""
    with (ROOT / "docs/examples/people.csv").open() as file:
        return [row for row in csv.DictReader(file) if row["division"] == "Engineering"]


def counts_of(quarter: Report) -> dict[tuple[str, str], int]:
    return {(row["outcome"], row["state"]): row["count"] for row in quarter["outcomes"]["counts"]}


def test_the_report_is_the_same_whenever_it_is_read(report: Report, recorded: Recorded) -> None:
    read = {name: found for name, found in report.items() if name != "timings"}
    assert json.loads(json.dumps(recorded.read_before)) == read


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
    case = {name: jane["promotion_case"][name] for name in ("state", "from_level", "target_level")}
    assert case == {"state": "deferred", "from_level": "L4", "target_level": "L5"}
    assert "is set for Q1" in jane["promotion_case"]["reasons"]
    assert jane["assignment"]["text"] == "Architecture owner for the payments domain"
    (received,) = jane["payroll_received"]
    assert (received["previous_salary"], received["salary"]) == ("182000.00", "194740.00")


def test_two_quarters_are_played_and_only_the_last_pays_merit(before: Report, quarter: Report) -> None:
    played = [(each["name"], each["merit"], each["pay"] is not None) for each in (before, quarter)]
    assert played == [("Q3 2026", False, False), ("Q4 2026", True, True)]


def test_a_quarter_without_merit_shows_nothing_of_the_next_quarters_pay(before: Report) -> None:
    jane = before["jane"]
    assert (jane["rating"], jane["acknowledged"]) == ("4", True)
    assert (jane["merit"], jane["payroll_received"]) == ([], [])
    assert jane["assignment"]["text"] == "Architecture owner for the payments domain"


def test_a_quarter_without_merit_rates_everybody_and_leads_to_plans_and_no_pip(
    before: Report, engineers: list[dict[str, str]]
) -> None:
    found, counts = before["distribution"], counts_of(before)
    assert found["people"] == len(engineers)
    final = {row["rating"]: row["final"] for row in found["ratings"]}
    assert final == {"5": 4, "4": 12, "3": 28, "2": 6, "1": 0}
    assert counts["development_plan (growth)", "active"] == 28
    assert counts["development_plan (ninety_day)", "active"] == 6
    assert before["outcomes"]["pips"] == []
    assert before["criteria_summary"]["missed"] == 0
    assert before["goals"]["mid_cycle"]["key_results"] == 6 * len(engineers)


def test_every_rating_leads_to_what_the_scenario_says(quarter: Report) -> None:
    found = counts_of(quarter)
    assert found["equity", "granted"] == found["assignment (stretch_assignment)", "offered"] == 4 + 12
    assert found["development_plan (growth)", "active"] == 27
    # Five people rated 2, and the one whose PIP the gate refused.
    assert found["development_plan (ninety_day)", "active"] == 5 + 1
    assert quarter["outcomes"]["waiting"] == 0


def test_one_pip_is_allowed_and_one_refused_for_want_of_evidence(quarter: Report) -> None:
    pips = {pip["state"]: pip for pip in quarter["outcomes"]["pips"]}
    assert set(pips) == {"active", "refused"}
    assert (pips["active"]["missing"], pips["active"]["acknowledged"]) == ([], True)
    assert "two_contemporaneous_concerns" in pips["refused"]["missing"]


def test_plans_run_and_promotion_cases_are_decided_after_the_release(quarter: Report) -> None:
    found = quarter["outcomes"]["followed_up"]
    assert (found["plans_active"], found["plans"]) == (27 + 5 + 1, 27 + 5 + 1)
    assert found["promotion_cases"].keys() <= {"approved", "deferred"}
    assert found["promotion_cases_decided"] == sum(found["promotion_cases"].values()) >= 1


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
    # 5.5 % of the payroll is more than all guidelines together, and the report says so.
    assert Decimal(pool["guideline"]) < Decimal(pool["budget"])
    assert (pool["factor"], pool["binds"]) == ("1", False)
    assert pool["sharing"] == "the budget covers every guideline; factor 1"


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
    promotions = by_name["Promotion decisions documented with criteria"]
    assert promotions["met"] is True
    assert promotions["actual"].endswith(" decisions; 0 cases open")


def everything_said(recorded: Recorded) -> dict[str, str]:
    """Every log, every metric and every service's spans, by where they come from."""
    spans = {f"spans of {name}": "\n".join(found) for name, found in recorded.collector.texts.items()}
    return {**recorded.logs, **recorded.metrics, **spans}


def test_every_service_logs_answers_with_metrics_and_sends_a_span_for_every_request_and_what_it_consumes(
    report: Report, recorded: Recorded
) -> None:
    assert report["quarters"]
    assert {f"{name}.log" for name in SERVICES} <= set(recorded.logs)
    assert len(recorded.metrics) == 2 * len(SERVICES)
    collector = recorded.collector
    assert collector.refused == []
    served, consumed = (collector.of_kind(kind) for kind in (Span.SPAN_KIND_SERVER, Span.SPAN_KIND_CONSUMER))
    assert set(served) == {f"plumbline-{name}" for name in SERVICES}
    assert set(consumed) == set(served) - {"plumbline-people"}
    assert collector.named("plumbline-people", "POST /imports/people")
    # The last ones too, which leave while the processes stop.
    assert recorded.apis is not None
    assert sum(len(spans) for spans in served.values()) == recorded.apis.calls > 500


def test_no_log_no_metric_and_no_span_names_a_person_or_repeats_what_people_wrote_or_earn(
    report: Report, recorded: Recorded
) -> None:
    assert report["quarters"]
    personal = Personal.of(ROOT / "docs/examples/people.csv")
    for place, text in everything_said(recorded).items():
        assert text, place
        assert personal.found_in(text) == set(), place


def test_no_metric_and_no_span_has_somebodys_id(report: Report, recorded: Recorded) -> None:
    assert report["quarters"]
    said = {place: text for place, text in everything_said(recorded).items() if place not in recorded.logs}
    assert {
        place: set(PERSON_ID.findall(text)) for place, text in said.items() if PERSON_ID.search(text)
    } == {}


def test_a_trace_goes_on_from_the_request_that_finalizes_to_the_service_that_decides(
    report: Report, recorded: Recorded
) -> None:
    assert report["quarters"]
    requests = recorded.collector.named("plumbline-calibration", "POST /sessions/{session_id}/finalize")
    decided = recorded.collector.named("plumbline-outcomes", f"receive {RatingsFinalizedV1.TYPE}")
    assert len(requests) == 3 + 3
    assert {place_of(each) for each in requests} <= {cause for each in decided for cause in causes(each)}
    assert {each.trace_id for each in decided} <= {each.trace_id for each in requests}


def test_every_record_of_the_run_has_every_header(report: Report, recorded: Recorded) -> None:
    del report
    faults = Counter(
        (record.type, fault)
        for topic, records in recorded.records.items()
        for record in records
        for fault in faults_of(topic, record)
    )
    assert not faults
    assert {topic for topic, records in recorded.records.items() if not records} <= {
        "pm.people-leave.state.v1"
    }
    ids = [record.headers["ce_id"] for records in recorded.records.values() for record in records]
    assert len(ids) == len(set(ids)) > 1_000
