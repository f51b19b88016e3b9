"""The spans that a test's own process finishes."""

from collections.abc import Iterator

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from plumbline.runtime.settings import Settings
from plumbline.runtime.telemetry import set_up_telemetry


def record_spans() -> Iterator[InMemorySpanExporter]:
    """Record every span from now on, until the generator is closed; made a fixture by the test that wants it."""
    set_up_telemetry(service="tests", settings=Settings())
    provider = trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield exporter
    exporter.shutdown()
