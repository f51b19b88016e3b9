"""Which topics a leading relay writes to, and which the broker refuses for the time being."""

from collections.abc import Collection, Sequence
from time import monotonic

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline.runtime.database import raw
from plumbline.runtime.relay_sending import OutboxRow

log = structlog.get_logger("plumbline.relay")

AGAIN_SECONDS = 10.0
_HELD = "SELECT topic FROM outbox_held"
_HOLD = """
INSERT INTO outbox_held (topic, reason) VALUES ($1, $2)
ON CONFLICT (topic) DO UPDATE SET reason = excluded.reason
"""
_LET_GO = "DELETE FROM outbox_held WHERE topic = $1"


class RelayTopics:
    """What one leader knows of its topics.

    A topic that it has not written to yet goes in a transaction of its own, so that nothing else falls with it
    when the broker refuses it. What is refused is held: its rows stay in the outbox, others go past them, and it
    is tried again every ten seconds, since whoever runs the broker can mend it. The table says so to people.
    """

    def __init__(self, engine: AsyncEngine, *, service: str) -> None:
        self._engine = engine
        self._service = service
        self._used: set[str] = set()
        self._tried_again_at: dict[str, float] = {}

    async def begin(self) -> None:
        """Lead: nothing is known but what an earlier leader held, which is tried again at once."""
        async with self._engine.begin() as tx:
            held: Collection[str] = [row["topic"] for row in await (await raw(tx)).fetch(_HELD)]
        self._used.clear()
        self._tried_again_at = dict.fromkeys(held, monotonic())

    def to_leave_out(self) -> list[str]:
        """The topics whose rows are not read now."""
        now = monotonic()
        return [topic for topic, due in self._tried_again_at.items() if due > now]

    def new_among(self, rows: Sequence[OutboxRow]) -> str | None:
        """The first topic of these rows that this leader has not written to, if there is one."""
        return next((row.topic for row in rows if row.topic not in self._used), None)

    async def take(self, topic: str) -> None:
        """The broker took what was sent to it."""
        self._used.add(topic)
        if topic in self._tried_again_at:
            async with self._engine.begin() as tx:
                await (await raw(tx)).execute(_LET_GO, topic)
            del self._tried_again_at[topic]
            log.info("topic is no longer held", service=self._service, topic=topic)

    async def hold(self, topic: str, reason: str) -> None:
        """The broker refused it, for a reason that somebody can mend."""
        async with self._engine.begin() as tx:
            await (await raw(tx)).execute(_HOLD, topic, reason)
        if topic not in self._tried_again_at:
            log.error("topic is held", service=self._service, topic=topic, reason=reason)
        self._tried_again_at[topic] = monotonic() + AGAIN_SECONDS
