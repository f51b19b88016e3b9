"""How the feedback service is found and configured."""

import feedback
from plumbline.runtime.service import Service, migrations_of

SERVICE = Service(
    name="feedback",
    worker="feedback.worker:create",
    api="feedback.api:create",
    handlers="feedback.inbound.kafka:HANDLERS",
    migrations=migrations_of(feedback.__file__ or ""),
)
