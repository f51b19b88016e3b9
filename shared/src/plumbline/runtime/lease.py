"""A lease in the database: one holder at a time, lost by whoever stops renewing it."""

import asyncio
from collections.abc import Callable
from uuid import uuid4

import asyncpg
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from plumbline.runtime.database import runtime_metadata

LIFETIME_SECONDS = 10.0
RENEW_SECONDS = 2.5

lease = sa.Table(
    "relay_lease",
    runtime_metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
)

# The database's clock decides, so the holders' clocks need not agree.
_TAKE = """
INSERT INTO relay_lease AS l (name, holder, expires_at)
VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
WHERE l.expires_at < clock_timestamp() OR l.holder = excluded.holder
RETURNING holder
"""
_GIVE_BACK = "DELETE FROM relay_lease WHERE name = $1 AND holder = $2"


class Lease:
    """A named lease on a dedicated connection, which also listens for wake-ups on ``channel``.

    A ``holder`` of the same name takes its own lease again at once: a process that was killed and restarted
    need not wait until its former self's lease expires.
    """

    def __init__(
        self, url: str, *, name: str, channel: str, wake: Callable[[], None], holder: str = ""
    ) -> None:
        parsed = make_url(url).set(drivername="postgresql")
        self._url = parsed.render_as_string(hide_password=False)
        self._name = name
        self._channel = channel
        self._wake = wake
        self._holder = holder or uuid4().hex
        self._connection: asyncpg.Connection | None = None

    async def wait_until_held(self) -> None:
        """Return as soon as this process holds the lease."""
        while not await self.renew():  # noqa: ASYNC110 - the database is asked; it sends no event
            await asyncio.sleep(RENEW_SECONDS)

    async def renew(self) -> bool:
        """Take or extend the lease; False when somebody else holds it."""
        connection = await self._connect()
        async with asyncio.timeout(LIFETIME_SECONDS):
            holder = await connection.fetchval(_TAKE, self._name, self._holder, LIFETIME_SECONDS)
        return holder == self._holder

    async def keep(self) -> None:
        """Renew until the lease is lost; returns then, and raises when the database is away."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            if not await self.renew():
                return

    async def give_back(self) -> None:
        """End the lease at once, so that another need not wait for it to expire."""
        connection, self._connection = self._connection, None
        if connection is None or connection.is_closed():
            return
        try:
            async with asyncio.timeout(2):
                await connection.execute(_GIVE_BACK, self._name, self._holder)
                await connection.close()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            connection.terminate()

    def _notified(self, *_: object) -> None:
        self._wake()

    async def _connect(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self._url, timeout=10)
            await self._connection.add_listener(self._channel, self._notified)
        return self._connection
