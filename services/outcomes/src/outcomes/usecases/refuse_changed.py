"""Refuses to change what somebody changed after the caller read it, and says what happened since."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.follow_ups import PROMOTION_CASE, FollowUp
from outcomes.outbound.follow_up_changes import load_moves
from plumbline.runtime.http import etag
from plumbline.runtime.invalid_fields import FieldError
from plumbline.runtime.problems import ProblemError

_FIX = "Read the cycle's outcomes again, and repeat the command with the version that you then see."


async def refuse_changed(
    tx: AsyncConnection,
    follow_ups: Sequence[FollowUp],
    versions: Mapping[UUID, int | None],
    *,
    listed: str | None,
) -> None:
    """Pass what stands at the version that the caller saw, or of which the caller names none.

    ``listed``: the list of the body that names them; None when If-Match does.

    Raises:
        ProblemError: 409 with the current versions, and what each later version changed.
    """
    stale = [
        (place, each, version)
        for place, each in enumerate(follow_ups)
        if (version := versions.get(each.outcome_id)) is not None and version != each.version
    ]
    if not stale:
        return
    moves = await load_moves(tx, [each.outcome_id for _, each, _ in stale])
    _, first, expected = stale[0]
    fields = ["If-Match" if listed is None else f"{listed}.{place}.version" for place, _, _ in stale]
    raise ProblemError(
        status=HTTPStatus.CONFLICT,
        code="stale_version",
        message="Somebody changed this after you read it.",
        field=fields[0],
        fix=_FIX,
        errors=[
            FieldError(field=field, message=f"It is at version {each.version}.", fix=_FIX)
            for field, (_, each, _) in zip(fields, stale, strict=True)
        ],
        more={
            "expected_version": expected,
            "current_version": first.version,
            "changed": [change for _, each, version in stale for change in _changes(each, version, moves)],
        },
        headers={"ETag": etag(first.version)} if listed is None else {},
    )


def _changes(
    follow_up: FollowUp, seen: int, moves: Mapping[tuple[UUID, int], str]
) -> list[dict[str, object]]:
    """What each version after the one that was seen changed, without what people wrote."""
    moved, written = (
        ("decision", "evidence") if follow_up.component == PROMOTION_CASE else ("state", "content")
    )
    found: list[dict[str, object]] = []
    for version in range(seen + 1, follow_up.version + 1):
        change = {"outcome_id": str(follow_up.outcome_id), "version": version}
        to = moves.get((follow_up.outcome_id, version))
        found.append({**change, "what": written} if to is None else {**change, "what": moved, "to": to})
    return found
