"""The policy file: what it may hold, how it is explained, and its published schema."""

import json
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from outcomes.domain.policy import DEFAULT_BONUS, DEFAULT_MERIT, MonthDay, PromotionTiming
from outcomes.inbound.policy_file import Bonus, merit_policy, salary_ranges
from outcomes.inbound.policy_reader import BadPolicyError, parse_policy, policy_schema

ROOT = Path(__file__).parents[3]
SAMPLE = (ROOT / "docs/examples/policy.toml").read_text()
PUBLISHED = ROOT / "shared/schemas/policy-file.v1.schema.json"


def explained(text: str) -> dict[str, tuple[str, str]]:
    with pytest.raises(BadPolicyError) as refused:
        parse_policy(text)
    return {each.field: (each.value, each.allowed) for each in refused.value.fields}


def test_the_sample_file_translates_into_the_default_rules() -> None:
    read = parse_policy(SAMPLE)
    policy = merit_policy(read.file)
    assert policy is not None
    assert (policy.version, read.ignored) == ("2026.1", ())
    assert policy.matrix == DEFAULT_MERIT.matrix
    assert policy.floors == DEFAULT_MERIT.floors
    assert policy.hire_cut_off == MonthDay(month=9, day=30)
    assert read.file.bonus == Bonus(
        weight_individual=DEFAULT_BONUS.weight_individual,
        weight_team=DEFAULT_BONUS.weight_team,
        cap=DEFAULT_BONUS.cap,
    )
    assert read.file.promotion.timing is PromotionTiming.NEXT_CYCLE
    equity = read.file.equity
    assert equity is not None
    assert (equity.parts, equity.grid["L4"]) == (16, {"5": 4_500, "4": 3_000})


def test_ranges_become_minor_units_of_their_currency() -> None:
    ranges = salary_ranges(parse_policy(SAMPLE).file)
    assert len(ranges) == 3
    assert (ranges["L4", "*", "USD"].minimum, ranges["L4", "*", "USD"].maximum) == (14_500_000, 21_500_000)
    yen = parse_policy(
        'version = "1"\n[[ranges]]\nlevel = "L1"\nlocation = "*"\ncurrency = "JPY"\nminimum = "10"\nmaximum = "20"'
    )
    assert salary_ranges(yen.file)["L1", "*", "JPY"].maximum == 20


def test_a_file_without_tables_has_no_merit_no_ranges_no_equity_and_no_bonus() -> None:
    file = parse_policy('version = "1"').file
    assert merit_policy(file) is None
    assert salary_ranges(file) == {}
    assert (file.equity, file.bonus) == (None, None)


def test_tables_of_other_services_are_ignored_and_named() -> None:
    assert parse_policy('version = "1"\n[goals]\nx = 1\n[calibration]\n').ignored == ("calibration", "goals")


