"""The demo on a made-up company's export: several divisions and currencies, and what real exports lack."""

from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from made_up_export import CURRENCIES, DIVISIONS, Company, Row
from played import Report, play
from staff import employed, roster_of

from plumbline_local.demo.roster import MANY
from plumbline_local.demo.setup import choose_script

# Enough for managers to send lists, and for bad rows, leavers and people on leave.
PEOPLE = 200
UNPAID = 2
# A pool in which the guidelines ask for more than the budget.
LEAN = ("Sales", "USD")
Pool = tuple[str, str]


@pytest.fixture(scope="module")
def company() -> Company:
    return Company(people=PEOPLE, seed=5, unpaid=UNPAID, lean=LEAN)


@pytest.fixture(scope="module")
def report(test_servers: Path, tmp_path_factory: pytest.TempPathFactory, company: Company) -> Report:
    people, policy = company.write(tmp_path_factory.mktemp("company"))
    return play(choose_script(people, policy), quarters=1, seed=11, servers=test_servers)


@pytest.fixture(scope="module")
def quarter(report: Report) -> Report:
    [only] = report["quarters"]
    return only


def pools_of(company: Company) -> dict[Pool, list[Row]]:
    found: defaultdict[Pool, list[Row]] = defaultdict(list)
    for row in paid(company):
        found[row["division"], row["currency"]].append(row)
    return dict(found)


def paid(company: Company) -> list[Row]:
    return [row for row in company.rated if row["salary"]]


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def test_everybody_of_the_file_is_rated_but_those_who_cannot_be(report: Report, company: Company) -> None:
    found = report["organization"]
    bad = [row for row in company.rows if row["hire_date"] == "soon"]
    assert len(bad) == found["rejected_rows"] == 1
    assert found["people"] == PEOPLE - len(bad)
    assert found["rated"] == len(company.rated) > MANY
    assert found["divisions"] == sorted(DIVISIONS)
    assert {row["currency"] for row in paid(company)} == set(CURRENCIES.values())
    assert len(paid(company)) == len(company.rated) - UNPAID


def test_what_the_file_lacks_is_said_and_not_made_up(report: Report, company: Company) -> None:
    untold = sum(row["gender"] == "" for row in company.rated)
    states = Counter(row["status"] for row in company.rows)
    said = "\n".join(report["notes"])
    assert untold > 5
    assert f"{untold} of {len(company.rated)} rated people have no gender in the file" in said
    assert (
        "lacks these columns: dotted_line_manager_id, job_family, birth_date, bonus_target_percent." in said
    )
    assert "1 rows were rejected" in said
    assert f"do not work now: {states['terminated']} left, {states['on_leave']} on leave." in said
    without = f"{UNPAID} of {len(company.rated)} rated people have no salary in the file"
    assert f"{without}: HR leaves them out of merit by name." in said
    stand_ins = ["auditor", "coordinator", "finance", "hr_admin", "payroll"]
    stand_ins += [f"hr_partner:{division}" for division in DIVISIONS]
    assert f"stand-ins play them: {', '.join(sorted(stand_ins))}" in said


def test_each_pools_budget_follows_from_the_files_salaries_and_is_met(
    quarter: Report, company: Company
) -> None:
    expected = pools_of(company)
    found = {(pool["division"], pool["currency"]): pool for pool in quarter["pay"]["pools"]}
    assert set(found) == set(expected)
    assert len(found) > 5
    for key, pool in found.items():
        payroll = sum((Decimal(row["salary"]) * Decimal(row["fte"]) for row in expected[key]), Decimal(0))
        assert (pool["state"], pool["people"]) == ("awarded", len(expected[key])), key
        assert Decimal(pool["budget"]) == cents(payroll * Decimal("0.055")), key
        assert Decimal(pool["award"]) + Decimal(pool["unspent"]) == Decimal(pool["budget"]), key
        assert Decimal(pool["award"]) == min(Decimal(pool["budget"]), Decimal(pool["guideline"])), key


def test_a_pool_whose_budget_binds_says_by_how_much_and_spends_it_to_the_cent(quarter: Report) -> None:
    pools = {(pool["division"], pool["currency"]): pool for pool in quarter["pay"]["pools"]}
    assert [key for key, pool in pools.items() if pool["binds"]] == [LEAN]
    tight = pools.pop(LEAN)
    budget, guideline, floor = (Fraction(tight[name]) for name in ("budget", "guideline", "floor"))
    assert guideline > budget > floor
    assert Fraction(tight["factor"]) == (budget - floor) / (guideline - floor) < 1
    assert (tight["award"], Decimal(tight["unspent"])) == (tight["budget"], 0)
    assert tight["sharing"].startswith("the budget binds; factor 0.")
    assert tight["sharing"].endswith("the rest handed out by largest remainder")
    said = "the budget covers every guideline; factor 1"
    assert {(pool["factor"], pool["sharing"]) for pool in pools.values()} == {("1", said)}


