"""The answer of ``plumbline calc merit``: one JSON object, a table, a file of awards."""

import csv
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TypedDict

from outcomes.domain.policy import MeritPolicy
from outcomes.domain.rules import compa_ratio, decimal_text, explain_merit, range_penetration
from outcomes.domain.rules.merit import MERIT_RULE_VERSION, MeritInputs, MeritRecommendation, MeritSplit
from outcomes.domain.rules.pool import MeritPool
from outcomes.domain.rules.wording import decimals_of
from plumbline.cli.answers import print_table
from plumbline.cli.exact import decimal12, exact

COLUMNS = (
    "employee_id",
    "rating",
    "quartile",
    "guideline_percent",
    "guideline",
    "floor",
    "award",
    "base_increase",
    "lump_sum",
    "new_salary",
)
Cells = dict[str, str | int | bool | list[str] | None]


class MeritAnswer(TypedDict):
    """The JSON object: everyone's award in the order of the file, and one total a currency."""

    rule_version: str
    policy_version: str
    awards: list[Cells]
    totals: list[Cells]


def merit_answer(
    people: Sequence[MeritInputs], pools: Sequence[MeritPool], rules: MeritPolicy
) -> MeritAnswer:
    """The answer to print; amounts are decimal text in the currency of their row."""
    awards: dict[str, Cells] = {}
    for pool in pools:
        splits: Sequence[MeritSplit | None] = pool.splits or [None] * len(pool.inputs)
        for person, recommended, split in zip(pool.inputs, pool.recommendations, splits, strict=True):
            steps = explain_merit(person, rules, recommended, factor=pool.factor, split=split)
            awards[person.employee_id] = {
                **recommendation_cells(person, recommended),
                **split_cells(person, split),
                "steps": list(steps),
            }
    return {
        "rule_version": MERIT_RULE_VERSION,
        "policy_version": rules.version,
        "awards": [awards[person.employee_id] for person in people],
        "totals": [total_cells(pool) for pool in pools],
    }


def recommendation_cells(person: MeritInputs, recommended: MeritRecommendation) -> Cells:
    """What is known before the budget."""
    place = person.salary_range
    ratio = None if place is None else compa_ratio(person.salary, place)
    penetration = None if place is None else range_penetration(person.salary, place)
    return {
        "employee_id": person.employee_id,
        "currency": person.currency,
        "rating": person.rating,
        "eligible": recommended.eligible,
        "refusal": recommended.refusal,
        "quartile": recommended.quartile,
        **rational_cells("compa_ratio", ratio),
        **rational_cells("penetration", penetration),
        **rational_cells("proration", recommended.proration),
        "guideline_percent": decimals_of(recommended.guideline_percent),
        "guideline": decimal_text(recommended.guideline, person.currency),
        "floor": decimal_text(recommended.floor, person.currency),
    }


def split_cells(person: MeritInputs, split: MeritSplit | None) -> Cells:
    """What the budget and the range maximum made of it; empty where the budget was refused."""
    if split is None:
        return {"award": None, "base_increase": None, "lump_sum": None, "new_salary": None}
    return {
        "award": decimal_text(split.award, person.currency),
        "base_increase": decimal_text(split.base_increase, person.currency),
        "lump_sum": decimal_text(split.lump_sum, person.currency),
        "new_salary": decimal_text(split.new_salary, person.currency),
    }


def rational_cells(name: str, value: Fraction | None) -> Cells:
    """A rational as decimal text and, beside it, exactly."""
    return {
        name: None if value is None else decimal12(value),
        f"{name}_exact": None if value is None else exact(value),
    }


def total_cells(pool: MeritPool) -> Cells:
    """The sums of a pool, its budget, its factor; the shortfall where the budget was refused."""
    splits = pool.splits
    sums = {
        "guideline": sum(each.guideline for each in pool.recommendations),
        "floor": sum(each.floor for each in pool.recommendations),
        "award": None if splits is None else sum(each.award for each in splits),
        "base_increase": None if splits is None else sum(each.base_increase for each in splits),
        "lump_sum": None if splits is None else sum(each.lump_sum for each in splits),
        "budget": pool.budget,
        "shortfall": pool.shortfall,
    }
    amounts = {
        name: None if amount is None else decimal_text(amount, pool.currency) for name, amount in sums.items()
    }
    people = sum(each.eligible for each in pool.recommendations)
    return {
        "currency": pool.currency,
        "people": len(pool.inputs),
        "eligible": people,
        **amounts,
        **rational_cells("factor", pool.factor),
    }


def refusal_sentences(pools: Sequence[MeritPool]) -> list[str]:
    """For each pool whose budget does not cover its floors, by how much."""
    return [
        f"refused: the budget of {decimal_text(pool.budget or 0, pool.currency)} {pool.currency} does not cover "
        f"the floors of the pool; shortfall {decimal_text(pool.shortfall, pool.currency)} {pool.currency}"
        for pool in pools
        if pool.shortfall
    ]


def print_merit(answer: MeritAnswer) -> None:
    """The awards as a table, then a sentence for each currency."""
    sentences = " ".join(total_sentence(total) for total in answer["totals"])
    version = answer["policy_version"]
    print_table(f"Merit, policy {version}", answer["awards"], columns=COLUMNS, sentence=sentences)


def total_sentence(total: Mapping[str, object]) -> str:
    """What a pool's totals mean."""
    currency = total["currency"]
    who = f"{total['eligible']} of {total['people']} people are eligible"
    if total["award"] is None:
        return f"{who}; the floors of {total['floor']} {currency} are above the budget of {total['budget']}."
    spent = f"awards sum to {total['award']} {currency}, {total['base_increase']} of it in the base"
    if total["budget"] is None:
        return f"{who}; without a budget everyone receives the guideline: {spent}."
    share = f"f = {total['factor_exact']} of the way from floor to guideline"
    return f"{who}; of the budget of {total['budget']} {spent}; {share}."


def write_awards(path: str, answer: MeritAnswer) -> None:
    """Write one line a person, the steps joined by semicolons."""
    rows = [{name: plain_cell(cell) for name, cell in cells.items()} for cells in answer["awards"]]
    names = list(rows[0]) if rows else list(COLUMNS)
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=names)
        writer.writeheader()
        writer.writerows(rows)


def plain_cell(cell: str | int | bool | list[str] | None) -> str:
    """A cell of the file of awards: steps in one cell, truth as true and false, nothing as nothing."""
    if isinstance(cell, list):
        return "; ".join(cell)
    return "" if cell is None else str(cell).lower() if isinstance(cell, bool) else str(cell)
