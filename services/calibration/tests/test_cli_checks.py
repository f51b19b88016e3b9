"""The commands guideline, checks and adjust, run in this process on files."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import Result

from calibration.inbound.cli import register
from plumbline_local.testing_commands import run_commands

HEADER = "employee_id,manager_id,team,level,gender,tenure_months,rating"


def calc(*arguments: str, given: str | None = None) -> Result:
    return run_commands(register, "calc", *arguments, given=given, columns=120)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Twelve women rated 2 or 3, twelve men rated 3 to 5, in one team of one manager."""
    women = [(f"W{i:02}", "F", 2 if i < 5 else 3) for i in range(12)]
    men = [(f"X{i:02}", "M", 3 if i < 3 else 4 if i < 10 else 5) for i in range(12)]
    lines = [f"{name},M1,T1,L3,{gender},24,{rating}" for name, gender, rating in women + men]
    file = tmp_path / "people.csv"
    file.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return file


def checks_of(result: Result) -> dict[tuple[str, str], dict[str, object]]:
    assert result.exit_code == 0, result.output
    return {(check["check"], check["subject"]): check for check in json.loads(result.stdout)["checks"]}


def test_the_guideline_for_fifty_people() -> None:
    result = calc("guideline", "--people", "50", "--json")
    answer = json.loads(result.stdout)
    assert answer["ranges"] == {"5": [3, 5], "4": [10, 15], "3": [25, 30], "2": [5, 7], "1": [0, 2]}
    assert (answer["feasible"], answer["reason"], answer["rule_version"]) == (True, None, "1")
    table = calc("guideline", "--people", "50").stdout
    assert all(text in table for text in ("3–5", "10–15", "25–30", "5–7", "0–2"))


