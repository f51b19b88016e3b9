"""The goals commands: a spreadsheet goes in, one rule is applied, the answer comes out."""

from goals.inbound.cli_calendar import due_week
from goals.inbound.cli_grade import grade
from goals.inbound.cli_payout import payout
from goals.inbound.cli_rollup import rollup
from plumbline.cli.commands import Commands


def register(commands: Commands) -> None:
    """Add this service's commands to ``plumbline``."""
    commands.calc.command("grade")(grade)
    commands.calc.command("rollup")(rollup)
    commands.calc.command("payout")(payout)
    commands.calc.command("due-week")(due_week)
