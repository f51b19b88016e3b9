"""How the calibration service is found and configured."""

import calibration
from plumbline.runtime.service import Service, migrations_of

SERVICE = Service(
    name="calibration",
    worker="calibration.worker:create",
    api="calibration.api:create",
    handlers="calibration.inbound.kafka:HANDLERS",
    rights="calibration.outbound.rights:RIGHTS",
    migrations=migrations_of(calibration.__file__ or ""),
)
