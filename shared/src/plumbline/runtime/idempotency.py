"""The same ``Idempotency-Key`` and body gets the first answer again, kept in the command's own transaction."""

import hashlib
from dataclasses import dataclass
from http import HTTPStatus

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from plumbline.runtime.answers import answers
from plumbline.runtime.problems import ProblemError

HEADER = "Idempotency-Key"
LONGEST_KEY = 200
_KEPT_HEADERS = ("content-type", "etag", "location")


class FirstAnswer(Exception):
    """This command was answered before; ``response`` is that answer."""

    def __init__(self, response: Response) -> None:
        super().__init__("answered before")
        self.response = response


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A key that this request holds until its transaction ends."""

    tx: AsyncConnection
    person_id: str
    key: str

    async def keep(self, response: Response) -> None:
        """Store the answer beside what the command wrote; both are committed together or not at all."""
        headers = {name: value for name in _KEPT_HEADERS if (value := response.headers.get(name)) is not None}
        statement = (
            sa.update(answers)
            .where(answers.c.person_id == self.person_id, answers.c.key == self.key)
            .values(status=response.status_code, headers=headers, body=bytes(response.body))
        )
        await self.tx.execute(statement)


async def claim(tx: AsyncConnection, request: Request, *, person_id: str) -> Claim | None:
    """Take the request's key; while another request holds it, wait for that one to end.

    Returns None when the request carries no key.

    Raises:
        FirstAnswer: the same person sent the same request with this key before.
        ProblemError: the key is not usable (400), or was used for another request (422).
    """
    key = request.headers.get(HEADER)
    if key is None:
        return None
    _check_key(key)
    name = f"{request.method} {request.url.path}"
    digest = await _digest(request)
    taken = await tx.execute(
        pg.insert(answers)
        .values(person_id=person_id, key=key, request=name, digest=digest)
        .on_conflict_do_nothing()
        .returning(answers.c.key)
    )
    if taken.one_or_none() is not None:
        return Claim(tx=tx, person_id=person_id, key=key)
    before = await tx.execute(
        sa.select(answers).where(answers.c.person_id == person_id, answers.c.key == key)
    )
    raise _answer_again(before.mappings().one(), name=name, digest=digest)


def _answer_again(row: sa.RowMapping, *, name: str, digest: bytes) -> FirstAnswer | ProblemError:
    if row["request"] != name or row["digest"] != digest:
        return ProblemError(
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            code="idempotency_key_reused",
            message="This Idempotency-Key was used for another request.",
            fix="Send a new key with a new request, and the same key only to repeat one.",
        )
    headers = {**row["headers"], "Idempotency-Replayed": "true"}
    return FirstAnswer(Response(row["body"], status_code=row["status"], headers=headers))


def _check_key(key: str) -> None:
    if not 1 <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise ProblemError(
            status=HTTPStatus.BAD_REQUEST,
            code="invalid_idempotency_key",
            message=f"An Idempotency-Key has 1 to {LONGEST_KEY} printable ASCII characters.",
            fix="Send a UUID.",
        )


async def _digest(request: Request) -> bytes:
    digest = hashlib.sha256(request.url.query.encode() + b"\n")
    digest.update((request.headers.get("If-Match") or "").encode() + b"\n")
    digest.update(await request.body())
    return digest.digest()
