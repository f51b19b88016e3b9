"""The ``plumbline`` command: a frame that every installed package fills through an entry point."""

from importlib.metadata import entry_points

import typer

from plumbline.cli import audit, operations, quarantine, token
from plumbline.cli.commands import Commands

GROUP = "plumbline.commands"


def build() -> typer.Typer:
    """Assemble the command from every package that registers under ``plumbline.commands``."""
    app = typer.Typer(
        name="plumbline",
        no_args_is_help=True,
        pretty_exceptions_show_locals=False,
        help="Plumbline: a performance cycle that is event-driven and provably fair.",
    )
    calc = typer.Typer(no_args_is_help=True, help="Apply one rule to a spreadsheet, without any server.")
    imports = typer.Typer(no_args_is_help=True, help="Bring in files from the HRIS.")
    policy = typer.Typer(no_args_is_help=True, help="Check policy files.")
    app.add_typer(calc, name="calc")
    app.add_typer(imports, name="import")
    app.add_typer(policy, name="policy")
    commands = Commands(app=app, calc=calc, imports=imports, policy=policy)
    operations.register(commands)
    token.register(commands)
    audit.register(commands)
    quarantine.register(commands)
    for entry in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        entry.load()(commands)
    return app


def main() -> None:
    """Run the command line."""
    build()()
