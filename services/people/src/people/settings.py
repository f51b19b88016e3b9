"""How the people service is found and configured."""

import people
from plumbline.runtime.service import Service, migrations_of

SERVICE = Service(
    name="people",
    worker="people.worker:create",
    api="people.api:create",
    handlers="people.inbound.kafka:HANDLERS",
    migrations=migrations_of(people.__file__ or ""),
)
