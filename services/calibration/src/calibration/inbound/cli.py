"""The calibration commands: a spreadsheet goes in, one rule is applied, the answer comes out."""

from calibration.inbound.cli_adjust import adjust
from calibration.inbound.cli_checks import checks
from calibration.inbound.cli_guideline import guideline
from calibration.inbound.cli_managers import register_managers
from plumbline.cli.commands import Commands


def register(commands: Commands) -> None:
    """Add this service's commands to ``plumbline``."""
    for command in (guideline, checks, adjust):
        commands.calc.command()(command)
    register_managers(commands)
