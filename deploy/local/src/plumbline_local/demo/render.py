"""The report as tables for people."""

import re
from collections.abc import Sequence
from decimal import Decimal

from rich.console import Console
from rich.table import Table

from plumbline_local.demo.reading import Json
from plumbline_local.demo.stage import Timing

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MET = {True: "met", False: "missed", None: "nothing to judge"}


def print_report(report: Json, timings: Sequence[Timing], console: Console) -> None:
    """Every part of the report, the last quarter last."""
    organization = report["organization"]
    console.print(
        f"\n{organization['people']} people imported, {organization['rated']} rated in "
        f"{', '.join(organization['divisions'])}; seed {organization['seed']}.",
        highlight=False,
    )
    for note in report["notes"]:
        console.print(f"Note: {note}", markup=False, highlight=False)
    for quarter in report["quarters"]:
        _print_quarter(quarter, console)
    _print_timings(timings, console)


def _print_quarter(quarter: Json, console: Console) -> None:
    console.rule(f"{quarter['name']}{' with merit' if quarter['merit'] else ''}")
    _print_goals(quarter["goals"], console)
    _print_distribution(quarter["distribution"], console)
    _print_checks(quarter["checks"], console)
    _print_outcomes(quarter["outcomes"], console)
    if quarter["pay"] is not None:
        _print_pay(quarter["pay"], console)
    if quarter["jane"] is not None:
        _print_jane(quarter["jane"], console)
    _print_criteria(quarter["criteria"], console)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column)
    return table


# What the scenario expects of key results in the middle of a quarter, in percent.
_EXPECTED = {"on_track_unchanged": 60, "adjusted": 25, "replaced": 10, "at_risk_with_plan": 5}


def _print_goals(goals: Json, console: Console) -> None:
    found = goals["mid_cycle"]
    title = f"Mid-cycle check: {found['key_results']} individual key results"
    table = _table(title, "outcome", "expected", "key results", "actual")
    for name, row in found["outcomes"].items():
        if name in _EXPECTED or row["key_results"]:
            expected = f"{_EXPECTED.get(name, 0)} %"
            table.add_row(_words(name), expected, str(row["key_results"]), percent(row["share"]))
    console.print(table)
    cascade = goals["cascade"]
    console.print(
        f"{cascade['objectives']} objectives; {percent(cascade['objectives_with_path'])} of those below the "
        f"company serve one of its key results, {percent(cascade['company_key_results_with_child'])} of which "
        "are served.",
        highlight=False,
    )


def percent(share: str | None) -> str:
    """A share of 1 in percent with one decimal."""
    return "" if share is None else f"{Decimal(share) * 100:.1f} %"


def _print_distribution(found: Json, console: Console) -> None:
    title = f"Ratings of {found['people']} people against {found['guideline']}"
    table = _table(title, "rating", "proposed", "final", "feasible")
    for row in found["ratings"]:
        table.add_row(row["rating"], str(row["proposed"]), str(row["final"]), _feasible(row))
    console.print(table)
    if len(found["divisions"]) > 1:
        _print_divisions(found["divisions"], console)
    if found["reason"]:
        console.print(f"The guideline is not feasible here: {found['reason']}", markup=False)
    for move in found["moves"][:10]:
        console.print(
            f"Moved: {move['person_id']} {move['from']} -> {move['to']}: {move['rationale']}",
            markup=False,
            highlight=False,
        )
    if len(found["moves"]) > 10:
        console.print(f"... and {len(found['moves']) - 10} more moves")


def _print_divisions(divisions: Json, console: Console) -> None:
    table = _table("Final ratings by division (feasible counts)", "division", "people", *"54321")
    for name, found in divisions.items():
        counts = [f"{row['final']} ({_feasible(row) or '-'})" for row in found["ratings"]]
        table.add_row(name, str(found["people"]), *counts)
    console.print(table)


def _feasible(row: Json) -> str:
    low, high = row["feasible_low"], row["feasible_high"]
    return "" if low is None else "none" if low > high else f"{low}-{high}"


def _print_checks(checks: Sequence[Json], console: Console) -> None:
    table = _table("The five checks", "check", "judged on", "state", "in the sessions")
    for row in checks:
        held = ", ".join(f"{count} {_words(state)}" for state, count in row["in_sessions"].items())
        table.add_row(row["check"], row["judged_on"], _words(row["state"]), held)
    console.print(table)
    for row in checks:
        for sentence in row["told"][:5]:
            console.print(sentence, markup=False, highlight=False)


