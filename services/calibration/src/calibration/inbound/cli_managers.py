"""The commands over managers: leniency and drift of their ratings, influence of their proposals."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

import typer
from pydantic import AfterValidator, Field, StringConstraints

from calibration.domain.managers import drift as drifts
from calibration.domain.managers import influence as influences
from calibration.domain.managers import leniency as leniencies
from plumbline.cli.answers import print_json, print_table
from plumbline.cli.commands import Commands
from plumbline.cli.exact import ExactNumber, decimal12, exact
from plumbline.cli.spreadsheet import BadCell, Row, load_rows, refuse


def _on_scale(rating: Fraction) -> Fraction:
    if not 1 <= rating <= 5:
        raise ValueError("a rating from 1 to 5")
    return rating


def _within_scale(shift: Fraction) -> Fraction:
    if abs(shift) > 4:
        raise ValueError("a shift from -4 to 4 rating points")
    return shift


DECIMAL_TEXT = re.compile(r"-?\d+\.\d+")
Name = Annotated[str, StringConstraints(min_length=1)]
Rating = Annotated[ExactNumber, AfterValidator(_on_scale)]
YesNo = Literal["0", "1"]
Source = Annotated[str, typer.Argument(metavar="FILE.csv", help="The spreadsheet; - reads standard input.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
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


class ProposalRow(Row):
    """One proposed change from a session's log."""

    proposal_id: Name
    proposer: Name
    accepted: YesNo
    own_report: YesNo
    shift: Annotated[ExactNumber, AfterValidator(_within_scale)]
    new_evidence: YesNo
    position: Annotated[int, Field(ge=1)]


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
    print_table("Leniency", _rounded(managers), columns=columns, sentence=sentence)


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
        **_rational("mu", answer.mu),
        **_rational("msw", answer.msw),
        **_rational("msb", answer.msb),
        **_rational("tau2", answer.tau2),
        **_rational("n0", answer.n0),
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
        **_rational("mean", manager.mean),
        **_rational("shrinkage", manager.shrinkage),
        **_rational("estimate", manager.estimate),
        "standard_error": decimal12(manager.standard_error),
        "low": decimal12(manager.low),
        "high": decimal12(manager.high),
        "p_value": _probability(manager.p_value),
        "p_adjusted": _probability(manager.p_adjusted),
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
        print_table("Drift", _rounded(managers), columns=columns, sentence=sentence)
        return
    print_json(
        {
            "cycles": list(answer.cycles),
            **_rational("msw_earlier", answer.msw[0]),
            **_rational("msw_later", answer.msw[1]),
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
        **_rational("shift", manager.shift),
        "z": None if manager.z is None else decimal12(manager.z),
        "z_squared_exact": None if manager.z_squared is None else exact(manager.z_squared),
        "p_value": _probability(manager.p_value),
        "p_adjusted": _probability(manager.p_adjusted),
        "flag": manager.flag,
    }


def influence(file: Source, as_json: AsJson = False) -> None:
    """Whose proposals a session accepted, and whether discussion order went with the moves."""
    rows = load_rows(file, ProposalRow, unique="proposal_id")
    answer = influences.describe_influence([_proposal(row) for row in rows])
    participants = [_show_participant(participant) for participant in answer.participants]
    sentence = f"{_say_influence(answer)} {influences.LIMITATION}"
    if not as_json:
        columns = ("proposer", "proposed", "accepted", "p_value", "acceptance_shrunken")
        more = ("shift_own_minus_others", "share_without_evidence")
        print_table("Influence", _rounded(participants), columns=(*columns, *more), sentence=sentence)
        return
    order = answer.order
    print_json(
        {
            "proposed": answer.proposed,
            "accepted": answer.accepted,
            "participants": participants,
            "order_tau_b": None if order is None else decimal12(Decimal(order.tau_b)),
            "order_p_exact": None if order is None or order.p_exact is None else exact(order.p_exact),
            "order_p_value": None if order is None else _probability(order.p_value),
            "order_method": None if order is None else order.method,
            "method": influences.METHOD,
            "sentence": sentence,
            "rule_version": influences.RULE_VERSION,
        }
    )


def _say_influence(answer: influences.Influence) -> str:
    said = f"{answer.accepted} of {answer.proposed} proposals were accepted."
    if answer.order is None:
        return said
    order = answer.order
    return f"{said} Place in the discussion against shift: tau-b {order.tau_b:.3g}, p = {order.p_value:.3g}."


def _proposal(row: ProposalRow) -> influences.Proposal:
    return influences.Proposal(
        proposal_id=row.proposal_id,
        proposer=row.proposer,
        accepted=row.accepted == "1",
        own_report=row.own_report == "1",
        shift=row.shift,
        new_evidence=row.new_evidence == "1",
        position=row.position,
    )


def _show_participant(participant: influences.Participant) -> Mapping[str, object]:
    return {
        "proposer": participant.proposer,
        "proposed": participant.proposed,
        "accepted": participant.accepted,
        "p_exact": exact(participant.p_exact),
        "p_value": decimal12(participant.p_exact),
        **_rational("acceptance_shrunken", participant.acceptance_shrunken),
        **_rational("shift_own_minus_others", participant.shift_own_minus_others),
        **_rational("share_without_evidence", participant.share_without_evidence),
    }


def _rounded(rows: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """The rows as a person reads them: decimal text cut to 4 places; --json has all 12 digits."""
    return [{key: _round(value) for key, value in row.items()} for row in rows]


def _round(value: object) -> object:
    if not isinstance(value, str) or not DECIMAL_TEXT.fullmatch(value):
        return value
    rounded = round(Decimal(value), 4)
    return format(rounded.normalize(), "f") if rounded else "~0"


def _rational(key: str, value: Fraction | None) -> Mapping[str, str | None]:
    if value is None:
        return {key: None, f"{key}_exact": None}
    return {key: decimal12(value), f"{key}_exact": exact(value)}


def _probability(value: float | None) -> str | None:
    return None if value is None else decimal12(Decimal(value))


def register_managers(commands: Commands) -> None:
    """Add the commands over managers to ``plumbline calc``."""
    commands.calc.command("leniency")(leniency)
    commands.calc.command("drift")(drift)
    commands.calc.command("influence")(influence)