def test_a_policy_file_changes_the_guideline(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    ranges = "\n".join(f'{rating} = ["20", "20"]' for rating in (5, 4, 3, 2, 1))
    file.write_text(f'version = "2027.1"\n[merit]\nx = 1\n[guideline]\n{ranges}\n', encoding="utf-8")
    answer = json.loads(calc("guideline", "--people", "10", "--policy", str(file), "--json").stdout)
    assert answer["ranges"]["3"] == [2, 2]
    assert answer["policy_version"] == "2027.1"


@pytest.mark.parametrize("bare", ["20", "20.0", "true"])
def test_a_percentage_that_is_not_text_is_refused(bare: str, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    ranges = "\n".join(f'{rating} = ["20", "20"]' for rating in (4, 3, 2, 1))
    file.write_text(f'version = "1"\n[guideline]\n5 = [{bare}, "20"]\n{ranges}\n', encoding="utf-8")
    result = calc("guideline", "--people", "10", "--policy", str(file))
    assert result.exit_code == 2
    assert (
        "guideline.5.0 cannot be used; allowed: a percentage from 0 to 100, written as text" in result.stderr
    )


def test_a_space_after_the_comma_changes_no_check(people: Path) -> None:
    text = people.read_text(encoding="utf-8")
    assert calc("checks", "-", "--json", given=text.replace(",", ", ")).stdout == (
        calc("checks", "-", "--json", given=text).stdout
    )


@pytest.mark.parametrize("day", ["20260701", "2026-W27-3", "2026-07-01T09:00"])
def test_a_day_is_written_as_year_month_day_and_in_no_other_way(day: str, people: Path) -> None:
    period = ("--period-start", day, "--period-end", "2026-09-30")
    assert calc("checks", str(people), *period).exit_code == 2
    dated = "".join(
        f"{line},{'evidence_dates' if place == 0 else day}\n"
        for place, line in enumerate(people.read_text(encoding="utf-8").splitlines())
    )
    refused = calc("checks", "-", given=dated)
    assert (refused.exit_code, "column evidence_dates" in refused.stderr) == (2, True)


def test_a_bad_policy_lists_every_bad_value(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(
        'version = "1"\n[guideline]\n5 = ["10", "x"]\n4 = ["20", "300"]\n3 = ["1", "2"]\n', encoding="utf-8"
    )
    result = calc("guideline", "--people", "10", "--policy", str(file))
    assert result.exit_code == 2
    assert result.stdout == ""
    for place in ("guideline.5.1", "guideline.4.1", "guideline.2", "guideline.1"):
        assert place in result.stderr


def test_percentages_as_numbers_or_the_wrong_way_round_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    rest = "".join(f'{rating} = ["20", "20"]\n' for rating in (4, 3, 2, 1))
    file.write_text(f'version = "1"\n[guideline]\n5 = [0.5, "10"]\n{rest}', encoding="utf-8")
    assert calc("guideline", "--people", "10", "--policy", str(file)).exit_code == 2
    file.write_text(f'version = "1"\n[guideline]\n5 = ["20", "10"]\n{rest}', encoding="utf-8")
    result = calc("guideline", "--people", "10", "--policy", str(file))
    assert result.exit_code == 2
    assert "lower percentage first, for rating 5" in result.stderr


def test_a_policy_that_is_not_toml_or_not_there_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    assert calc("guideline", "--people", "10", "--policy", str(file)).exit_code == 2
    file.write_text("version = ", encoding="utf-8")
    assert calc("guideline", "--people", "10", "--policy", str(file)).exit_code == 2
    assert calc("guideline", "--people", "0").exit_code == 2


def test_checks_answer_with_exact_fractions_beside_decimals(people: Path) -> None:
    rank = checks_of(calc("checks", str(people), "--json"))["gender_rank", "all"]
    assert rank["state"] == "flag"
    assert rank["n"] == {"F": 12, "M": 12}
    p_exact = Fraction(str(rank["p_exact"]))
    assert float(str(rank["p_value"])) == pytest.approx(float(p_exact), rel=1e-11)
    assert Fraction(str(rank["p_adjusted_exact"])) == 2 * p_exact
    effect = rank["effect"]
    assert isinstance(effect, dict)
    assert (effect["name"], effect["value_exact"]) == ("cliffs_delta", "-41/48")
    for key in ("check", "kind", "subject", "state", "statistic", "effect", "p_value", "p_exact", "p_mid", "p_adjusted",
                "n", "method", "method_version", "reason", "sentence", "unusual_in_fair"):  # fmt: skip
        assert key in rank


def test_checks_answer_carries_its_rule_version_and_what_was_checked(people: Path) -> None:
    answer = json.loads(calc("checks", str(people), "--json", "--on", "proposed").stdout)
    assert (answer["rule_version"], answer["on"]) == ("1", "proposed")
    assert {check["state"] for check in answer["checks"]} == {"insufficient_data"}


def test_the_top_box_shows_mid_p_and_the_four_fifths_ratio(people: Path) -> None:
    top = checks_of(calc("checks", str(people), "--json"))["gender_top_box", "all"]
    assert top["four_fifths"] == {
        "ratio": "0",
        "ratio_exact": "0",
        "below": True,
        "unusual_in_fair": top["four_fifths"]["unusual_in_fair"],  # type: ignore[index]  # JSON has no narrower type
        "unusual_in_fair_exact": top["four_fifths"]["unusual_in_fair_exact"],  # type: ignore[index]  # as above
    }
    assert Fraction(str(top["p_mid_exact"])) == Fraction(str(top["p_exact"])) / 2


def test_evidence_and_period_are_read(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    days = ";".join(f"2026-06-{day}" for day in range(20, 28))
    file.write_text(f"{HEADER},evidence_dates\nE1,M1,T1,L3,F,24,3,{days}\n", encoding="utf-8")
    answer = checks_of(
        calc("checks", str(file), "--period-start", "2026-04-01", "--period-end", "2026-06-30", "--json")
    )
    assert answer["recency", "E1"]["p_exact"] == str(Fraction(14, 91) ** 8)
    assert answer["recency", "E1"]["state"] == "flag"


@pytest.mark.parametrize("period", [("2026-04-01",), ("2026-06-30", "2026-04-01"), ("2026-04-01", "summer")])
def test_half_a_period_or_a_wrong_one_is_refused(people: Path, period: tuple[str, ...]) -> None:
    options = [
        part for pair in zip(("--period-start", "--period-end"), period, strict=False) for part in pair
    ]
    result = calc("checks", str(people), *options, "--json")
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_policy_sets_exceeds_and_minimum_service(people: Path, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text('version = "p7"\n[checks]\nexceeds = [4]\nminimum_service_days = 800\n', encoding="utf-8")
    answer = checks_of(calc("checks", str(people), "--policy", str(file), "--json"))
    assert answer["team_concentration", "T1"]["statistic_exact"] == "7/24"
    assert answer["tenure_correlation", "all"]["reason"] == "fewer than 5 people have 800 days of service"
    assert answer["gender_rank", "all"]["policy_version"] == "p7"


def test_every_bad_cell_is_listed_and_nothing_is_printed(tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    rows = ["E1,M1,T1,L3,F,24,6", "E2,M1,T1,L3,F,-1,3", ",M1,T1,L3,F,24,3.0", "E1,M1,T1,L3,F,,3"]
    file.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    result = calc("checks", str(file), "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    for place in (
        "line 2, column rating: '6'",
        "line 3, column tenure_months: '-1'",
        "line 4, column employee_id",
        "line 4, column rating: '3.0'",
    ):
        assert place in result.stderr


def test_repeated_people_and_bad_dates_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(
        f"{HEADER},evidence_dates\nE1,M,T,L,F,1,3,2026-02-30\nE2,M,T,L,F,1,3,\nE2,M,T,L,F,1,3,\n",
        encoding="utf-8",
    )
    result = calc("checks", str(file))
    assert result.exit_code == 2
    assert "line 2, column evidence_dates" in result.stderr
    assert "line 4, column employee_id" in result.stderr


def test_what_is_not_known_may_be_left_empty(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(f"{HEADER}\nE1,,,,,,3\n", encoding="utf-8")
    answer = checks_of(calc("checks", str(file), "--json"))
    assert answer["gender_rank", "all"]["reason"] == "no gender is recorded"
    assert answer["new_hires", "all"]["reason"] == "no tenure is recorded"


def test_the_table_shows_flags_one_by_one_and_counts_the_rest(people: Path) -> None:
    shown = calc("checks", str(people)).stdout
    assert "gender_rank" in shown
    assert "Every flag needs a named justification" in shown
    assert "1 case" in shown


def test_standard_input_any_delimiter_and_order_are_read() -> None:
    given = "p_value;name;extra\n0.01;a;x\n0.04;b;x\n0.03;c;x\n0.005;d;x\n"
    result = calc("adjust", "-", "--json", given=given)
    answer = json.loads(result.stdout)
    assert answer["alpha"] == "0.05"
    assert [r["holm_exact"] for r in answer["results"]] == ["3/100", "3/50", "3/50", "1/50"]
    assert [r["benjamini_hochberg_exact"] for r in answer["results"]] == ["1/50", "1/25", "1/25", "1/50"]
    assert [r["holm_rejected"] for r in answer["results"]] == [True, False, False, True]
    assert [r["benjamini_hochberg_rejected"] for r in answer["results"]] == [True] * 4
    assert "Ignored columns: extra" in result.stderr


def test_alpha_moves_the_rejections_and_is_checked() -> None:
    given = "name,p_value\na,0.01\nb,0.5\n"
    strict = json.loads(calc("adjust", "-", "--alpha", "0.01", "--json", given=given).stdout)
    assert [r["holm_rejected"] for r in strict["results"]] == [False, False]
    assert calc("adjust", "-", "--alpha", "5 %", given=given).exit_code == 2
    assert calc("adjust", "-", "--alpha", "1.5", given=given).exit_code == 2
    assert "Beyond chance by Holm at 0.05: a." in calc("adjust", "-", given=given).stdout


def test_a_p_value_that_is_no_probability_is_refused() -> None:
    result = calc("adjust", "-", given="name,p_value\na,1.2\nb,1e-3\nc,\n")
    assert result.exit_code == 2
    assert result.stderr.count("column p_value") == 3