def _words(state: str) -> str:
    return state.replace("_", " ")


def _print_outcomes(outcomes: Json, console: Console) -> None:
    table = _table("Outcomes", "outcome", "state", "people")
    for row in outcomes["counts"]:
        table.add_row(_words(row["outcome"]), _words(row["state"]), str(row["count"]))
    console.print(table)
    for pip in outcomes["pips"]:
        missing = ", ".join(_words(item) for item in pip["missing"])
        said = ", acknowledged by the employee" if pip["acknowledged"] else ""
        allowed = f"allowed by its gate, {_words(pip['state'])}{said}"
        why = f"refused, because the gate misses: {missing}" if missing else allowed
        console.print(f"PIP of {pip['person_id']}: {why}", markup=False, highlight=False)
    found = outcomes["followed_up"]
    decided = ", ".join(f"{count} {state}" for state, count in found["promotion_cases"].items())
    console.print(
        f"{found['plans_active']} of {found['plans']} plans are active; promotion cases: {decided or 'none'}.",
        highlight=False,
    )
    if outcomes["waiting"]:
        console.print(f"{outcomes['waiting']} people's outcomes still wait for inputs.")


def _print_pay(pay: Json, console: Console) -> None:
    columns = ("division", "currency", "state", "people", "budget", "guideline", "award", "unspent")
    table = _table("Merit pools", *columns)
    for pool in pay["pools"]:
        table.add_row(*(str(pool[name]) for name in columns))
    console.print(table)
    for pool in pay["pools"]:
        if pool["sharing"]:
            place = f"{pool['division']} {pool['currency']}"
            console.print(f"{place}: {pool['sharing']}.", markup=False, highlight=False)
    for reason, count in pay["without_merit"].items():
        console.print(f"{count} people without merit: {_words(reason)}")
    for check in pay["cross_checks"]:
        console.print(
            f"{check['currency']}: the api's {check['awards']} awards sum to {check['sum_of_awards']}, payroll's "
            f"{check['pay_changes']} changes to {check['sum_of_pay_changes']} "
            f"(base {check['sum_of_base_increases']} + lump sums {check['sum_of_lump_sums']}): "
            f"{'equal to the cent' if check['equal'] else 'DIFFERENT'}",
            markup=False,
            highlight=False,
        )


def _print_jane(jane: Json, console: Console) -> None:
    table = _table(f"{jane['name']} ({jane['level']}), read with her own token", "what", "result")
    table.add_row("Rating", str(jane["rating"]))
    for merit in jane["merit"]:
        table.add_row(
            "Merit",
            f"{merit['percent']} % of {merit['salary']} {merit['currency']} -> {merit['new_salary']}",
        )
    if jane["equity_shares"] is not None:
        table.add_row("Equity", f"{jane['equity_shares']} shares")
    case = jane["promotion_case"]
    if case:
        levels = f"{case['from_level']} -> {case['target_level']}"
        table.add_row("Promotion", f"case opened: {levels}; {_words(case['state'])}")
        if case["reasons"]:
            table.add_row("", case["reasons"])
    if jane["assignment"]:
        kind, text = _words(jane["assignment"]["kind"]), jane["assignment"]["text"]
        table.add_row("Assignment", f"{text} ({kind})" if text else kind)
    for change in jane["payroll_received"]:
        table.add_row(
            "Payroll received", f"{change['salary']} {change['currency']} from {change['effective_from']}"
        )
    console.print(table)


def _print_criteria(criteria: Sequence[Json], console: Console) -> None:
    table = _table("Success criteria", "", "metric", "target", "actual", "state")
    for number, row in enumerate(criteria, 1):
        table.add_row(str(number), row["metric"], row["target"], row["actual"], _MET[row["met"]])
    console.print(table)
    for number, row in enumerate(criteria, 1):
        console.print(f"{number} read from {_ID.sub('{id}', row['source'])}", markup=False, highlight=False)


def _print_timings(timings: Sequence[Timing], console: Console) -> None:
    table = _table("Phases", "phase", "seconds", "processor seconds")
    for each in timings:
        table.add_row(each.phase, f"{each.seconds:.1f}", f"{each.cpu_seconds:.1f}")
    total = sum(each.seconds for each in timings)
    table.add_row("Together", f"{total:.1f}", f"{sum(each.cpu_seconds for each in timings):.1f}")
    console.print(table)
