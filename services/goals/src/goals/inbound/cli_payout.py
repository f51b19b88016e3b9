"""``plumbline calc payout``: the multiplier between threshold, target and stretch."""

from typing import Annotated

import typer
from pydantic import ValidationInfo, field_validator

from goals.domain.rules import RULE_VERSION, payout_multiplier
from goals.domain.rules.payout import steps_are_ordered
from plumbline.cli.answers import print_json, print_table
from plumbline.cli.exact import ExactNumber, decimal12, exact
from plumbline.cli.spreadsheet import Name, Row, load_rows

SENTENCE = (
    "Below threshold pays 0, threshold 0.5, target 1, stretch and above 1.5, with straight lines between."
)


class PayoutRow(Row):
    """One metric with its three steps, all in its own unit."""

    id: Name
    threshold: ExactNumber
    target: ExactNumber
    stretch: ExactNumber
    actual: ExactNumber

    @field_validator("stretch")
    @classmethod
    def steps_go_one_way(cls, value: ExactNumber, info: ValidationInfo) -> ExactNumber:
        """Threshold, target and stretch go strictly up or strictly down."""
        threshold, target = info.data.get("threshold"), info.data.get("target")
        if threshold is None or target is None:
            return value
        if not steps_are_ordered(threshold=threshold, target=target, stretch=value):
            raise ValueError("threshold, target and stretch that go strictly up, or strictly down")
        return value


def payout(
    file: Annotated[str, typer.Argument(help="Spreadsheet of metrics; - reads standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Find the multiplier that a bonus uses."""
    rows = load_rows(file, PayoutRow, unique="id")
    results: list[dict[str, object]] = []
    for row in rows:
        multiplier = payout_multiplier(
            threshold=row.threshold, target=row.target, stretch=row.stretch, actual=row.actual
        )
        results.append(
            {"id": row.id, "multiplier_exact": exact(multiplier), "multiplier": decimal12(multiplier)}
        )
    if as_json:
        print_json({"rule_version": RULE_VERSION, "results": results})
        return
    print_table("Multipliers", results, columns=("id", "multiplier"), sentence=SENTENCE)
