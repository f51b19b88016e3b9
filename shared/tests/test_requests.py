"""What of a request's text is refused before anything is done with it, on a real PostgreSQL."""

import json
from collections.abc import Awaitable, Callable

import httpx
import pytest

from plumbline.runtime.problems import UnusableBodyError
from plumbline.runtime.requests import read_json

Count = Callable[[], Awaitable[int]]
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (r'{"text": "a\u0000b"}', ["text"]),
        (r'{"text": "a\ud800b", "tags": ["fine", "\uDFFFx"]}', ["text", "tags.1"]),
        (r'{"text": "a", "mark": {"deep": [{"er": "\u0000"}]}}', ["mark.deep.0.er"]),
        (r'{"text": "a", "na\u0000me": 1}', ["na\ufffdme"]),
        (r'{"text": "a", "tags": ["ok", "ok"], "text": "b"}', ["text"]),
        (r'{"text": "a", "mark": [{"x": 1, "x": 1}]}', ["mark.0.x"]),
    ],
)
async def test_text_that_cannot_be_stored_and_a_field_that_stands_twice_are_refused_with_their_places(
    body: str, fields: list[str], ann: httpx.AsyncClient, count_notes: Count
) -> None:
    answer = await ann.post("/notes", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert [each["field"] for each in answer.json()["errors"]] == fields
    assert all(each["message"] and each["fix"] for each in answer.json()["errors"])
    assert await count_notes() == 0


@pytest.mark.parametrize(
    "text", ["\U0001f600 é \\u0000", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")]
)
async def test_every_other_character_is_stored_as_it_was_sent(text: str, ann: httpx.AsyncClient) -> None:
    for body in (json.dumps({"text": text}), json.dumps({"text": text}, ensure_ascii=False)):
        assert (await ann.post("/notes", content=body.encode(), headers=JSON)).status_code == 201
    assert (await ann.get("/notes")).json() == [text, text]


@pytest.mark.parametrize(
    ("address", "field"),
    [("/notes/a%00b/rating", "path.note_id"), ("/notes?x=1&division=%00", "query.division")],
)
async def test_an_address_that_cannot_be_stored_is_refused(
    address: str, field: str, ann: httpx.AsyncClient
) -> None:
    answer = await ann.get(address)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]
    assert all(each["fix"] for each in answer.json()["errors"])


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('{"text": "é"}'.encode("latin-1"), "UTF-8"),
        ('{"text": "a"}'.encode("utf-16"), "UTF-8"),
        (b'{"text": ' + b"[" * 1_900, "nested"),
    ],
)
async def test_a_body_that_cannot_be_read_says_what_to_send(
    body: bytes, says: str, ann: httpx.AsyncClient
) -> None:
    answer = await ann.post("/notes", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable_body")
    assert says in answer.json()["fix"] or says in answer.json()["detail"]
    assert answer.json()["fix"]


def test_a_number_of_thousands_of_digits_is_unreadable() -> None:
    with pytest.raises(UnusableBodyError) as refused:
        read_json(b'{"to": ' + b"9" * 5_000 + b"}")
    assert refused.value.problem.code == "unreadable_body"
    assert refused.value.problem.fix == "Send numbers that are shorter."


def test_a_name_that_stands_twice_is_found_in_a_body_of_any_depth_that_can_be_read() -> None:
    with pytest.raises(UnusableBodyError) as refused:
        read_json(b"[" * 500 + b'{"a": 1, "a": 2}' + b"]" * 500)
    assert [each.fix for each in refused.value.problem.errors] == ["Send it once."]
