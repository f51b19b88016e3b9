"""Traces continue over the outbox, and logs carry neither content nor messages of exceptions."""

import json
import logging
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from plumbline.runtime.settings import Settings
from plumbline.runtime.telemetry import (
    FINALIZED_TO_OUTCOME_SECONDS,
    WITHHELD,
    continue_trace,
    current_traceparent,
    logger,
    set_up_telemetry,
)
from plumbline_local.testing_spans import record_spans

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    yield from record_spans()


def test_a_trace_stays_whole_from_one_process_to_the_next(spans: InMemorySpanExporter) -> None:
    assert current_traceparent() is None
    with continue_trace(PARENT, "command"):
        stored = current_traceparent()
    assert stored is not None
    with continue_trace(stored, "consume"):
        pass
    command, consume = spans.get_finished_spans()
    assert command.parent is not None
    assert consume.parent is not None
    assert command.context is not None
    assert format(command.context.trace_id, "032x") == "0af7651916cd43dd8448eb211c80319c"
    assert consume.parent.span_id == command.context.span_id
    assert consume.context is not None
    assert consume.context.trace_id == command.context.trace_id


@pytest.mark.parametrize("parent", [None, "", "nonsense", "00-" + "0" * 32 + "-b7ad6b7169203331-01"])
def test_without_a_readable_parent_a_new_trace_begins(
    parent: str | None, spans: InMemorySpanExporter
) -> None:
    with continue_trace(parent, "command"):
        assert current_traceparent() is not None
    (span,) = spans.get_finished_spans()
    assert span.parent is None


def test_a_span_names_the_type_of_an_exception_and_not_its_message(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError), continue_trace(PARENT, "command"):
        raise ValueError("what a person wrote")
    (span,) = spans.get_finished_spans()
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "ValueError")
    assert "what a person wrote" not in span.to_json()


def test_log_lines_are_json_with_trace_ids_and_without_content(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_telemetry(service="test", settings=Settings())
    with continue_trace(PARENT, "command"):
        logger("plumbline.test").info("stored", rows=3, salary="182000", rationale="what a person wrote")
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["rows"], line["level"], line["service"]) == ("stored", 3, "info", "test")
    assert line["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert (line["salary"], line["rationale"]) == (WITHHELD, WITHHELD)


def test_an_exception_in_a_log_line_shows_where_and_not_what(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_telemetry(service="test", settings=Settings())
    set_up_telemetry(service="test", settings=Settings())
    for log in (logger("plumbline.test"), logging.getLogger("some.library")):
        try:
            raise ValueError("what a person wrote")
        except ValueError:
            log.exception("failed")
        text = capsys.readouterr().err
        assert "what a person wrote" not in text
        line = json.loads(text)
        assert line["exception"]["type"] == "ValueError"
        assert "test_telemetry.py" in line["exception"]["at"][-1]


def test_the_time_from_finalized_to_outcome_is_a_histogram_up_to_half_an_hour() -> None:
    FINALIZED_TO_OUTCOME_SECONDS.observe(0.3)
    (metric,) = FINALIZED_TO_OUTCOME_SECONDS.collect()
    bounds = [sample.labels["le"] for sample in metric.samples if sample.name.endswith("_bucket")]
    assert (bounds[0], bounds[-2:]) == ("0.1", ["1800.0", "+Inf"])
