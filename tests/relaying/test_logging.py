"""What is logged, traced and queued of an error: nothing personal."""

import io
import json
from pathlib import Path
from typing import Any

import orjson
import pytest
import structlog
from log_fields import log_fields
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from structlog.tracebacks import ExceptionDictTransformer
from trace_opentelemetry import traced

from connectly_errors import ConnectlyError, parse

# An event that was cut short: its message is all of it.
CUT_SHORT = b'{"sender": {"id": "+15550100001"}, "recipient": {"id": "+15550100002"'
THROTTLED = parse(b'{"message": "+15550100002: too many"}', status=429)


def test_no_payload_puts_personal_data_into_the_fields(payloads: Path) -> None:
    bodies = [path.read_bytes() for path in payloads.iterdir()]
    for body in [*bodies, CUT_SHORT]:
        assert "+1555" not in str(log_fields(parse(body)))


def test_the_fields_are_json_without_subclasses(payloads: Path) -> None:
    for path in payloads.iterdir():
        fields = log_fields(parse(path.read_bytes(), status=400))

        written = orjson.dumps(fields, option=orjson.OPT_PASSTHROUGH_SUBCLASS)

        assert orjson.loads(written) == json.loads(json.dumps(fields)) == fields


def test_structlog_logs_no_local_variables_if_told_so() -> None:
    def send(key: str) -> None:
        raise ValueError("no")

    log = io.StringIO()
    transformer = ExceptionDictTransformer(show_locals=False)
    render = structlog.processors.ExceptionRenderer(transformer)
    logger = structlog.wrap_logger(
        structlog.PrintLogger(log), [render, structlog.processors.JSONRenderer()]
    )
    try:
        send("secret")
    except ValueError:
        logger.error("not sent", exc_info=True)

    assert '"exc_type": "ValueError"' in log.getvalue()
    assert '"secret"' not in log.getvalue()


def span_of(failure: Exception) -> dict[str, Any]:
    """Return what a span exports after an exception has left it."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with pytest.raises(type(failure)), traced(provider.get_tracer("acme"), "send"):
        raise failure
    (span,) = exporter.get_finished_spans()
    exported: dict[str, Any] = json.loads(span.to_json())
    return exported


def test_a_span_has_the_fields_as_attributes() -> None:
    span = span_of(ConnectlyError(THROTTLED))

    assert span["status"]["status_code"] == "ERROR"
    expected = {f"connectly.{k}": v for k, v in log_fields(THROTTLED).items()}
    assert span["attributes"] == expected


@pytest.mark.parametrize(
    "failure", [ConnectlyError(parse(CUT_SHORT)), ValueError("+15550100002")]
)
def test_a_span_has_no_personal_data(failure: Exception) -> None:
    assert "+1555" not in str(span_of(failure))
