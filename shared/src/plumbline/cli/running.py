"""The stack that runs in this folder: where its parts answer, for commands that talk to it."""

import getpass
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import httpx
import typer
from pydantic import BaseModel, ConfigDict

from plumbline.cli.spreadsheet import BAD_INPUT, errors

if TYPE_CHECKING:
    from plumbline.runtime.kafka_security import KafkaSecurity
    from plumbline.runtime.operators import Operator

STATE_FILE = "state.json"
OperatorName = Annotated[
    str,
    typer.Option(
        "--as",
        metavar="NAME",
        envvar="PLUMBLINE_OPERATOR",
        default_factory=getpass.getuser,
        show_default="this machine's user",
        help="Who you are, for the service's audit log.",
    ),
]


class RunningService(BaseModel):
    """Where one service answers and keeps its data."""

    model_config = ConfigDict(frozen=True)

    name: str
    url: str
    database_url: str


class Running(BaseModel):
    """The running stack, as its state file describes it."""

    model_config = ConfigDict(frozen=True)

    folder: Path
    kafka: str
    services: tuple[RunningService, ...]

    def service(self, name: str) -> RunningService:
        """The service of that name; leaves with status 2 and the names there are when it does not run."""
        for service in self.services:
            if service.name == name:
                return service
        errors.print(f"service {name!r} does not run; there are: {', '.join(s.name for s in self.services)}")
        raise SystemExit(BAD_INPUT)

    def client(self, name: str, *, person: str) -> httpx.Client:
        """A client of a service's api that speaks for ``person``; local mode only."""
        return httpx.Client(
            base_url=self.service(name).url,
            headers={"Authorization": f"Bearer {self.token(person)}"},
            timeout=120.0,
        )

    def token(self, person: str) -> str:
        """A token of the development issuer of this stack."""
        # Imported here, so that commands that need no runtime start without it.
        from datetime import UTC, datetime

        from plumbline.runtime.issuer import issue_token

        return issue_token(person, self.folder, now=datetime.now(UTC), local=True)


def running() -> Running:
    """The stack of this folder; leaves with status 2 when none runs."""
    folder = Path(os.environ.get("PLUMBLINE_STATE", ".plumbline")).resolve()
    try:
        return Running.model_validate_json((folder / STATE_FILE).read_text())
    except FileNotFoundError:
        errors.print("Nothing runs here. Start it with `plumbline up`, or set PLUMBLINE_STATE.")
        raise SystemExit(BAD_INPUT) from None


def operating(name: str, service: str) -> "Operator":
    """Who operates the service by this command, now."""
    from datetime import UTC, datetime

    from plumbline.runtime.operators import Operator

    return Operator(name=name, service=service, at=datetime.now(UTC))


@contextmanager
def signing_in() -> "Generator[KafkaSecurity]":
    """How the environment says to sign in to the stack's Kafka; leaves with status 2 when Kafka refuses it."""
    # Imported here, so that commands that need no broker start without its client.
    from aiokafka.errors import KafkaError
    from pydantic import ValidationError

    from plumbline.runtime.kafka_security import security_of
    from plumbline.runtime.settings import ConfigurationError, KafkaSettings, explain

    try:
        yield security_of(KafkaSettings())
    except (ConfigurationError, ValidationError) as error:
        errors.print(explain(error))
        raise SystemExit(BAD_INPUT) from None
    except KafkaError as error:
        errors.print(f"{error} (PLUMBLINE_KAFKA_SECURITY_PROTOCOL and what goes with it say how to sign in)")
        raise SystemExit(BAD_INPUT) from None
