"""What a service receives when it joins the ``plumbline`` command through the entry-point group."""

from dataclasses import dataclass

import typer


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """The Typer groups to which a service's ``register(commands)`` adds its own commands."""

    app: typer.Typer
    calc: typer.Typer
    imports: typer.Typer
    policy: typer.Typer
