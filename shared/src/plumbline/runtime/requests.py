"""A request's address and JSON, read so that nothing of them is lost and all of their text can be stored."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, cast

from starlette.requests import Request

from plumbline.runtime.invalid_fields import FieldError, name_place
from plumbline.runtime.problems import UnusableBodyError, invalid_fields, unreadable_body

# PostgreSQL's text holds every character but NUL; UTF-8 has no form for half of a surrogate pair.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_MAY_BE_UNSTORABLE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_MESSAGE = "This holds a character that cannot be stored: NUL, or half of a surrogate pair."
_FIX = "Remove this character."


class StrictRequest(Request):
    """A request whose JSON names no field twice, and holds only text that can be stored."""

    async def json(self) -> Any:  # noqa: ANN401 - as starlette declares it
        """The body as Python knows it.

        Raises:
            UnusableBodyError: 400 for what cannot be read, 422 for what cannot be used, with each field.
            JSONDecodeError: it is not JSON.
        """
        return read_json(await self.body())


def refuse_unstorable_address(request: Request) -> None:
    """422 when the path or the query holds text that cannot be stored.

    Raises:
        ProblemError: it does.
    """
    sent = [(("path", name), value) for name, value in request.path_params.items()]
    sent += [(("query", name), value) for name, value in request.query_params.multi_items()]
    found = [place for place, value in sent if _UNSTORABLE.search(f"{place[1]}{value}")]
    if found:
        raise invalid_fields([_unstorable(place) for place in found])


def read_json(body: bytes) -> object:
    """The JSON of a body.

    Raises:
        UnusableBodyError: 400 for what cannot be read, 422 for what cannot be used, with each field.
        JSONDecodeError: it is not JSON.
    """
    doubled: list[_Doubled] = []
    text = _decode(body)
    read = _parse(text, doubled)
    if doubled or _MAY_BE_UNSTORABLE.search(text):
        found = list(_find_unusable(read))
        if found:
            raise UnusableBodyError(invalid_fields(found))
    return read


class _Doubled(dict[str, object]):
    """An object in which a name stands twice, so that Python keeps only the last of them."""

    def __init__(self, pairs: Sequence[tuple[str, object]]) -> None:
        super().__init__(pairs)
        stands = Counter(name for name, _ in pairs)
        self.names = [name for name, times in stands.items() if times > 1]


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnusableBodyError(
            unreadable_body("The body is not UTF-8.", fix="Send JSON that is encoded as UTF-8.")
        ) from None


def _parse(text: str, doubled: list[_Doubled]) -> object:
    def keep_all(pairs: list[tuple[str, object]]) -> dict[str, object]:
        read = dict(pairs)
        if len(read) == len(pairs):
            return read
        doubled.append(_Doubled(pairs))
        return doubled[-1]

    try:
        return json.loads(text, object_pairs_hook=keep_all)
    except json.JSONDecodeError:
        raise
    except RecursionError:
        message, fix = "The body is nested too deeply.", "Send the object that GET /openapi.json describes."
    except ValueError:
        message, fix = "A number in the body has thousands of digits.", "Send numbers that are shorter."
    raise UnusableBodyError(unreadable_body(message, fix=fix))


def _find_unusable(read: object) -> Iterator[FieldError]:
    """What cannot be used, by its place; without recursion, for the sender chooses the depth."""
    waiting: list[tuple[tuple[object, ...], object]] = [((), read)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, str):
            if _UNSTORABLE.search(value):
                yield _unstorable(place)
        elif isinstance(value, list):
            items = cast("list[object]", value)
            waiting += reversed([((*place, index), item) for index, item in enumerate(items)])
        elif isinstance(value, dict):
            fields = cast("dict[str, object]", value)
            yield from _find_unusable_names(place, fields)
            waiting += reversed([((*place, name), item) for name, item in fields.items()])


def _find_unusable_names(place: tuple[object, ...], fields: dict[str, object]) -> Iterator[FieldError]:
    if isinstance(fields, _Doubled):
        for name in fields.names:
            message = "This field stands there twice, so that one of its values would be lost."
            yield FieldError(field=_printable((*place, name)), message=message, fix="Send it once.")
    for name in fields:
        if _UNSTORABLE.search(name):
            yield _unstorable((*place, name))


def _unstorable(place: tuple[object, ...]) -> FieldError:
    return FieldError(field=_printable(place), message=_MESSAGE, fix=_FIX)


def _printable(place: tuple[object, ...]) -> str:
    return _UNSTORABLE.sub("\ufffd", name_place(place))