@pytest.mark.parametrize(
    ("old", "new", "field", "value", "allowed"),
    [
        ('version = "2026.1"', "version = 2026", "version", "2026", "text in quotes"),
        ('version = "2026.1"', "", "version", "", "a value; it is missing"),
        ('"09-30"', '"02-29"', "merit.hire_cut_off", "02-29", "a month and day that comes every year"),
        ('"09-30"', '"W10-1"', "merit.hire_cut_off", "W10-1", "a month and day that comes every year"),
        ('"09-30"', '"13-01"', "merit.hire_cut_off", "13-01", "a month and day that comes every year"),
        ('"8", "7", "5"]', '8, "7", "5"]', "merit.matrix.4 entry 2", "8", "a percentage from 0 to 100"),
        ('"8", "7", "5"]', '"8", "7"]', "merit.matrix.4 entry 4", "", "a value; it is missing"),
        ('"8", "7", "5"]', '"8 %", "7", "5"]', "merit.matrix.4 entry 2", "8 %", "a percentage from 0 to 100"),
        ('4 = "5", 3 = "3"', '4 = "100.1", 3 = "3"', "merit.floors.4", "100.1", "a percentage from 0 to 100"),
        ('4 = "5", 3 = "3"', '4 = "-1", 3 = "3"', "merit.floors.4", "-1", "a percentage from 0 to 100"),
        ('4 = "5", 3 = "3"', '3 = "3"', "merit.floors.4", "", "a value; it is missing"),
        ('4 = "5", 3 = "3"', '6 = "1", 4 = "5", 3 = "3"', "merit.floors.6", "1", "no key of this name"),
        ("floors =", "flors =", "merit.floors", "", "a value; it is missing"),
        ('"170000"', '"115000"', "ranges entry 1.maximum", "115000", "an amount above the minimum"),
        ('"170000"', '"170000.005"', "ranges entry 1.maximum", "170000.005", "at most 2 decimals"),
        ('"170000"', "170000", "ranges entry 1.maximum", "170000", "a decimal number from 0 on as text"),
        ('"EUR"', '"Eur"', "ranges entry 3.currency", "Eur", "an ISO 4217 currency code"),
        ('["20", "30"]', '["30", "20"]', "guideline.4", "['30', '20']", "a high one that is not below it"),
        ("L3 = { 5 = 3000", "L3 = { 5 = -1", "equity.grid.L3.5", "-1", "greater than or equal to 0"),
        ("parts = 16", "parts = 61", "equity.parts", "61", "a whole number up to 60"),
        ("L3 = { 5 = 3000", "L3 = { 5 = 1000000001", "equity.grid.L3.5", "1000000001", "up to 1000000000"),
        (
            '"170000"',
            '"1000000000001"',
            "ranges entry 1.maximum",
            "1000000000001",
            "at most 1000000000000.00 USD",
        ),
        ("parts = 16", "parts = 0", "equity.parts", "0", "greater than or equal to 1"),
        (
            'weight_team = "0.3"',
            'weight_team = "0.4"',
            "bonus.weight_team",
            "0.4",
            "the rest of weight_individual",
        ),
        ('"next_cycle"', '"never"', "promotion.timing", "never", "'next_cycle' or 'same_run'"),
    ],
)
def test_a_field_that_cannot_be_used_is_explained(
    old: str, new: str, field: str, value: str, allowed: str
) -> None:
    assert old in SAMPLE
    stands, told = explained(SAMPLE.replace(old, new, 1))[field]
    assert stands == value
    assert allowed in told


def test_the_same_range_twice_is_refused() -> None:
    again = SAMPLE[SAMPLE.index("[[ranges]]") : SAMPLE.index("[guideline]")]
    assert "L3 * USD stands there twice" in explained(SAMPLE + again)["ranges"][1]


def test_a_file_that_is_not_toml_says_where() -> None:
    assert explained("version = 1\nmerit = = 3")["(file)"][1] == "TOML: Invalid value (at line 2, column 9)"


def test_every_bad_field_is_listed_at_once() -> None:
    text = SAMPLE.replace('"09-30"', '"x"').replace('"EUR"', '"x"').replace('["20", "30"]', '["20"]')
    assert set(explained(text)) == {"merit.hire_cut_off", "ranges entry 3.currency", "guideline.4 entry 2"}


def test_the_published_schema_is_the_one_of_the_model() -> None:
    assert json.loads(PUBLISHED.read_text()) == policy_schema()


def schema_accepts(document: dict[str, Any]) -> bool:
    return jsonschema.Draft202012Validator(json.loads(PUBLISHED.read_text())).is_valid(document)


def test_the_published_schema_accepts_the_sample_and_refuses_bare_numbers() -> None:
    document = tomllib.loads(SAMPLE)
    assert schema_accepts(document)
    document["merit"]["floors"]["4"] = 5
    assert not schema_accepts(document)
    del document["merit"]["floors"]["4"]
    assert not schema_accepts(document)
    assert not schema_accepts({"merit": {}})


def test_a_same_run_promotion_and_own_weights_are_read() -> None:
    text = SAMPLE.replace("next_cycle", "same_run").replace('"0.7"', '"0.25"').replace('"0.3"', '"0.75"')
    file = parse_policy(text).file
    assert file.promotion.timing is PromotionTiming.SAME_RUN
    assert file.bonus is not None
    assert file.bonus.weight_team == Fraction(3, 4)
