"""How the people service is found and configured."""

from pydantic import Field

import people
from plumbline.runtime.service import Service, migrations_of
from plumbline.runtime.settings import Settings

SERVICE = Service(
    name="people",
    worker="people.worker:create",
    api="people.api:create",
    handlers="people.inbound.kafka:HANDLERS",
    rights="people.outbound.rights:RIGHTS",
    migrations=migrations_of(people.__file__ or ""),
)
LOCAL_ADMIN = "admin"


class PeopleSettings(Settings):
    """The shared settings; bodies are whole files, and ``bootstrap_admin`` may import before roles exist.

    ``bootstrap_admin`` is a person id of the identity provider; in local mode it is ``admin`` unless set.
    """

    max_body_bytes: int = Field(default=64_000_000, ge=1)
    bootstrap_admin: str = ""

    def first_importer(self) -> str:
        """Who may import while nobody holds the role yet, or ""."""
        return self.bootstrap_admin or (LOCAL_ADMIN if self.local else "")
