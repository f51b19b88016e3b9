"""What a request's spans hold, what a batch's span goes on from, and that a collector that hangs ends no process late."""

import os
import subprocess
import sys
from collections.abc import Iterator
from socket import create_server

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from plumbline.runtime.telemetry import LAST_SPANS_SECONDS, continue_trace
from plumbline_local.testing_spans import record_spans

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
SAID = "Keiko Dubois"
HEADERS = {
    "traceparent": PARENT,
    "tracestate": "who=Keiko-Dubois",
    "baggage": "who=Keiko%20Dubois",
    "User-Agent": SAID,
    "Plumbline-Who": SAID,
}


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    yield from record_spans()


def only(spans: InMemorySpanExporter) -> ReadableSpan:
    (span,) = spans.get_finished_spans()
    spans.clear()
    return span


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "route"),
    [
        ("GET", f"/notes/E0001/rating?who={SAID}", None, 422, "/notes/{note_id}/rating"),
        ("GET", "/notes/4711/rating", None, 403, "/notes/{note_id}/rating"),
        ("GET", f"/people/E0001/{SAID}?who=E0001", None, 404, "unmatched"),
        ("POST", "/notes?who=E0001", {"text": f"secret of {SAID}"}, 422, "/notes"),
        ("POST", "/notes", {"text": f"{SAID} at E0001"}, 201, "/notes"),
        ("POST", "/notes", {"text": "crash"}, 500, "/notes"),
        ("POST", "/notes", {"text": f"reject {SAID}"}, 422, "/notes"),
        ("POST", "/notes", {"text": f"{SAID} is no note"}, 500, "/notes"),
    ],
)
async def test_a_request_is_one_span_with_its_route_and_neither_path_nor_query_nor_body_nor_headers(
    method: str,
    path: str,
    body: dict[str, str] | None,
    status: int,
    route: str,
    ann: httpx.AsyncClient,
    spans: InMemorySpanExporter,
) -> None:
    answer = await ann.request(method, path, json=body, headers=HEADERS)
    assert answer.status_code == status
    span = only(spans)
    assert (span.name, span.kind, span.events, span.links) == (f"{method} {route}", SpanKind.SERVER, (), ())
    assert dict(span.attributes or {}) == {
        "http.request.method": method,
        "http.route": route,
        "http.response.status_code": status,
    }
    assert span.status.description is None
    assert span.context is not None
    assert span.parent is not None
    assert format(span.context.trace_id, "032x") == TRACE
    assert format(span.parent.span_id, "016x") == "00f067aa0ba902b7"
    assert not span.context.trace_state
    for hidden in ("Keiko", "Dubois", "E0001", "4711", "crash"):
        assert hidden not in span.to_json()


async def test_what_a_commands_event_carries_is_the_requests_own_span(
    ann: httpx.AsyncClient, spans: InMemorySpanExporter
) -> None:
    carried = (await ann.get("/notes/trace", headers=HEADERS)).json()
    span = only(spans)
    assert span.context is not None
    assert carried == f"00-{TRACE}-{span.context.span_id:016x}-01"


def test_a_batch_is_linked_to_what_it_goes_on_from_beside_its_parent(spans: InMemorySpanExporter) -> None:
    second, third = (f"00-{'1' * 31}{digit}-00f067aa0ba902b7-01" for digit in "23")
    others = [PARENT, second, None, "nonsense", second, third, ""]
    with continue_trace(PARENT, "receive", others=others):
        pass
    span = only(spans)
    assert span.parent is not None
    assert format(span.parent.trace_id, "032x") == TRACE
    linked = [format(each.context.trace_id, "032x") for each in span.links]
    assert linked == [second.split("-")[1], third.split("-")[1]]


_ENDING = """
import atexit, sys, time
from plumbline.runtime.settings import Settings
from plumbline.runtime.telemetry import continue_trace, set_up_telemetry
atexit.register(lambda: print(time.monotonic() - begun))
set_up_telemetry(service="test", settings=Settings())
for _ in range(1500):
    with continue_trace(None, "work"):
        pass
begun = time.monotonic()
"""


def test_a_collector_that_never_answers_delays_the_end_of_a_process_by_seconds_only() -> None:
    with create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        environment = {**os.environ, "PLUMBLINE_OTLP_ENDPOINT": endpoint}
        ended = subprocess.run(
            [sys.executable, "-c", _ENDING],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )
    # Three batches, for each of which the library would wait ten seconds.
    assert LAST_SPANS_SECONDS <= float(ended.stdout) < 3 * LAST_SPANS_SECONDS
