"""The adjust command: p-values that are read together."""

from fractions import Fraction
from typing import Annotated

import typer
from pydantic import AfterValidator, StringConstraints

from calibration.domain.rules import RULE_VERSION, benjamini_hochberg, holm, is_significant
from plumbline.cli.answers import print_json, print_table
from plumbline.cli.exact import ExactNumber, decimal12, exact, parse_exact
from plumbline.cli.spreadsheet import BAD_INPUT, Row, errors, load_rows


def _is_probability(value: Fraction) -> Fraction:
    if not 0 <= value <= 1:
        raise ValueError("a probability from 0 to 1, written as a plain decimal number")
    return value


Source = Annotated[str, typer.Argument(metavar="FILE.csv", help="The spreadsheet; - reads standard input.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Alpha = Annotated[str, typer.Option("--alpha", help="Reject at or below this adjusted p-value.")]


class TestRow(Row):
    """One test's name and its p-value."""

    name: Annotated[str, StringConstraints(min_length=1)]
    p_value: Annotated[ExactNumber, AfterValidator(_is_probability)]


def adjust(file: Source, alpha: Alpha = "0.05", as_json: AsJson = False) -> None:
    """Adjust p-values that are read together: Holm, and Benjamini-Hochberg."""
    rows = load_rows(file, TestRow)
    level = _read_alpha(alpha)
    p_values = [row.p_value for row in rows]
    adjusted = zip(rows, holm(p_values), benjamini_hochberg(p_values), strict=True)
    results = [
        {
            "name": row.name,
            "p_value": decimal12(row.p_value),
            "holm": decimal12(Fraction(by_holm)),
            "holm_exact": exact(Fraction(by_holm)),
            "benjamini_hochberg": decimal12(Fraction(by_bh)),
            "benjamini_hochberg_exact": exact(Fraction(by_bh)),
            "holm_rejected": is_significant(by_holm, level),
            "benjamini_hochberg_rejected": is_significant(by_bh, level),
        }
        for row, by_holm, by_bh in adjusted
    ]
    if as_json:
        print_json({"alpha": decimal12(level), "results": results, "rule_version": RULE_VERSION})
        return
    columns = (
        "name",
        "p_value",
        "holm",
        "holm_rejected",
        "benjamini_hochberg",
        "benjamini_hochberg_rejected",
    )
    rejected = [str(result["name"]) for result in results if result["holm_rejected"]]
    said = (
        f"Beyond chance by Holm at {alpha}: {', '.join(rejected)}."
        if rejected
        else f"Nothing at {alpha} by Holm."
    )
    sentence = (
        f"{said} Holm limits the chance of any false alarm; Benjamini-Hochberg the share of false alarms."
    )
    print_table("Adjusted p-values", results, columns=columns, sentence=sentence)


def _read_alpha(text: str) -> Fraction:
    try:
        return _is_probability(parse_exact(text))
    except ValueError as error:
        errors.print(f"--alpha: {text!r} cannot be used; allowed: {error}")
        raise SystemExit(BAD_INPUT) from None
