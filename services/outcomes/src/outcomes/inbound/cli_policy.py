"""``plumbline policy check`` and ``plumbline policy schema``."""

from typing import Annotated

import typer

from outcomes.inbound.options import AsJson
from outcomes.inbound.policy_reader import load_policy, policy_schema
from plumbline.cli.answers import output, print_json
from plumbline.cli.commands import Commands

POLICY_RULE_VERSION = "policy-file.1"
TABLES = ("merit", "ranges", "guideline", "equity", "bonus", "promotion")


def register_policy(commands: Commands) -> None:
    """Add ``plumbline policy check`` and ``plumbline policy schema``."""
    commands.policy.command("check")(check)
    commands.policy.command("schema")(schema)


def check(
    file: Annotated[
        str, typer.Argument(metavar="FILE.toml", help="The policy file; - reads standard input.")
    ],
    as_json: AsJson = False,
) -> None:
    """Check a policy file; each field that cannot be used is explained, with exit status 2."""
    policy = load_policy(file)
    tables = [name for name in TABLES if name in policy.file.model_fields_set]
    if as_json:
        answer = {
            "rule_version": POLICY_RULE_VERSION,
            "version": policy.file.version,
            "tables": tables,
            "ranges": len(policy.file.ranges),
            "ignored": list(policy.ignored),
        }
        print_json(answer)
        return
    ranges = len(policy.file.ranges)
    counted = f"{ranges} salary {'range' if ranges == 1 else 'ranges'}"
    output.print(f"Version {policy.file.version} can be used: {', '.join(tables) or 'no table'}; {counted}.")


def schema() -> None:
    """Print the JSON Schema of the policy file."""
    print_json(policy_schema())
