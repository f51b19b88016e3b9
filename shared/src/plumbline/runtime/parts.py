"""Stores parts of a large result in transactions of their own, while the next part is being made.

They need connections beside the caller's own: where an engine has fewer, a part waits for its turn.
"""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from plumbline.runtime.failpoints import reach

# Transactions that the database works on at once.
BESIDE = 2


class Parts:
    """Used as ``async with``: at its end everything is stored, or the first error that stopped it is raised."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._free = asyncio.Semaphore(BESIDE)
        self._storing = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        await self._storing.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._storing.__aexit__(kind, error, trace)
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from several

    async def store(self, name: str, save: Callable[[AsyncConnection], Awaitable[object]]) -> None:
        """Begin to store a part; returns when its turn has come, not when it is stored. ``name`` says what it is."""
        await self._free.acquire()
        self._storing.create_task(self._store(name, save))

    async def _store(self, name: str, save: Callable[[AsyncConnection], Awaitable[object]]) -> None:
        try:
            async with self._engine.begin() as tx:
                await save(tx)
            await reach(f"parts.{name}")
        finally:
            self._free.release()
