"""How the reviews service is found and configured."""

import reviews
from plumbline.runtime.service import Service, migrations_of

SERVICE = Service(
    name="reviews",
    worker="reviews.worker:create",
    api="reviews.api:create",
    handlers="reviews.inbound.kafka:HANDLERS",
    rights="reviews.outbound.rights:RIGHTS",
    migrations=migrations_of(reviews.__file__ or ""),
)
