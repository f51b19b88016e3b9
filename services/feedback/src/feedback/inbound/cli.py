"""Feedback's commands: a spreadsheet goes in, one rule is applied, the answer comes out."""

from feedback.inbound.cli_anonymity import anonymity
from feedback.inbound.cli_linter import linter
from plumbline.cli.commands import Commands


def register(commands: Commands) -> None:
    """Add this service's commands to ``plumbline``."""
    commands.calc.command("anonymity")(anonymity)
    commands.calc.command("linter")(linter)
