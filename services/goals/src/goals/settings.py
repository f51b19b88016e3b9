"""How the goals service is found and configured."""

import goals
from plumbline.runtime.service import Service, migrations_of

SERVICE = Service(
    name="goals",
    worker="goals.worker:create",
    api="goals.api:create",
    handlers="goals.inbound.kafka:HANDLERS",
    rights="goals.outbound.rights:RIGHTS",
    migrations=migrations_of(goals.__file__ or ""),
)
