"""The commands that run the whole of Plumbline on one machine."""

from plumbline.cli.commands import Commands


def register(commands: Commands) -> None:
    """Add the local stack's commands to ``plumbline``."""
