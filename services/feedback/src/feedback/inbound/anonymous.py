"""The transaction of anonymous answers, which leaves no trace of who sent them."""

from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from plumbline.runtime.directory import limit_to_visible_divisions
from plumbline.runtime.http import Caller


async def anonymous_transaction(request: Request, caller: Caller) -> AsyncGenerator[AsyncConnection]:
    """One transaction for the request, which keeps no answer under its Idempotency-Key.

    The runtime's would store the person, the instant and a digest of the body, which for a survey's five possible
    answers tells the answer. These commands may be repeated without it: a form replaces the author's earlier form,
    and a survey takes one answer a person.
    """
    engine: AsyncEngine = request.app.state.engine
    async with engine.begin() as tx:
        await limit_to_visible_divisions(tx, caller.person_id)
        yield tx


AnonymousTx = Annotated[AsyncConnection, Depends(anonymous_transaction, scope="function")]


def sealing_secret(request: Request) -> bytes:
    """The secret under which authors are sealed."""
    secret: bytes = request.app.state.sealing_secret
    return secret


Secret = Annotated[bytes, Depends(sealing_secret)]
