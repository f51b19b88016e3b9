"""The ids of what follows from a rating: the same session, person, revision and component give the same one."""

from uuid import UUID

import uuid_utils


class OutcomeIds:
    """The ids of one session's outcomes, version 5 of RFC 9562, and its own and its cycle's; all as text."""

    def __init__(self, session_id: UUID, cycle_id: UUID) -> None:
        self.session_id = str(session_id)
        self.cycle_id = str(cycle_id)
        self._session_id = uuid_utils.UUID(self.session_id)

    def of(self, person_id: str, revision: int, component: str) -> str:
        """The id of one component of a person's outcomes at a revision."""
        return str(uuid_utils.uuid5(self._session_id, f"{person_id}/{revision}/{component}"))
