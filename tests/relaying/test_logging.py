"""An error in a log or a trace: as a line of JSON, and as attributes of a span."""

from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING

import orjson
import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from connectly_errors import ConnectlyError, ErrorResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opentelemetry.trace import Tracer


class JsonFormatter(logging.Formatter):
    """The formatter that a service has: a line of JSON for each record."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"level": record.levelname, "text": record.getMessage()}
        return json.dumps({**line, "connectly": vars(record).get("connectly")})


@pytest.fixture
def log() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def logger(log: io.StringIO) -> logging.Logger:
    handler = logging.StreamHandler(log)
    handler.setFormatter(JsonFormatter())
    logger = logging.Logger("acme")
    logger.addHandler(handler)
    return logger


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(spans: InMemorySpanExporter) -> Iterator[Tracer]:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    yield provider.get_tracer("acme")
    provider.shutdown()


def test_logging_writes_it_as_json_under_one_key(
    error: ErrorResponse, logger: logging.Logger, log: io.StringIO
) -> None:
    logger.error("send failed", extra={"connectly": error.explain()})

    assert json.loads(log.getvalue()) == {
        "level": "ERROR",
        "text": "send failed",
        "connectly": error.explain(),
    }
    assert log.getvalue().count("\n") == 1


@pytest.mark.parametrize("members", [ErrorResponse.explain, ErrorResponse.to_dict])
def test_logging_refuses_it_flat_as_message_is_taken(
    error: ErrorResponse,
    logger: logging.Logger,
    members: Callable[[ErrorResponse], dict[str, object]],
) -> None:
    with pytest.raises(KeyError, match="message"):
        logger.error("send failed", extra=members(error))


def test_structlog_writes_it_as_json_nested_or_flat(error: ErrorResponse, log: io.StringIO) -> None:
    logger = structlog.wrap_logger(
        structlog.PrintLogger(log), processors=[structlog.processors.JSONRenderer()]
    )

    logger.error("send failed", connectly=error.explain())
    logger.error("send failed", **error.explain())

    nested, flat = map(json.loads, log.getvalue().splitlines())
    assert nested == {"event": "send failed", "connectly": error.explain()}
    assert flat == {"event": "send failed", **error.explain()}


def test_orjson_takes_it_and_finds_no_subclass_in_it(errors: list[ErrorResponse]) -> None:
    for error in errors:
        written = orjson.dumps(error.explain(), option=orjson.OPT_PASSTHROUGH_SUBCLASS)

        assert orjson.loads(written) == error.explain()


def test_a_span_takes_its_texts_numbers_and_truth_values_as_attributes(
    error: ErrorResponse, tracer: Tracer, spans: InMemorySpanExporter
) -> None:
    with tracer.start_as_current_span("send") as span:
        for name, value in error.explain().items():
            if isinstance(value, (str, int)):
                span.set_attribute(f"connectly.{name}", value)

    (finished,) = spans.get_finished_spans()
    assert finished.attributes == {
        f"connectly.{name}": value
        for name, value in error.explain().items()
        if name not in ("details", "defects", "status")  # status is None in a webhook
    }


def test_an_exception_that_leaves_a_span_is_recorded_as_its_line_for_a_log(
    error: ErrorResponse, tracer: Tracer, spans: InMemorySpanExporter
) -> None:
    with pytest.raises(ConnectlyError), tracer.start_as_current_span("send"):
        raise ConnectlyError(error)

    (event,) = spans.get_finished_spans()[0].events
    assert event.attributes
    assert event.attributes["exception.type"] == "connectly_errors.ConnectlyError"
    assert event.attributes["exception.message"] == str(error)


def test_nothing_that_is_logged_holds_a_phone_number(error: ErrorResponse) -> None:
    assert "+15550100002" in str(error.source)
    assert "+1555" not in json.dumps(error.explain())
    assert "+1555" not in str(error) + repr(error)
