"""The goals commands: a spreadsheet goes in, one rule is applied, the answer comes out."""

from plumbline.cli.commands import Commands


def register(commands: Commands) -> None:
    """Add this service's commands to ``plumbline``."""
