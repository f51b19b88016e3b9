"""The clock of commands; in local mode a caller may set it, to play a quarter in a minute."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request

from plumbline.runtime.problems import ProblemError
from plumbline.runtime.settings import Settings

HEADER = "Plumbline-Now"


async def now(request: Request) -> datetime:
    """The instant at which a command happens, in UTC; ``Plumbline-Now`` replaces it in local mode only."""
    sent = request.headers.get(HEADER)
    if sent is None:
        return datetime.now(UTC)
    settings: Settings = request.app.state.settings
    if not settings.local:
        raise _refused("This server keeps its own time.", "Leave the header out.")
    try:
        instant = datetime.fromisoformat(sent)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise _refused("The instant cannot be read.", "Write it as 2026-07-01T09:00:00+00:00.")
    return instant.astimezone(UTC)


Now = Annotated[datetime, Depends(now)]


def _refused(message: str, fix: str) -> ProblemError:
    return ProblemError(
        status=HTTPStatus.BAD_REQUEST, code="invalid_now", message=message, fix=fix, field=HEADER
    )
