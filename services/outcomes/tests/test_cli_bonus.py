"""The commands for bonuses and for the vesting of shares: what they print and what they refuse."""

import pytest
from commands import answer, run

BONUS = (
    "employee_id,base,currency,target_percent,individual,team,team_met\njane,182000.00,USD,15,1.25,1.1,1\n"
)


def test_a_bonus_is_base_times_target_times_multiplier() -> None:
    got = answer(run("calc", "bonus", "-", "--json", given=BONUS))
    assert got["rule_version"] == "bonus.1"
    result = got["results"][0]
    assert (result["multiplier_exact"], result["multiplier"], result["bonus"]) == (
        "241/200",
        "1.205",
        "32896.50",
    )


def test_bonus_weights_are_shares_of_one_or_percentages_of_a_hundred() -> None:
    shares = run("calc", "bonus", "-", "--weight-individual", "0.6", "--weight-team", "0.4", given=BONUS)
    percent = run("calc", "bonus", "-", "--weight-individual", "60", "--weight-team", "40", given=BONUS)
    assert shares.exit_code == 0
    assert shares.stdout == percent.stdout
    wrong = run("calc", "bonus", "-", "--weight-individual", "0.6", "--weight-team", "0.5", given=BONUS)
    assert wrong.exit_code == 2
    assert "sum to 1" in wrong.stderr


def test_a_bonus_is_capped() -> None:
    got = answer(run("calc", "bonus", "-", "--cap", "1.1", "--json", given=BONUS))
    assert got["results"][0]["multiplier_exact"] == "11/10"


@pytest.mark.parametrize(("old", "new"), [(",1\n", ",yes\n"), ("182000.00", "182000.001"), ("1.25", "-1")])
def test_a_bad_bonus_cell_is_refused(old: str, new: str) -> None:
    assert run("calc", "bonus", "-", "--json", given=BONUS.replace(old, new)).exit_code == 2


def test_3000_shares_vest_in_16_parts() -> None:
    got = answer(run("calc", "vesting", "--shares", "3000", "--parts", "16", "--json"))
    assert got == {"rule_version": "vesting.1", "parts": [187, 188] * 8, "total": 3000}
    shown = run("calc", "vesting", "--shares", "10", "--parts", "3")
    assert "3 parts sum to 10 shares" in shown.stdout
    assert run("calc", "vesting", "--shares", "-1", "--parts", "3").exit_code == 2
    assert run("calc", "vesting", "--shares", "1", "--parts", "0").exit_code == 2
