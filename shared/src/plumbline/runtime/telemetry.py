"""Traces, logs and metrics of a process; none of them ever carries what people wrote, earn or are rated."""

import logging
import sys
import traceback
from collections.abc import Generator, Iterable, MutableMapping
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from typing import Any, TextIO

import structlog
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import Counter, Gauge, Histogram

from plumbline.runtime.settings import Settings

CONSUMER_LAG = Gauge(
    "plumbline_consumer_lag", "Records that the group has not acknowledged", ["service", "topic", "partition"]
)
OUTBOX_PENDING = Gauge("plumbline_outbox_pending", "Outbox rows not yet published", ["service"])
OUTBOX_OLDEST_SECONDS = Gauge(
    "plumbline_outbox_oldest_seconds", "Age of the oldest outbox row, in seconds", ["service"]
)
OUTBOX_QUARANTINED = Gauge("plumbline_outbox_quarantined", "Outbox rows that can never be sent", ["service"])
OUTBOX_HELD = Gauge(
    "plumbline_outbox_held", "Outbox rows of topics that the broker refuses for now", ["service"]
)
PARKED = Gauge("plumbline_parked", "Records that were refused or unreadable", ["service", "topic"])
WAITING = Gauge("plumbline_waiting", "Records that wait for an earlier one", ["service", "topic"])
FINALIZED_TO_OUTCOME_SECONDS = Histogram(
    "plumbline_finalized_to_outcome_seconds",
    "Seconds from a finalized calibration to its stored outcomes",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
)
HTTP_SECONDS = Histogram(
    "plumbline_http_seconds", "Seconds an answer took", ["service", "method", "route", "status"]
)
EVENTS_APPLIED = Counter("plumbline_events_applied", "Events applied by a consumer", ["service", "topic"])

WITHHELD = "[withheld]"
# Field names that could carry a person's content; a log line that uses one keeps the key and loses the value.
_CONTENT = frozenset(
    [
        "name",
        "email",
        "body",
        "text",
        "comment",
        "note",
        "answer",
        "rationale",
        "reason_text",
        "salary",
        "amount",
        "pay",
        "award",
        "rating",
        "token",
        "authorization",
        "payload",
        "query",
        "gender",
        "birth_date",
    ]
)
LAST_SPANS_SECONDS = 3.0  # a collector that is away must not hold up a process that ends
_MOST_LINKS = 128  # the library's own limit
_propagator = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("plumbline")


def set_up_telemetry(*, service: str, settings: Settings) -> None:
    """Start traces and JSON logs of this process; a second call changes nothing.

    Spans go to ``otlp_endpoint`` by OTLP over HTTP; without it nothing leaves the process, and trace
    ids still travel with events and logs.
    """
    set_up_logs(level=settings.log_level)
    structlog.contextvars.bind_contextvars(service=service)
    if isinstance(trace.get_tracer_provider(), TracerProvider):
        return
    provider = TracerProvider(resource=Resource.create({"service.name": f"plumbline-{service}"}))
    if settings.otlp_endpoint:
        # Imported here: it takes a tenth of a start, and most processes export nothing.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        exporter = OTLPSpanExporter(endpoint=f"{settings.otlp_endpoint.rstrip('/')}/v1/traces")
        provider.add_span_processor(_Batches(exporter))
    trace.set_tracer_provider(provider)


class _Batches(BatchSpanProcessor):
    """Spans in batches; the last ones have a few seconds to leave, where the library's own waits for 30."""

    def shutdown(self) -> None:
        """Send what is left, and give up when the collector does not take it in time."""
        self._batch_processor.shutdown(timeout_millis=round(LAST_SPANS_SECONDS * 1000))


def current_traceparent() -> str | None:
    """The W3C trace context of the running span, for the outbox row; None when there is no trace."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent")


@contextmanager
def continue_trace(
    traceparent: str | None,
    name: str,
    *,
    kind: SpanKind = SpanKind.CONSUMER,
    others: Iterable[str | None] = (),
) -> Generator[Span]:
    """Run a block as a span that continues ``traceparent``; an unreadable or absent one starts a new trace.

    ``others`` are what else a batch goes on from: a span has one parent, so it is linked to those (to the
    first 128). An exception marks the span with its type only: its message may quote what a person wrote.
    """
    linked = islice(dict.fromkeys(each for each in others if each and each != traceparent), _MOST_LINKS)
    contexts = [trace.get_current_span(_extract(each)).get_span_context() for each in linked]
    with _tracer.start_as_current_span(
        name,
        context=_extract(traceparent),
        kind=kind,
        links=[Link(context) for context in contexts if context.is_valid],
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except Exception as error:
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def continue_traces(
    traceparents: Iterable[str | None], name: str, *, kind: SpanKind = SpanKind.CONSUMER
) -> AbstractContextManager[Span]:
    """Run a block as one span that goes on with the first of these traces and is linked to the others."""
    first, *others = [*dict.fromkeys(each for each in traceparents if each)] or [None]
    return continue_trace(first, name, kind=kind, others=others)


def _extract(traceparent: str | None) -> Context:
    return _propagator.extract({"traceparent": traceparent} if traceparent else {})


class _JsonHandler(logging.StreamHandler[TextIO]):
    """Our own handler, so that setting up twice does not write every line twice."""


def set_up_logs(*, level: str) -> None:
    """Write every log line, ours and the libraries', to standard error as one JSON object."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_trace_ids,
        withhold_content,
        describe_exception,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = _JsonHandler(sys.stderr)
    renderers: list[structlog.typing.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.JSONRenderer(),
    ]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=renderers))
    root = logging.getLogger()
    root.handlers[:] = [*(each for each in root.handlers if not isinstance(each, _JsonHandler)), handler]
    root.setLevel(level)
    for chatty in ("httpx", "httpcore", "aiokafka", "uvicorn.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger of that name: ``logger("relay").info("batch published", rows=500)``."""
    return structlog.stdlib.get_logger(name)


def add_trace_ids(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Tie a log line to its trace."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = format(context.trace_id, "032x")
        event["span_id"] = format(context.span_id, "016x")
    return event


def withhold_content(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace the value of every field that could carry a person's content."""
    for key in event.keys() & _CONTENT:
        event[key] = WITHHELD
    return event


def describe_exception(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Show an exception by its type and where it happened; its message may quote what a person wrote."""
    error: object = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, tuple):
        error = next((part for part in error if isinstance(part, BaseException)), None)  # pyright: ignore[reportUnknownVariableType] - logging's own tuple
    if isinstance(error, BaseException):
        event["exception"] = describe(error)
    return event


def describe(error: BaseException) -> dict[str, object]:
    """An exception's type, its database code if any, and the frames that it passed; no message and no values."""
    frames = traceback.extract_tb(error.__traceback__)[-20:]
    code: object = getattr(getattr(error, "orig", error), "sqlstate", None)
    return {
        "type": type(error).__qualname__,
        **({"sqlstate": code} if code else {}),
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
