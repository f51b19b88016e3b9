"""A collector of traces: an OTLP/HTTP receiver in a thread, and the spans that it was sent."""

import gzip
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from google.protobuf.message import Message
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span

# Random bytes, which are no text and could look like anything.
_RANDOM = frozenset({"trace_id", "span_id", "parent_span_id"})
Place = tuple[bytes, bytes]


@dataclass(kw_only=True)
class Collector:
    """What arrived: each service's spans, every text that came with them, and requests that were no export."""

    url: str = ""
    spans: dict[str, list[Span]] = field(default_factory=dict[str, list[Span]])
    texts: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    refused: list[str] = field(default_factory=list[str])

    def take(self, body: bytes) -> None:
        """Keep what one export holds."""
        for each in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = _service_of(each)
            spans = [span for scope in each.scope_spans for span in scope.spans]
            self.spans.setdefault(service, []).extend(spans)
            self.texts.setdefault(service, []).extend(texts_in(each))

    def named(self, service: str, name: str) -> list[Span]:
        """The spans of that name of one service."""
        return [span for span in self.spans[service] if span.name == name]

    def of_kind(self, kind: Span.SpanKind.ValueType) -> dict[str, list[Span]]:
        """The spans of one kind, by service; only services that have some."""
        found = {name: [span for span in spans if span.kind == kind] for name, spans in self.spans.items()}
        return {name: spans for name, spans in found.items() if spans}


def place(span: Span) -> Place:
    """Where a span stands: its trace and its own id."""
    return span.trace_id, span.span_id


def causes(span: Span) -> set[Place]:
    """What a span goes on from: its parent, and what it is linked to."""
    return {(span.trace_id, span.parent_span_id), *((link.trace_id, link.span_id) for link in span.links)}


def texts_in(message: Message) -> Iterator[str]:
    """Every value of a message and of all that it contains, as text; attributes' names too."""
    for description, value in message.ListFields():
        if description.name in _RANDOM:
            continue
        for each in value if description.is_repeated else [value]:
            if isinstance(each, Message):
                yield from texts_in(each)
            else:
                yield each.decode(errors="replace") if isinstance(each, bytes) else str(each)


@contextmanager
def collecting() -> Generator[Collector]:
    """A collector that listens for as long as the block runs."""
    collector = Collector()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _receiver(collector))
    collector.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, name="collector")
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _service_of(spans: ResourceSpans) -> str:
    found = {each.key: each.value.string_value for each in spans.resource.attributes}
    return found.get("service.name", "")


def _receiver(collector: Collector) -> type[BaseHTTPRequestHandler]:
    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            is_export = (self.path, self.headers["Content-Type"]) == ("/v1/traces", "application/x-protobuf")
            if is_export:
                collector.take(body)
            else:
                collector.refused.append(f"{self.path} {self.headers['Content-Type']}")
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200 if is_export else 404)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the tests read what arrived."""

    return Receiver
