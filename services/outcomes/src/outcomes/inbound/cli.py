"""The outcomes commands: a spreadsheet goes in, one rule is applied, the answer comes out."""

from outcomes.inbound.cli_bonus import register_bonus
from outcomes.inbound.cli_equity import register_vesting
from outcomes.inbound.cli_merit import register_merit
from outcomes.inbound.cli_pay_gap import register_pay_gap
from outcomes.inbound.cli_plans import register_plans
from outcomes.inbound.cli_policy import register_policy
from outcomes.inbound.cli_verify import register_verify
from plumbline.cli.commands import Commands


def register(commands: Commands) -> None:
    """Add this service's commands to ``plumbline``."""
    register_merit(commands)
    register_bonus(commands)
    register_vesting(commands)
    register_plans(commands)
    register_pay_gap(commands)
    register_policy(commands)
    register_verify(commands)
