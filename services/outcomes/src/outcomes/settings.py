"""How the outcomes service is found and configured."""

import outcomes
from plumbline.runtime.service import Service, migrations_of

SERVICE = Service(
    name="outcomes",
    worker="outcomes.worker:create",
    api="outcomes.api:create",
    handlers="outcomes.inbound.kafka:HANDLERS",
    rights="outcomes.outbound.rights:RIGHTS",
    migrations=migrations_of(outcomes.__file__ or ""),
)
