"""``plumbline calc vesting``: the parts in which a grant of shares vests."""

from typing import Annotated

import typer

from outcomes.domain.errors import Rejected
from outcomes.domain.rules import vesting_parts
from outcomes.domain.rules.equity import VESTING_RULE_VERSION
from outcomes.inbound.options import AsJson, refuse_rule
from plumbline.cli.answers import print_json, print_table
from plumbline.cli.commands import Commands

MOST_PARTS = 10_000


def register_vesting(commands: Commands) -> None:
    """Add ``plumbline calc vesting``."""
    commands.calc.command("vesting")(vesting)


def vesting(
    shares: Annotated[int, typer.Option("--shares", min=0, help="Whole shares granted.")],
    parts: Annotated[int, typer.Option("--parts", min=1, max=MOST_PARTS, help="Number of vesting dates.")],
    as_json: AsJson = False,
) -> None:
    """Vesting: the parts of a grant by cumulative floor, so that they sum to the grant exactly."""
    try:
        schedule = vesting_parts(shares, parts)
    except Rejected as refused:
        refuse_rule(refused)
    if as_json:
        print_json({"rule_version": VESTING_RULE_VERSION, "parts": list(schedule), "total": sum(schedule)})
        return
    rows = [
        {"part": number, "shares": part, "vested": sum(schedule[:number])}
        for number, part in enumerate(schedule, start=1)
    ]
    sentence = f"{parts} parts sum to {sum(schedule)} shares; none is lost or made by rounding."
    print_table("Vesting", rows, columns=("part", "shares", "vested"), sentence=sentence)
