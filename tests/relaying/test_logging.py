"""What is logged, traced and queued of an error: nothing personal."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from pathlib import Path

# An event that was cut short: its message is all of it.
CUT_SHORT = b'{"sender": {"id": "+15550100001"}, "recipient": {"id": "+15550100002"'
THROTTLED = parse(b'{"message": "+15550100002: too many"}', status=429)
RECEIVER = """\
import json, sys
error = json.load(sys.stdin)
print("resend" if error["retryable"] else error["advice"])
"""


def test_no_payload_puts_personal_data_into_the_fields(payloads: Path) -> None:
    for path in payloads.iterdir():
        assert "+1555" not in str(log_fields(parse(path.read_bytes())))


def test_the_payload_itself_is_not_among_the_fields() -> None:
    error = parse(CUT_SHORT)

    assert "+15550100002" in error.message
    assert "+1555" not in str(log_fields(error))


def test_the_fields_are_json_without_subclasses(payloads: Path) -> None:
    for path in payloads.iterdir():
        fields = log_fields(parse(path.read_bytes(), status=400))

        written = orjson.dumps(fields, option=orjson.OPT_PASSTHROUGH_SUBCLASS)

        assert orjson.loads(written) == json.loads(json.dumps(fields)) == fields


def test_logging_takes_the_fields_under_one_name() -> None:
    class JsonFormatter(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            return json.dumps({"text": record.msg, **vars(record)["connectly"]})

    log = io.StringIO()
    handler = logging.StreamHandler(log)
    handler.setFormatter(JsonFormatter())
    logger = logging.Logger("acme")
    logger.addHandler(handler)

    logger.error("not sent", extra={"connectly": log_fields(THROTTLED)})

    assert json.loads(log.getvalue()) == {"text": "not sent", **log_fields(THROTTLED)}


def test_structlog_takes_the_fields_side_by_side() -> None:
    with structlog.testing.capture_logs() as events:
        structlog.get_logger().error("not sent", **log_fields(THROTTLED))

    expected = {"event": "not sent", "log_level": "error", **log_fields(THROTTLED)}
    assert events == [expected]


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


def spans_of(failure: Exception) -> dict[str, Any]:
    """Return what a span exports after an exception has left it."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with pytest.raises(type(failure)), traced(provider.get_tracer("acme"), "send"):
        raise failure
    provider.shutdown()
    (span,) = exporter.get_finished_spans()
    exported: dict[str, Any] = json.loads(span.to_json())
    return exported


def test_a_span_has_the_fields_as_attributes() -> None:
    span = spans_of(ConnectlyError(THROTTLED))

    assert span["status"]["status_code"] == "ERROR"
    expected = {f"connectly.{k}": v for k, v in log_fields(THROTTLED).items()}
    assert span["attributes"] == expected


@pytest.mark.parametrize(
    "failure", [ConnectlyError(parse(CUT_SHORT)), ValueError("+15550100002")]
)
def test_a_span_has_no_personal_data(failure: Exception) -> None:
    assert "+1555" not in str(spans_of(failure))


@pytest.mark.parametrize(
    ("payload", "status", "step"),
    [
        ("api_gateway_throttled.json", 429, "resend"),
        ("campaign_rate_limited.json", 429, "retry_later"),  # the rest may be sent
        ("webhook_opted_out.json", None, "stop_sending"),
    ],
)
def test_a_receiver_of_json_needs_no_copy_of_the_module(
    payloads: Path, payload: str, status: int | None, step: str
) -> None:
    error = parse((payloads / payload).read_bytes(), status=status)
    line = json.dumps(log_fields(error))

    command = [sys.executable, "-I", "-S", "-c", RECEIVER]
    decided = subprocess.check_output(command, input=line, text=True)

    assert decided.strip() == step
