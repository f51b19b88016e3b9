"""The commands for plans and PIPs: their days, and whether a proposal may go ahead."""

import pytest
from commands import answer, run


def test_plan_dates_are_listed() -> None:
    got = answer(run("calc", "plan-dates", "--start", "2027-01-11", "--kind", "plan", "--json"))
    assert got["checkpoints"] == ["2027-02-10", "2027-03-12", "2027-04-11"]
    assert (got["end"], got["extension_end"]) == ("2027-04-11", "2027-06-10")
    pip = answer(run("calc", "plan-dates", "--start", "2027-01-11", "--kind", "pip", "--json"))
    assert pip["checkpoint_days"] == [7, 14, 21, 28, 35, 42, 49, 56, 60]
    assert (pip["checkpoints"][-1], pip["end"], pip["extension_end"]) == ("2027-03-12", "2027-03-12", None)
    shown = run("calc", "plan-dates", "--start", "2027-01-11", "--kind", "pip")
    assert "HR sets the length of an extension" in shown.stdout
    assert run("calc", "plan-dates", "--start", "11.1.2027", "--kind", "pip").exit_code == 2
    assert run("calc", "plan-dates", "--start", "2027-01-11", "--kind", "other").exit_code == 2
    for kind, start in (("plan", "9999-12-01"), ("pip", "9999-11-02")):
        late = run("calc", "plan-dates", "--start", start, "--kind", kind)
        assert late.exit_code == 2
        assert late.stderr.startswith(f"--start: '{start}' cannot be used; allowed: a day whose plan ends")


GATE = """employee_id;gap;occurred_on;recorded_on;delivered_on;acknowledged_on;resource_offered_on
sam;handovers;2026-09-01;2026-09-03;2026-09-04;2026-09-05;2026-09-10
sam;handovers;2026-09-22;2026-09-22;2026-09-23;2026-09-23;
pat;;;;;;
"""


def test_the_pip_gate_names_what_is_missing_and_cites_lines() -> None:
    gate = ("calc", "pip-gate", "-", "--proposed-on", "2026-11-02", "--json")
    sam, pat = answer(run(*gate, "--hr-attested", given=GATE))["employees"]
    assert (sam["allowed"], sam["route"], sam["missing"]) == (True, "pip", [])
    assert sam["evidence"]["delivered_and_acknowledged"] == ["line 2", "line 3"]
    assert (pat["allowed"], pat["route"], len(pat["missing"])) == (False, "plan", 5)
    sam, _ = answer(run(*gate, given=GATE))["employees"]
    assert (sam["route"], sam["missing"]) == ("plan", ["hr_attestation"])
    late = run(*gate, "--hr-attested", "--cycle-start", "2026-09-15", given=GATE)
    assert answer(late)["employees"][0]["route"] == "plan"
    shown = run(*gate[:-1], "--hr-attested", given=GATE)
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
def test_dates_that_cannot_follow_each_other_are_refused(old: str, new: str, column: str) -> None:
    result = run("calc", "pip-gate", "-", "--proposed-on", "2026-11-02", given=GATE.replace(old, new, 1))
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"line 2, column {column}: '{new}' cannot be used" in result.stderr