def test_who_has_no_salary_is_left_out_by_name_and_holds_nobody_up(quarter: Report, company: Company) -> None:
    counts = {(row["outcome"], row["state"]): row["count"] for row in quarter["outcomes"]["counts"]}
    assert quarter["merit"] is True
    assert counts["merit", "ineligible"] == UNPAID
    assert quarter["pay"]["without_merit"] == {"no_pay_record": UNPAID}
    # Nobody else is left out: the pools hold all the others, and they are awarded.
    assert {pool["state"] for pool in quarter["pay"]["pools"]} == {"awarded"}
    assert sum(pool["people"] for pool in quarter["pay"]["pools"]) == len(paid(company))


def test_in_each_currency_payroll_received_what_the_pools_awarded(quarter: Report) -> None:
    awarded: defaultdict[str, Decimal] = defaultdict(Decimal)
    for pool in quarter["pay"]["pools"]:
        awarded[pool["currency"]] += Decimal(pool["award"])
    checks = {check["currency"]: check for check in quarter["pay"]["cross_checks"]}
    assert set(checks) == set(awarded) == set(CURRENCIES.values())
    for currency, check in checks.items():
        parts = Decimal(check["sum_of_base_increases"]) + Decimal(check["sum_of_lump_sums"])
        assert Decimal(check["sum_of_awards"]) == parts == awarded[currency]
        assert Decimal(check["sum_of_pay_changes"]) == awarded[currency]
        assert check["equal"] is True
        assert check["awards"] == check["pay_changes"] > 0


def test_everybody_has_one_rating_inside_the_guideline_and_one_outcome(
    quarter: Report, company: Company
) -> None:
    found = quarter["distribution"]
    final = {row["rating"]: row["final"] for row in found["ratings"]}
    assert found["people"] == sum(final.values()) == len(company.rated)
    assert all(row["feasible_low"] <= row["final"] <= row["feasible_high"] for row in found["ratings"])
    counts = Counter[str]()
    for row in quarter["outcomes"]["counts"]:
        counts[row["outcome"]] += row["count"]
    top = final["5"] + final["4"]
    assert counts["assignment (stretch_assignment)"] == counts["equity"] == top
    assert counts["development_plan (growth)"] == final["3"]
    assert counts["pip"] == final["1"]
    assert quarter["outcomes"]["waiting"] == 0


def test_each_division_is_inside_its_own_guideline(quarter: Report, company: Company) -> None:
    found = quarter["distribution"]["divisions"]
    people = Counter(row["division"] for row in company.rated)
    assert {name: each["people"] for name, each in found.items()} == dict(people)
    for name, each in found.items():
        ratings = each["ratings"]
        assert sum(row["final"] for row in ratings) == people[name]
        assert all(row["feasible_low"] <= row["final"] <= row["feasible_high"] for row in ratings), name


def test_a_quarter_of_the_key_results_is_adjusted_and_a_tenth_replaced(
    quarter: Report, company: Company
) -> None:
    found = quarter["goals"]["mid_cycle"]
    everything = 6 * len(company.rated)
    assert found["key_results"] == everything
    assert found["outcomes"]["adjusted"]["key_results"] == everything * 25 // 100
    assert found["outcomes"]["replaced"]["key_results"] == everything * 10 // 100
    assert found["outcomes"]["at_risk_with_plan"]["key_results"] == everything * 5 // 100


def test_a_session_is_held_for_each_department(quarter: Report, company: Company) -> None:
    departments = {(row["division"], row["department"]) for row in company.rated}
    held = {row["metric"]: row["actual"] for row in quarter["criteria"]}["Calibration sessions held"]
    assert held == f"{len(departments)} of {len(departments)} departments"


def test_without_any_salary_there_is_no_merit() -> None:
    partner, coordinator = employed("hr", "head", "hr_partner:Sales"), employed("co", "head", "coordinator")
    assert not roster_of(employed("a", "head"), partner, coordinator).has_merit
    assert roster_of(
        employed("a", "head"), employed("b", "head", currency="EUR"), partner, coordinator
    ).has_merit


def test_nobody_leaves_oneself_out_of_merit() -> None:
    partner, coordinator = (
        employed("hr", "head", "hr_partner:Sales"),
        employed("co", "head", "coordinator", currency="EUR"),
    )
    assert roster_of(employed("a", "head"), partner, coordinator).unpaid == {"hr": ["a"], "co": ["hr"]}
    alone = roster_of(
        employed("b", "head", currency="EUR"), employed("all", "head", "hr_partner:Sales", "coordinator")
    )
    assert (alone.unpaid, alone.has_merit) == ({"": ["all"]}, False)
