"""Who operates a service by hand, as its audit log names them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime import audit
from plumbline.runtime.access import Action, Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Who looks at or heals a service's parked records and quarantined events, and when."""

    name: str
    service: str
    at: datetime

    async def note(self, tx: AsyncConnection, *, subject: str, action: Action, purpose: str) -> None:
        """Write an entry about the record's person or thing."""
        entry = audit.AuditEntry(
            who=f"operator:{self.name}",
            action=action,
            resource=Resource.PARKED_RECORD,
            subject=subject,
            purpose=purpose,
        )
        await audit.record(tx, [entry], service=self.service, now=self.at)
