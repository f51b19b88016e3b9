"""How a service describes itself to the programs that run, migrate and repair it."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from plumbline.contracts.grants import group_of

GROUP = "plumbline.services"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service's name and where its parts are; ``module:attribute`` texts are imported when needed.

    ``worker`` and ``api`` name functions without arguments that build the ASGI application, ``handlers``
    the sequence of ``plumbline.runtime.inbox.Handler``, ``rights`` the ``plumbline.runtime.rights.ApiRights`` of
    its api's role, ``migrations`` the folder of its Alembic scripts.
    """

    name: str
    worker: str
    api: str
    handlers: str
    rights: str
    migrations: Path

    @property
    def consumer(self) -> str:
        """The consumer group, and the name under which the inbox keeps its watermarks."""
        return group_of(self.name)


def load(reference: str) -> Any:  # noqa: ANN401 - what stands there is the caller's to know
    """The object behind ``module:attribute``."""
    module, _, attribute = reference.partition(":")
    return getattr(import_module(module), attribute)


def installed() -> Sequence[Service]:
    """Every service that is installed here, by name."""
    found: list[Service] = [entry.load() for entry in entry_points(group=GROUP)]
    return sorted(found, key=lambda service: service.name)


def find(name: str) -> Service:
    """The installed service of that name.

    Raises:
        LookupError: no such service is installed; the message lists those that are.
    """
    for service in installed():
        if service.name == name:
            return service
    names = ", ".join(service.name for service in installed())
    raise LookupError(f"no service {name!r} is installed; there are: {names}")


def migrations_of(package_file: str) -> Path:
    """The migrations of a service, given its package's ``__file__``: beside the source, or in the wheel."""
    package = Path(package_file).resolve().parent
    beside = package.parent.parent / "migrations"
    return beside if beside.is_dir() else package / "migrations"
