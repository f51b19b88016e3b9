"""The commands over managers' ratings, leniency and drift; ``register_managers`` adds influence to them."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Annotated

import typer
from pydantic import AfterValidator

from calibration.domain.managers import drift as drifts
from calibration.domain.managers import leniency as leniencies
from calibration.inbound.cli_influence import influence
from calibration.inbound.manager_answers import AsJson, Name, Source, probability, rational, rounded
from plumbline.cli.answers import print_json, print_table
from plumbline.cli.commands import Commands
from plumbline.cli.exact import ExactNumber, decimal12, exact
from plumbline.cli.spreadsheet import BadCell, Row, load_rows, refuse


def _on_scale(rating: Fraction) -> Fraction:
    if not 1 <= rating <= 5:
        raise ValueError("a rating from 1 to 5")
    return rating


Rating = Annotated[ExactNumber, AfterValidator(_on_scale)]
OnAttainment = Annotated[
    bool,
    typer.Option("--on-attainment", help="Expect what the pooled line on the column attainment gives."),
]


class LeniencyRow(Row):
    """One person's rating, who gave it, and optionally what it was expected to be."""

    manager_id: Name
    rating: Rating
    expected: ExactNumber | None = None
    attainment: ExactNumber | None = None


class DriftRow(Row):
    """One person's rating in one cycle, who gave it, and optionally what it was expected to be."""

    manager_id: Name
    cycle: Name
    rating: Rating
    expected: ExactNumber | None = None


def leniency(file: Source, as_json: AsJson = False, on_attainment: OnAttainment = False) -> None:
    """Which managers rate above or below the others by more than chance explains."""
    rows = load_rows(file, LeniencyRow)
    rated = [
        leniencies.Rated(manager_id=row.manager_id, rating=row.rating, expected=expected)
        for row, expected in zip(rows, _expectations(rows, on_attainment=on_attainment), strict=True)
    ]
    answer = leniencies.estimate_leniency(rated)
    managers = [_show_leniency(manager) for manager in answer.managers]
    if as_json:
        print_json(_show_leniencies(answer, managers))
        return
    columns = ("manager_id", "n", "mean", "shrinkage", "estimate", "standard_error", "low", "high", "flag")
    sentence = f"{_say_leniency(answer)} {leniencies.LIMITATION}"
    print_table("Leniency", rounded(managers), columns=columns, sentence=sentence)


def _expectations(rows: Sequence[LeniencyRow], *, on_attainment: bool) -> list[Fraction]:
    if not on_attainment:
        return _complete([(row.line, row.expected) for row in rows], column="expected")
    given = [(row.line, row.attainment) for row in rows]
    attainments = _complete(given, column="attainment", required=True)
    return leniencies.expect_from_attainment([row.rating for row in rows], attainments)


def _complete(
    cells: Sequence[tuple[int, Fraction | None]], *, column: str, required: bool = False
) -> list[Fraction]:
    """The column's numbers, or zeros where it is empty throughout; half-filled columns are refused."""
    empty = [line for line, value in cells if value is None]
    if empty and (required or len(empty) < len(cells)):
        allowed = "a plain decimal number in every row" + ("" if required else ", or in none")
        refuse([BadCell(line=line, column=column, value="", allowed=allowed) for line in empty])
    return [Fraction(0) if value is None else value for _, value in cells]


def _show_leniencies(
    answer: leniencies.Leniency, managers: Sequence[Mapping[str, object]]
) -> Mapping[str, object]:
    return {
        "state": answer.state,
        "reason": answer.reason,
        "detectable": answer.detectable,
        **rational("mu", answer.mu),
        **rational("msw", answer.msw),
        **rational("msb", answer.msb),
        **rational("tau2", answer.tau2),
        **rational("n0", answer.n0),
        "managers": list(managers),
        "left_out": list(answer.left_out),
        "method": leniencies.METHOD,
        "sentence": f"{_say_leniency(answer)} {leniencies.LIMITATION}",
        "rule_version": leniencies.RULE_VERSION,
    }


def _show_leniency(manager: leniencies.ManagerLeniency) -> Mapping[str, object]:
    return {
        "manager_id": manager.manager_id,
        "n": manager.n,
        **rational("mean", manager.mean),
        **rational("shrinkage", manager.shrinkage),
        **rational("estimate", manager.estimate),
        "standard_error": decimal12(manager.standard_error),
        "low": decimal12(manager.low),
        "high": decimal12(manager.high),
        "p_value": probability(manager.p_value),
        "p_adjusted": probability(manager.p_adjusted),
        "flag": manager.flag,
    }


def _say_leniency(answer: leniencies.Leniency) -> str:
    if answer.state == "insufficient_data":
        return f"Insufficient data: {answer.reason}."
    if not answer.detectable:
        return "No detectable difference between managers."
    flagged = [manager.manager_id for manager in answer.managers if manager.flag]
    if not flagged:
        return "Managers differ, but no single one beyond chance."
    return f"Beyond chance, after adjustment for {len(answer.managers)} managers: {', '.join(flagged)}."


def drift(file: Source, as_json: AsJson = False) -> None:
    """Which managers rate differently from one cycle to the next."""
    rows = load_rows(file, DriftRow)
    expected = _complete([(row.line, row.expected) for row in rows], column="expected")
    rated = [
        drifts.RatedInCycle(manager_id=row.manager_id, cycle=row.cycle, rating=row.rating, expected=one)
        for row, one in zip(rows, expected, strict=True)
    ]
    try:
        answer = drifts.measure_drift(rated)
    except drifts.NotTwoCyclesError as error:
        found = ", ".join(error.cycles)
        refuse([BadCell(line=1, column="cycle", value=found, allowed="exactly two different cycles")])
    managers = [_show_drift(manager) for manager in answer.managers]
    flagged = [manager.manager_id for manager in answer.managers if manager.flag]
    said = f"|z| above 2.58: {', '.join(flagged)}." if flagged else "No manager's |z| is above 2.58."
    sentence = f"From {answer.cycles[0]} to {answer.cycles[1]}: {said} {drifts.LIMITATION}"
    if not as_json:
        columns = ("manager_id", "n_earlier", "n_later", "shift", "z", "p_adjusted", "flag", "reason")
        print_table("Drift", rounded(managers), columns=columns, sentence=sentence)
        return
    print_json(
        {
            "cycles": list(answer.cycles),
            **rational("msw_earlier", answer.msw[0]),
            **rational("msw_later", answer.msw[1]),
            "managers": managers,
            "method": drifts.METHOD,
            "sentence": sentence,
            "rule_version": drifts.RULE_VERSION,
        }
    )


def _show_drift(manager: drifts.ManagerDrift) -> Mapping[str, object]:
    return {
        "manager_id": manager.manager_id,
        "state": manager.state,
        "reason": manager.reason,
        "n_earlier": manager.n[0],
        "n_later": manager.n[1],
        **rational("shift", manager.shift),
        "z": None if manager.z is None else decimal12(manager.z),
        "z_squared_exact": None if manager.z_squared is None else exact(manager.z_squared),
        "p_value": probability(manager.p_value),
        "p_adjusted": probability(manager.p_adjusted),
        "flag": manager.flag,
    }


def register_managers(commands: Commands) -> None:
    """Add the commands over managers to ``plumbline calc``."""
    commands.calc.command("leniency")(leniency)
    commands.calc.command("drift")(drift)
    commands.calc.command("influence")(influence)
